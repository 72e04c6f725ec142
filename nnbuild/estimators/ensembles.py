"""Members of an ensemble: variant, fold and seed of each, from the recipe and the parameters of an estimator."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from nnbuild.errors import Problem, RecipeError, name_list, show
from nnbuild.estimators.parameters import described, one_at_a_time
from nnbuild.language.ensembles import ENSEMBLE_DEFAULTS, PATH
from nnbuild.language.variants import variants_of
from nnbuild.parameter_checks import checked_count, checked_flag
from nnbuild.recipe import Recipe


@dataclass(frozen=True)
class Place:
    """One member of an ensemble.

    Attributes
    ----------
    group : int
        Members of a group have the same variant, and one fold each.
    variant : int
    fold : int or None
        Fold that validates the member; None without folds.
    number : int
        Number of its seed.
    """

    group: int
    variant: int
    fold: int | None
    number: int


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Members of an ensemble, and how they are trained and combined.

    Attributes
    ----------
    variants : tuple of Recipe
        Recipe of each variant.
    n_chosen : int or None
        Number of members in place of that of the recipe.
    n_each : int
        Number of members of each variant, without folds.
    folds : int
        Number of folds; 0 for members that are not validated on folds.
    bootstrap : bool
        Whether each member trains on a bootstrap sample.
    settings : dict
        Further settings of the recipe: `choose_epoch`, `weights`, `temperature`, `neighbors`.
    has_folds : bool
        Whether the recipe has folds. With a single sample, `folds` is 0 nevertheless.
    """

    variants: tuple[Recipe, ...]
    n_chosen: int | None
    n_each: int
    folds: int
    bootstrap: bool
    settings: dict[str, Any]
    has_folds: bool = False

    @classmethod
    def of(cls, recipe: Recipe, n_members: object = None, bootstrap: object = None) -> Ensemble:
        """Return the ensemble of a recipe, with parameters of an estimator that replace those of the recipe.

        Parameters
        ----------
        recipe : Recipe
        n_members : int, optional
            With 1, a single network without folds and variants.
        bootstrap : bool, optional

        Raises
        ------
        ValueError
            If a parameter has an invalid value.
        """
        given = {**ENSEMBLE_DEFAULTS, **recipe.network.training.get("ensemble", {})}
        n_chosen = None if n_members is None else checked_count("n_members", n_members)
        is_single = n_chosen == 1
        return cls(
            (recipe,) if is_single else variant_recipes(recipe),
            n_chosen,
            given["members"],
            0 if is_single else given["folds"] or 0,
            given["bootstrap"] if bootstrap is None else checked_flag("bootstrap", bootstrap),
            given,
            has_folds=bool(given["folds"]) and not is_single,
        )

    @property
    def pools_epochs(self) -> bool:
        """Whether all members of a group keep the weights of the same epoch."""
        return self.settings["choose_epoch"] == "pooled"

    def with_folds(self, n_folds: int) -> Ensemble:
        """Return the ensemble with another number of folds; with 0, a single network."""
        if n_folds:
            return self if n_folds == self.folds else replace(self, folds=n_folds)
        return replace(self, folds=0, variants=self.variants[:1], n_chosen=1)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Members, sorted by group and fold.

        The order of choice, for fewer members, alternates the variants: with f folds and v variants, the members from
        q f to (q + 1) f - 1 have one fold each, and fold i has the variant (i + q) mod v. After f v members, further
        ones have new seeds.
        """
        n_variants = len(self.variants)
        n_members = self.n_chosen or n_variants * (self.folds or self.n_each)
        if not self.folds:
            places = [Place(number % n_variants, number % n_variants, None, number) for number in range(n_members)]
            return tuple(sorted(places, key=lambda place: place.group))
        found = []
        for index in range(n_members):
            repetition, inside = divmod(index, self.folds * n_variants)
            turn, fold = divmod(inside, self.folds)
            variant = (fold + turn) % n_variants
            group = repetition * n_variants + variant
            found.append(Place(group, variant, fold, group * self.folds + fold))
        return tuple(sorted(found, key=lambda place: place.number))

    @property
    def n_members(self) -> int:
        """Number of members."""
        return len(self.places)


def variant_recipes(recipe: Recipe) -> tuple[Recipe, ...]:
    """Return the recipe of each variant of an ensemble; only `recipe` if there are no variants."""
    with one_at_a_time:
        return _variant_recipes(recipe, described(recipe))


@lru_cache(maxsize=64)
def _variant_recipes(recipe: Recipe, described: str) -> tuple[Recipe, ...]:
    """Cache `variant_recipes`, because a search fits each candidate several times."""
    variants = variants_of(recipe.to_dict())
    without: dict[str, object] = {"training__ensemble__variants": [{}]}
    return tuple(recipe.with_values({**without, **variant}) if variant else recipe for variant in variants)


def check_supported(recipe: Recipe, supported: Collection[str], estimator: str) -> None:
    """Raise a `RecipeError` for settings of an ensemble that an estimator class does not support."""
    refused = [key for key in recipe.network.training.get("ensemble", {}) if key not in supported]
    if refused:
        found = f"{estimator} does not support {show(refused[0])} of an ensemble"
        raise RecipeError([Problem((*PATH, refused[0]), found, name_list(supported), hint="remove it")])
