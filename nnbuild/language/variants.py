"""Variants of an ensemble: values at addresses of the recipe, for some of the members."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from nnbuild.errors import Path, Problem, did_you_mean, format_path, name_list, show
from nnbuild.language.checker import Checker
from nnbuild.language.ensembles import PATH
from nnbuild.language.search import addresses, unused_params, with_value, without_params
from nnbuild.language.sections import TARGET_SETTINGS

# Parts of a network, and settings of its training, that all members have in common: they share the samples, and their
# predictions are averaged.
COMMON = ("inputs", "outputs")
COMMON_SETTINGS = ("loss", "class_weight", "precision", "validation_fraction", "validation", *TARGET_SETTINGS)
VARIANTS: Path = (*PATH, "variants")

Analyse = Callable[[Mapping, Checker], tuple[list[Problem], Any]]


def variants_of(document: Mapping) -> list[dict]:
    """Return the variants in a recipe; a single one without values if there are none."""
    ensemble = document.get("training", {}).get("ensemble", {})
    return ensemble.get("variants", [{}])


def variant_document(document: Mapping, variant: Mapping) -> dict:
    """Return the recipe of one variant: `document` with its values, and without variants."""
    changed, places = without_variants(document), addresses(document)
    for address, value in variant.items():
        changed = with_value(changed, places[address], value)
    return changed


def without_variants(document: Mapping) -> dict:
    """Return a recipe without the variants of its ensemble."""
    return _with_variants(document, None)


def without_values(document: dict, paths: Iterable[Path]) -> dict:
    """Return a recipe whose variants do not set the values at `paths`."""
    variants, paths = variants_of(document), list(paths)
    if not any(variants) or VARIANTS in paths or PATH in paths:
        return document
    places = addresses(document)
    kept = [{name: value for name, value in one.items() if places.get(name) not in paths} for one in variants]
    return document if kept == variants else _with_variants(document, kept)


def _with_variants(document: Mapping, variants: list[dict] | None) -> dict:
    ensemble = document.get("training", {}).get("ensemble")
    if not isinstance(ensemble, dict) or "variants" not in ensemble:
        return dict(document)
    others = {key: value for key, value in ensemble.items() if key != "variants"}
    changed = others if variants is None else {**ensemble, "variants": variants}
    return {**document, "training": {**document["training"], "ensemble": changed}}


def check_variants(document: Mapping, network: Any, checker: Checker, analyse: Analyse) -> None:
    """Note the first problem of each variant of a recipe that has no other problems.

    Parameters
    ----------
    document : mapping
        The recipe as JSON values.
    network : Network
        Its expanded form.
    checker : Checker
    analyse : callable
        `nnbuild.language.analysis.analyse`.
    """
    variants = variants_of(document)
    if not any(variants):
        return
    places = addresses(document)
    for index, variant in enumerate(variants):
        path = (*VARIANTS, index)
        problem = _unknown(variant, path, places)
        problem = problem or _problem_of(document, variant, path, network, checker, analyse)
        if problem:
            checker.add(problem)


def _unknown(variant: Mapping, path: Path, places: Mapping[str, Path]) -> Problem | None:
    """Return the problem of the first address of a variant that is unknown, or in the ensemble itself."""
    for name in variant:
        if name not in places:
            allowed, hint = name_list(places, name), did_you_mean(name, places)
            return Problem((*path, name), "unknown address", allowed, hint, at_key=True)
        if places[name][: len(PATH)] == PATH:
            return Problem((*path, name), "a variant can't change the ensemble itself", at_key=True)
    return None


def _problem_of(
    document: Mapping, variant: Mapping, path: Path, network: Any, checker: Checker, analyse: Analyse
) -> Problem | None:
    """Return the first problem of a variant, at the first of its values that has a problem alone; None if none."""
    found = next(_problems(variant_document(document, variant), path, network, checker, analyse), None)
    for name, value in variant.items() if found else ():
        alone = _problems(variant_document(document, {name: value}), (*path, name), network, checker, analyse)
        if problem := next(alone, None):
            return problem
    return found


def _problems(document: dict, path: Path, network: Any, checker: Checker, analyse: Analyse) -> Iterator[Problem]:
    """Yield the problems of the recipe of a variant, at `path`."""
    problems, own = _counted(document, path, checker, analyse)
    if unused := unused_params(problems):  # they have a use in the recipe
        problems, own = _counted(without_params(document, unused), path, checker, analyse)
    yield from (moved(path, problem) for problem in problems)
    if own is None:
        return
    for key in COMMON:
        if getattr(own, key) != getattr(network, key):
            yield Problem(path, f"changes the {key} of the network, which all members have in common")
    for key in COMMON_SETTINGS:
        if own.training.get(key) != network.training.get(key):
            yield Problem(path, f"changes training.{key}, which all members have in common")
    layers = [one.training.get("ensemble", {}).get("neighbors") for one in (network, own)]
    if layers[0] != layers[1]:
        found = (
            f"changes the last layer of {format_path((*PATH, 'neighbors'))} from {show(layers[0])} to {show(layers[1])}"
        )
        yield Problem(path, found, hint="name a layer there that has the same name in all variants")


def _counted(document: dict, path: Path, checker: Checker, analyse: Analyse) -> tuple[list[Problem], Any]:
    """Return the result of `analyse`, and count the values of the variant as values of the recipe."""
    inner = Checker()
    found = analyse(document, inner)
    checker.count(inner.n_values, path)
    return found


def moved(path: Path, problem: Problem) -> Problem:
    """Return a problem at the place where a value is set, as a problem at the `path` of the value itself."""
    own = re.sub(r"(; )?the value comes from params[.\[].*$", "", problem.hint)
    hint = "; ".join(part for part in (own, f"the value would be set at {format_path(problem.path)}") if part)
    return replace(problem, path=path, hint=hint, at_key=False)


def variant_text(variant: Mapping) -> str:
    """Return the values of a variant as text.

    Examples
    --------
    >>> variant_text({"dropout": 0.4, "weight_decay": 0.06})
    'dropout=0.4, weight_decay=0.06'
    """
    return ", ".join(f"{name}={show(value)}" for name, value in variant.items())
