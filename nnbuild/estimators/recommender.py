"""`NNRecommender`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.callback import with_callbacks
from sklearn.utils.validation import check_is_fitted

from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.checks import filters_kept
from nnbuild.estimators.fitted import Fitted
from nnbuild.estimators.given import NO_ROWS, Given, checked_groups
from nnbuild.estimators.network import network_for
from nnbuild.estimators.pairs import check_can_draw, check_inputs_of_pairs, checked_pairs, checked_users, with_negatives
from nnbuild.estimators.ranking import are_hits, check_enough
from nnbuild.estimators.tables import checked_weights
from nnbuild.estimators.targets import ClassTargets
from nnbuild.estimators.training import Job, Rows, held_out_rows
from nnbuild.estimators.values import checked_count, checked_flag
from nnbuild.features.ids import UNKNOWN, IdsPreparation
from nnbuild.features.interactions import ITEM, PAIRS, USER, InteractionsPreparation, NegativeSampling
from nnbuild.recipe.recipe import Recipe

ROWS_AT_ONCE = 2**17  # pairs that a network is asked about in one call
FOUND = ClassTargets("binary", np.array([0, 1]))  # whether a user had an item


class NNRecommender(NNEstimator):
    """A neural network, described by a recipe, that recommends items to users by what they had.

    Parameters
    ----------
    recipe : str, path, dict or Recipe, default="two_tower"
        What network, and how it is trained. It takes an `item`, and the `user`, or the user's `history` (what else the
        user had, as a list of items), or both: inputs of kind "ids".
    n_negatives : int, default=4
        Items that the user did not have, drawn for each interaction, all as likely as the others, and anew in each
        epoch.
    epochs, batch_size, learning_rate, optimizer, loss, metrics, shuffle, validation_fraction, validation
        As for `NNClassifier`. An epoch has 1 + `n_negatives` rows for each interaction. Interactions that are held out
        to validate on have their own negatives, the same in all epochs. In training they are drawn as negatives like
        all else that is not known of a user: else they could be told by never being drawn.
    early_stopping, precision, gradient_accumulation, n_members, callbacks, device, verbose
        As for `NNClassifier`.
    random_state : int, RandomState instance or None, default=None
        Of the first weights, random layers, the interactions held out, the negatives and the order of batches.
    **params : object
        The recipe's own params by their names (the default recipe has `dim`, `hidden`, `l2` and others), and any other
        value by its address.

    Attributes
    ----------
    n_features_in_ : int
        2: a user and an item.
    feature_names_in_ : array of shape (2,)
        Names of the columns, where X was a table.
    items_ : array of shape (n_items,)
        The items that may be recommended, in order.
    preparation_ : InteractionsPreparation
        Who had what in the fit.
    recipe_, model_, members_, history_, n_iter_, best_epoch_
        As for `NNClassifier`.

    Notes
    -----
    The network learns to tell interactions from pairs that were drawn, by a binary cross-entropy. As negatives are
    drawn evenly, items that many users had score higher: popularity is learned, too.

    An item has a score if some interaction of the fit has it; all others score 0 and are never recommended. Users
    without interactions in the fit get the most popular items, scored by the share of users who had them. So do users
    and items beyond `max_tokens` of the recipe's inputs: the most frequent ones are known then.

    A history is that of the interactions in `fit`, the last ones if it is longer than the recipe's input. The item
    of a pair is never in the history of that pair, neither in training nor later.

    References
    ----------
    .. [1] He et al., "Neural collaborative filtering", arXiv:1708.05031, section 3.

    Examples
    --------
    >>> import pandas as pd
    >>> had = pd.DataFrame({"user": ["ann", "ann", "bob", "bob", "eve"], "item": ["tea", "milk", "tea", "gin", "milk"]})
    >>> recommender = NNRecommender(epochs=2, random_state=0).fit(had)
    >>> recommender.recommend(["ann", "bob"], n_items=1)[["user", "item"]].values.tolist()
    [['ann', 'gin'], ['bob', 'milk']]
    """

    def __init__(
        self,
        recipe="two_tower",
        *,
        n_negatives=4,
        epochs=None,
        batch_size=None,
        learning_rate=None,
        optimizer=None,
        loss=None,
        metrics=None,
        shuffle=None,
        validation_fraction=None,
        validation=None,
        early_stopping=None,
        precision=None,
        gradient_accumulation=None,
        n_members=1,
        callbacks=None,
        device=None,
        verbose=False,
        random_state=None,
        **params,
    ):
        self.recipe = recipe
        self.n_negatives = n_negatives
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.optimizer = optimizer
        self.loss = loss
        self.metrics = metrics
        self.shuffle = shuffle
        self.validation_fraction = validation_fraction
        self.validation = validation
        self.early_stopping = early_stopping
        self.precision = precision
        self.gradient_accumulation = gradient_accumulation
        self.n_members = n_members
        self.callbacks = callbacks
        self.device = device
        self.verbose = verbose
        self.random_state = random_state
        self._set_recipe_parameters(params)

    @with_callbacks
    def fit(self, X, y=None, sample_weight=None, validation_groups=None):
        """Train the network of the recipe on what users had.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, 2)
            A user and an item in each row: whole numbers or text. The first column is that of users, unless the columns
            are called item and user.
        y : None
            Not used; scikit-learn's searches give it.
        sample_weight : array-like of shape (n_samples,), optional
            What each interaction counts, such as a rating, or how often it happened; its negatives count the same.
        validation_groups : array-like of shape (n_samples,), optional
            Group of each interaction, such as a basket: `validation_fraction` holds out whole groups.

        Returns
        -------
        self

        Raises
        ------
        RecipeError
            For a recipe, or values set on it, with problems.
        ValueError
            For X of other columns, missing ids, or a user who had all items.
        DivergenceError
            If the loss became NaN or infinite in the first epoch.
        """
        return self._fit(Given(X, y, sample_weight, validation_groups), NO_ROWS, None)

    def predict(self, X):
        """Scores of pairs: how sure the network is that each is an interaction and not drawn; the mean over members.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, 2)
            As for `fit`.

        Returns
        -------
        array of shape (n_samples,), float64
            From 0 to 1. They rank the items of a user; as probabilities they would depend on `n_negatives`.
        """
        had = self._had()
        users, items = had.numbers(*checked_pairs(X, "X", self))
        return self._scores(had, users, items)

    def recommend(self, users, n_items=10, exclude_seen=True, interactions=None):
        """The items that score highest for each of some users.

        Parameters
        ----------
        users : array-like of shape (n_users,)
            Ids as in `fit`. Those without interactions there get the most popular items.
        n_items : int, default=10
            How many for each.
        exclude_seen : bool, default=True
            Whether items that a user had are left out.
        interactions : DataFrame or array-like of shape (n_samples, 2), optional
            What these users had, in place of what they had in `fit`: for users who are new, or had more since. The
            recipe must not take the `user`, but the `history`, as `item_set` does.

        Returns
        -------
        DataFrame of n_users * n_items rows
            Users in the order given, and for each the items, the best first: columns as those of X in `fit` (user and
            item, where it was an array), and `score`. Of items that score the same, the first in order comes first.

        Raises
        ------
        ValueError
            If a user has fewer items left than `n_items`.
        """
        had = self._had() if interactions is None else self._others_had(interactions)
        asked = checked_users(users)
        numbers = had.users.transformed(asked)
        left = had.n_items - had.counts(numbers) * checked_flag("exclude_seen", exclude_seen)
        check_enough(had, asked, left, checked_count("n_items", n_items))
        best = np.empty((len(asked), n_items), "int64")
        scores = np.empty((len(asked), n_items))
        for part, found in self._scored(had, numbers):
            if exclude_seen:
                found[had.table(numbers[part])] = -np.inf
            best[part] = np.argsort(-found, axis=1, kind="stable")[:, :n_items]
            scores[part] = np.take_along_axis(found, best[part], axis=1)
        user, item = self._columns()
        ids = {user: np.repeat(asked, n_items), item: self.items_[best.ravel()]}
        return pd.DataFrame({**ids, "score": scores.ravel()})

    def score(self, X, y=None, sample_weight=None):
        """Hit rate at 10: of held-out interactions, the share whose item is among the first 10 for its user.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, 2)
            Interactions that `fit` did not see; `nnbuild.model_selection.leave_one_out` holds some out.
        y : None
            Not used.
        sample_weight : array-like of shape (n_samples,), optional

        Returns
        -------
        float

        Notes
        -----
        The item of an interaction is ranked among all items that have a score, without the others that its user had in
        `fit`: a hit if fewer than 10 of them score higher, or the same and come before it. Items that the same user has
        in other rows of X are not left out. An item without a score is no hit. A user without interactions in `fit`
        gets the most popular items.
        """
        had = self._had()
        users, items = had.numbers(*checked_pairs(X, "X", self))
        weights = checked_weights(sample_weight, users)
        order, (asked, counts) = np.argsort(users, kind="stable"), np.unique(users, return_counts=True)
        ends, hits = np.cumsum(counts), np.zeros(len(users))
        for part, scores in self._scored(had, asked):
            rows = order[ends[part.start] - counts[part.start] : ends[part.stop - 1]]
            hits[rows] = are_hits(had, users[rows], items[rows], np.repeat(scores, counts[part], axis=0))
        return float(np.average(hits, weights=weights))

    @property
    def items_(self):
        """The items that may be recommended, in order."""
        items = self._had().items
        return np.array(items.ids, object if items.are_texts else "int64")

    def _read(self, data: Given, recipe: Recipe, before, classes) -> tuple[Fitted, Rows, dict]:
        check_inputs_of_pairs(recipe.network.inputs)
        with filters_kept():
            users, items = checked_pairs(data.X, "X", self, reset=True)
            weights = checked_weights(data.sample_weight, users, ensure_non_negative=True)
            groups = checked_groups(data.validation_groups, users)
        rows = Rows({USER: users, ITEM: items}, np.ones(len(users), "int32"), weights, groups).that_count()
        seen = {name: dict(said) for name, said in recipe.network.inputs.items()}
        names = getattr(self, "feature_names_in_", None)
        return Fitted(FOUND, seen=seen, n_features=2, feature_names=names), rows, {}

    def _job(self, recipe, draft, rows, validation, before, settings, overrides, wanted) -> Job:
        n_negatives, seed = checked_count("n_negatives", self.n_negatives), self._seed()
        held_out = held_out_rows(rows, draft.targets, settings, seed)
        training = rows if held_out is None else rows.taken(np.setdiff1d(np.arange(len(rows)), held_out))
        seen = InteractionsPreparation.fitted(training.X[USER], training.X[ITEM], recipe.network.inputs)
        had = seen if held_out is None else seen.with_pairs(rows.X[USER], rows.X[ITEM])
        check_can_draw(had)
        draft = replace(draft, preparations={PAIRS: had}, seed=seed)
        return Job(
            replace(draft, resolved=network_for(recipe, draft, training.X)),
            with_negatives(training, had, n_negatives),
            None if held_out is None else with_negatives(rows.taken(held_out), had, n_negatives),
            overrides or {},
            seed,
            before=None,
            keeps_optimizer=False,
            device=self.device,
            engine="auto",
            draw=NegativeSampling(had, seen),
        )

    def _had(self) -> InteractionsPreparation:
        """Who had what, by the fit."""
        check_is_fitted(self)
        return self._fitted.preparations[PAIRS]

    def _columns(self) -> tuple[str, str]:
        """What the columns of users and items are called, by the fit."""
        first, second = getattr(self, "feature_names_in_", (USER, ITEM))
        return (USER, ITEM) if {first, second} == {USER, ITEM} else (first, second)

    def _others_had(self, interactions: Any) -> InteractionsPreparation:
        """Who had what, by interactions that are not those of the fit."""
        had = self._had()
        if USER in had.shapes:
            found = "interactions tell what users had, but this network knows users by their ids"
            raise ValueError(f"{found}\n  hint: recipe='item_set' takes what they had alone, and fit takes new users")
        users, items = checked_pairs(interactions, "interactions")
        return replace(had, users=IdsPreparation.fitted(users, {})).with_pairs(users, items)

    def _scored(self, had: InteractionsPreparation, users: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Scores of all items for some users at a time, given by numbers: arrays of shape (n_some, n_items)."""
        items, n_at_once = np.arange(1, had.n_items + 1, dtype="int32"), max(1, ROWS_AT_ONCE // had.n_items)
        for start in range(0, len(users), n_at_once):
            some = users[start : start + n_at_once]
            scores = self._scores(had, np.repeat(some, len(items)), np.tile(items, len(some)))
            yield slice(start, start + len(some)), scores.reshape(len(some), len(items))

    def _scores(self, had: InteractionsPreparation, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Scores of pairs, given by numbers: array of shape (n_samples,), float64."""
        scores = np.append(0.0, self._had().popularity())[items]
        asked = (had.counts(users) > 0) & (items != UNKNOWN)
        if asked.any():
            fitted = self._fitted
            outputs = self._forward(fitted, had.inputs(users[asked], items[asked]))
            found = [fitted.targets.probabilities(output, fitted.gives_logits)[:, 1] for output in outputs]
            scores[asked] = np.mean(found, axis=0, dtype="float64")
        return scores

    def _set_attributes(self, fitted: Fitted) -> None:
        super()._set_attributes(fitted)
        for name in ("classes_", "n_outputs_"):  # those of the network, which tells interactions from drawn pairs
            self.__dict__.pop(name, None)
        self.preparation_ = fitted.preparations[PAIRS]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = tags.input_tags.three_d_array = tags.target_tags.required = False
        tags.input_tags.string = tags.input_tags.categorical = True
        return tags
