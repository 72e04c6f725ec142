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
from nnbuild.estimators.fitted import Draft, Fitted
from nnbuild.estimators.interactions import (
    check_can_draw,
    check_inputs_of_pairs,
    checked_pairs,
    checked_users,
    with_negatives,
)
from nnbuild.estimators.ranking import are_hits, check_enough
from nnbuild.estimators.spec import Spec, TrainingSet
from nnbuild.estimators.training import Rows, held_out_rows, rows_to_learn_from
from nnbuild.inputs.checked_inputs import Inputs
from nnbuild.inputs.ids import UNKNOWN, IdsPreparation
from nnbuild.inputs.interactions import ITEM, PAIRS, USER, InteractionsPreparation, NegativeSampling
from nnbuild.inputs.library_checks import filters_kept
from nnbuild.inputs.user_data import Given, checked_groups, checked_weights
from nnbuild.parameter_checks import checked_count, checked_flag
from nnbuild.tasks.binary import BinaryTargets

ROWS_AT_ONCE = 2**17  # pairs that a network is asked about in one call
FOUND = BinaryTargets(np.array([0, 1]))  # whether a user had an item


class NNRecommender(NNEstimator):
    """Neural network recommender, described by a recipe: it ranks items for users by their interactions.

    Parameters
    ----------
    recipe : str, path, dict or Recipe, default="two_tower"
        Network and training settings: the name of a recipe in the gallery, the path of a recipe file, or a recipe. The
        network has the inputs `item` and `user`, or `item` and the user's `history` (the other items of the user, as a
        list), or all three: inputs of kind "ids".
    n_negatives : int, default=4
        Number of items without an interaction that are drawn for each interaction, uniformly, and anew in each epoch.
    epochs : int, optional
        Number of passes over the training samples. An epoch has 1 + `n_negatives` samples for each interaction.
    batch_size : int, optional
        Number of samples in a batch.
    learning_rate : float or dict, optional
        Learning rate of the optimizer. A dict describes a schedule.
    optimizer : str or dict, optional
        Keras' name, or a dict of `type` and arguments. It replaces the optimizer of the recipe, including its learning
        rate.
    loss : str or dict, optional
        The default is the binary cross-entropy.
    metrics : list of str and dict, optional
        Additional metrics, recorded in `history_`. Sample weights apply to them.
    shuffle : bool, optional
        Whether to shuffle the training samples before each epoch.
    validation_fraction : float, optional
        Fraction of the interactions that is held out as validation set. They have their own negatives, the same in all
        epochs. In training, held-out items are drawn as negatives like all others: without that, never being drawn
        would give them away.
    validation : {"random", "last"}, optional
        Which samples are held out: some drawn at random, or the last ones.
    early_stopping : bool or dict, optional
        Whether to stop when the monitored metric stops improving, and to keep the weights of the best epoch. A dict
        sets any of `monitor`, `patience`, `min_delta` and `restore_best`.
    precision : {"float32", "mixed_float16", "mixed_bfloat16", "float64"}, optional
        Precision in which the layers compute, by the name of Keras' dtype policy.
    gradient_accumulation : int, optional
        Number of batches whose gradients are averaged for one update of the weights.
    n_members : int, default=1
        Number of networks to train. Scores are their mean. The first one is the network that `random_state` gives
        alone.
    callbacks : keras.callbacks.Callback or list of them, optional
        Each fit trains with its own copies. Callbacks of scikit-learn are passed to `set_callbacks`.
    device : {"cpu", "gpu"}, optional
        Device to train and predict on. The default is a GPU if TensorFlow finds one. Without a GPU, "gpu" is an error
        in `fit`, and predictions are computed on the CPU.
    verbose : bool, default=False
        Whether to show progress: a bar on a terminal, lines elsewhere. Fits that train together show one for all.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, random layers, the validation set, the negatives and the order of batches. The same
        int gives the same bits on a CPU.
    **params : object
        Params of the recipe by name (`dim`, `hidden`, `l2`, `users` and `items` in the default recipe), and any other
        value by its address, such as ``training__optimizer__weight_decay`` or ``layers__stem__units``.

    Attributes
    ----------
    n_features_in_ : int
        2: a user and an item.
    feature_names_in_ : array of shape (2,)
        Names of the columns, if X was a table.
    items_ : array of shape (n_items,)
        Items that can be recommended, in sorted order.
    preparation_ : InteractionsPreparation
        Interactions of users and items in `fit`.
    recipe_ : Resolved
        The trained network as data: layers with all their arguments, and all training settings.
    model_ : keras.Model
        A copy of the trained network, made on first use. Changes of the copy take effect by `set_weights_from` only.
        Missing if there are several members.
    members_ : tuple of NNRecommender
        Each network as a fitted estimator of its own, with `history_`, `model_` and `random_state`. Made on each
        access.
    history_ : History
        Curves of the last training, and why it ended. Of several members, those of the first.
    n_iter_ : int
        Number of epochs of the last training (of the first member).
    best_epoch_ : int
        Epoch, counted from 1, whose weights were kept (of the first member).

    Notes
    -----
    The network learns to separate interactions from negatives, with a binary cross-entropy. As negatives are drawn
    uniformly, popular items score higher: popularity is learned too.

    An item has a score if it is in an interaction of `fit`. All others score 0 and are never recommended. Users without
    interactions in `fit` get the most popular items, scored by the fraction of users with an interaction. With
    `max_tokens` in the recipe's inputs, only the most frequent users and items count; the others are treated likewise.

    The history of a user are the interactions in `fit`, the last ones if it is longer than the recipe's input. The item
    of a pair is never in the history of that pair, neither in training nor in prediction.

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
        # Written by tools/make_parameters.py, as are the sections Parameters and Attributes: do not edit.
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
        """Train the network of the recipe on interactions of users and items.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, 2)
            A user and an item in each row: ints or str. The first column has the users, unless the columns are named
            item and user.
        y : None
            Not used; scikit-learn's searches give it.
        sample_weight : array-like of shape (n_samples,), optional
            Weight of each interaction, such as a rating or a count. Its negatives have the same weight.
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
            For X with other columns, missing ids, or a user with interactions with all items.
        DivergenceError
            If the loss became NaN or infinite in the first epoch.
        """
        return self._fit(Given(X, y, sample_weight, validation_groups))

    def predict(self, X):
        """Scores of pairs: estimated probability of an interaction against a negative, as the mean over members.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, 2)
            As for `fit`.

        Returns
        -------
        array of shape (n_samples,), float64
            From 0 to 1. They rank the items of a user; their level depends on `n_negatives`.
        """
        had = self._had()
        users, items = had.numbers(*checked_pairs(X, "X", self))
        return self._scores(had, users, items)

    def recommend(self, users, n_items=10, exclude_seen=True, interactions=None):
        """Items with the highest scores for each of some users.

        Parameters
        ----------
        users : array-like of shape (n_users,)
            Ids as in `fit`. Users without interactions there get the most popular items.
        n_items : int, default=10
            Number of items for each user.
        exclude_seen : bool, default=True
            Whether to leave out items that the user has interactions with.
        interactions : DataFrame or array-like of shape (n_samples, 2), optional
            Interactions of these users, in place of those in `fit`, for new users or new interactions. The recipe must
            have the input `history` and not `user`, as `item_set` does.

        Returns
        -------
        DataFrame of n_users * n_items rows
            Users in the order given, and for each the items, the best first: columns as those of X in `fit` (user and
            item, where it was an array), and `score`. Of items that score the same, the first in order comes first.

        Raises
        ------
        ValueError
            If fewer than `n_items` items are left for a user.
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
        """Hit rate at 10: fraction of held-out interactions whose item is among the first 10 for its user.

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

    def _samples(self, spec: Spec) -> tuple[Draft, Rows]:
        inputs, data = spec.recipe.network.inputs, spec.data
        check_inputs_of_pairs(inputs)
        with filters_kept():
            users, items = checked_pairs(data.X, "X", self, reset=True)
            weights = checked_weights(data.sample_weight, users, ensure_non_negative=True)
            groups = checked_groups(data.validation_groups, users)
        rows = Rows({USER: users, ITEM: items}, np.ones(len(users), "int32"), weights, groups).that_count()
        seen = {name: dict(said) for name, said in inputs.items()}
        return Draft(FOUND, seen=seen, n_features=2, feature_names=getattr(self, "feature_names_in_", None)), rows

    def _training_set(self, spec: Spec, draft: Draft, rows: Rows, seed: int) -> TrainingSet:
        n_negatives = checked_count("n_negatives", self.n_negatives)
        held_out = held_out_rows(rows, draft.targets, draft.settings, seed)
        training = rows.taken(rows_to_learn_from(rows, held_out))
        seen = InteractionsPreparation.fitted(training.X[USER], training.X[ITEM], spec.recipe.network.inputs)
        had = seen if held_out is None else seen.with_pairs(rows.X[USER], rows.X[ITEM])
        check_can_draw(had)
        return TrainingSet(
            replace(draft, preparations={PAIRS: had}),
            with_negatives(training, had, n_negatives),
            None if held_out is None else with_negatives(rows.taken(held_out), had, n_negatives),
            NegativeSampling(had, seen),
        )

    def _network_inputs(self, X, layers: tuple[str, ...] = ()) -> Inputs:
        """Ids and histories of pairs, by input; those that `fit` did not have are 0."""
        had = self._had()
        return had.inputs(*had.numbers(*checked_pairs(X, "X", self)))

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
        tags.input_tags.string = tags.input_tags.categorical = True
        return tags
