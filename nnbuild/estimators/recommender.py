"""`NNRecommender`: neural network recommender."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

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
    pair_columns,
    with_interactions,
    with_negatives,
)
from nnbuild.estimators.ranking import are_hits, check_enough
from nnbuild.estimators.spec import Spec, TrainingSet
from nnbuild.estimators.training import Rows, held_out_rows, rows_to_learn_from
from nnbuild.inputs.checked_inputs import Inputs
from nnbuild.inputs.ids import UNKNOWN
from nnbuild.inputs.interactions import InteractionsPreparation, NegativeSampling
from nnbuild.inputs.library_checks import filters_kept
from nnbuild.inputs.user_data import Given, checked_groups, checked_weights
from nnbuild.language.input_kinds import ITEM, PAIRS, USER
from nnbuild.parameter_checks import checked_count, checked_flag
from nnbuild.tasks.binary import BinaryTargets

ROWS_AT_ONCE = 2**17  # number of pairs that are scored in one call
FOUND = BinaryTargets(np.array([0, 1]))  # 1: interaction, 0: negative


class NNRecommender(NNEstimator):
    """Neural network recommender, described by a recipe: it learns from interactions to rank items for users.

    Parameters
    ----------
    recipe : str, path, dict or Recipe, default="two_tower"
        Network and training settings: the name of a recipe in the gallery, the path of a recipe file, or a recipe. The
        network has the input `item`, and `user`, `history` or both, all of kind "ids". `history` is the list of the
        user's other items.
    n_negatives : int, default=4
        Number of negatives per interaction: items without an interaction of the user, drawn uniformly in each epoch.
    epochs : int or dict, optional
        Number of passes over the training set. A dict derives it from a number of `steps`, with limits `min` and `max`.
        An epoch has 1 + `n_negatives` samples per interaction.
    batch_size : int or "auto", optional
        Number of samples in a batch; with "auto", from 32 to 256, depending on the number of training samples.
    learning_rate : float or dict, optional
        Learning rate of the optimizer, or a Keras schedule as a dict: its name under the key `type`, and its arguments.
    weight_decay : float, optional
        Decoupled weight decay: each step decreases the weights by this fraction, times the learning rate.
    optimizer : str or dict, optional
        Name of a Keras optimizer, or a dict with its name under `type` and its arguments. It replaces the optimizer of
        the recipe, including its learning rate.
    loss : str or dict, optional
        Name of a loss, or a dict with its name under `type` and its arguments. The default is the binary cross-entropy.
    metrics : list of str and dict, optional
        Additional metrics, recorded in `history_`. Sample weights apply to them.
    shuffle : bool, optional
        Whether to shuffle the training samples before each epoch.
    validation_fraction : float, optional
        Fraction of the interactions to hold out as validation set. Its negatives are the same in all epochs. Held-out
        items may be training negatives; otherwise the network could identify them.
    validation : {"random", "last"}, optional
        Samples to hold out: a random subset, or the last ones.
    early_stopping : bool or dict, optional
        Whether to stop training when the monitored metric stops improving, and keep the weights of the best epoch. A
        dict sets any of `monitor`, `patience`, `min_delta` and `restore_best` (Keras: `restore_best_weights`).
    precision : {"float32", "mixed_float16", "mixed_bfloat16", "float64"}, optional
        Precision of the layers: the name of a Keras dtype policy.
    gradient_accumulation : int, optional
        Number of batches whose gradients are averaged for one weight update.
    n_members : int, optional
        Number of networks, whose scores are averaged; by default that of the recipe, or one. The first member equals
        the network for ``n_members=1``.
    callbacks : keras.callbacks.Callback or list of them, optional
        Keras callbacks; each fit uses its own copies. Pass callbacks of scikit-learn to `set_callbacks`.
    time_budget : float, optional
        Maximum seconds of training, of all members together, without the preparation of the data; by default there is
        no limit. After this time, training ends with the current epoch. With early stopping, the weights of the best
        epoch are kept, otherwise those of the last one. Results then depend on the speed of the machine.
    device : {"cpu", "gpu"}, optional
        Device for training and prediction. The default is a GPU if TensorFlow finds one. Without a GPU, "gpu" raises an
        error in `fit`, while predictions are computed on the CPU.
    verbose : bool, default=False
        Whether to print progress: a bar in a terminal, otherwise lines. Fits trained together share one display.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, random layers, validation set, negatives and order of batches. On a CPU, the same
        int gives bit-identical results.
    **params : object
        Params of the recipe by name (`dim`, `hidden`, `l2`, `users` and `items` in the default recipe), and other
        values of the recipe by address, such as ``training__optimizer__weight_decay`` or ``layers__stem__units``.

    Attributes
    ----------
    n_features_in_ : int
        2: a user and an item.
    feature_names_in_ : array of shape (2,)
        Names of the columns. Defined only if X was a table.
    items_ : array of shape (n_items,)
        Items that can be recommended, in sorted order.
    preparation_ : InteractionsPreparation
        Users, items and interactions in `fit`.
    recipe_ : ResolvedNetwork
        The recipe in resolved form: layers of the trained network with all their arguments, and all training settings.
    model_ : keras.Model
        Copy of the trained network, built on first access. Changes to the copy take effect only through
        `set_weights_from`. Not defined if there are several members.
    members_ : tuple of NNRecommender
        Each member as a fitted estimator, copied on each access, with its own `history_`, `model_` and `random_state`.
    history_ : History
        Losses and metrics per epoch of the last training, and the reason why it stopped (for the first member).
    n_iter_ : int
        Number of epochs of the last training (for the first member).
    best_epoch_ : int
        Epoch, counted from 1, whose weights were kept (for the first member).

    Notes
    -----
    The network is trained to separate interactions from negatives, by default with the binary cross-entropy. Negatives
    are drawn uniformly, so the network also learns popularity: popular items have higher scores.

    Items without an interaction in `fit` have the score 0 and are never recommended. Users without an interaction in
    `fit` get the most popular items, scored by the fraction of users with an interaction. `max_tokens` of the recipe's
    inputs limits users and items to the most frequent ones; all others are treated like those without interactions.

    The history of a user contains the items of the user's interactions in `fit`; the last ones if there are more than
    the length of the input. The history of a pair never contains the item of that pair, in training and prediction.

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

    _ensemble_settings: ClassVar[frozenset[str]] = frozenset({"members", "variants"})

    def __init__(
        self,
        recipe="two_tower",
        *,
        n_negatives=4,
        epochs=None,
        batch_size=None,
        learning_rate=None,
        weight_decay=None,
        optimizer=None,
        loss=None,
        metrics=None,
        shuffle=None,
        validation_fraction=None,
        validation=None,
        early_stopping=None,
        precision=None,
        gradient_accumulation=None,
        n_members=None,
        callbacks=None,
        time_budget=None,
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
        self.weight_decay = weight_decay
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
        self.time_budget = time_budget
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
            Interactions: a user and an item in each row, as int or str. The first column has the users, unless the
            columns are named item and user.
        y : None
            Not used; present for compatibility with scikit-learn's searches.
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
            If the recipe, or a parameter that overrides one of its values, is not valid.
        ValueError
            If X has other columns or missing ids, or a user has interactions with all items.
        DivergenceError
            If the loss is NaN or infinite in the first epoch.
        """
        return self._fit(Given(X, y, sample_weight, validation_groups))

    def predict(self, X):
        """Predict the probability that each pair is an interaction and not a negative: the mean over members.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, 2)
            As for `fit`.

        Returns
        -------
        array of shape (n_samples,), float64
            Scores from 0 to 1, to rank the items of a user. Their scale depends on `n_negatives`.
        """
        pairs = self._interactions()
        return self._scores(pairs, *pairs.encoded(*checked_pairs(X, "X", self)))

    def recommend(self, users, n_items=10, exclude_seen=True, interactions=None):
        """Return the items with the highest scores for each user.

        Parameters
        ----------
        users : array-like of shape (n_users,)
            Ids of users, as in `fit`. Users without interactions in `fit` get the most popular items.
        n_items : int, default=10
            Number of items for each user.
        exclude_seen : bool, default=True
            Whether to exclude items that the user has interactions with.
        interactions : DataFrame or array-like of shape (n_samples, 2), optional
            Interactions of these users, in place of those in `fit`, for new users or new interactions. This requires a
            recipe with the input `history` and without `user`, such as `item_set`.

        Returns
        -------
        DataFrame of n_users * n_items rows
            Users in the order of `users`; for each user, items in descending order of scores. Columns are those of X in
            `fit` (user and item if X was an array), and `score`. Items with equal scores are in sorted order.

        Raises
        ------
        ValueError
            If fewer than `n_items` items are left for a user.
        """
        pairs = self._interactions()
        pairs = pairs if interactions is None else with_interactions(pairs, interactions)
        requested = checked_users(users)
        numbers = pairs.users.transformed(requested)
        left = pairs.n_items - pairs.counts(numbers) * checked_flag("exclude_seen", exclude_seen)
        check_enough(pairs, requested, left, checked_count("n_items", n_items))
        best = np.empty((len(requested), n_items), "int64")
        scores = np.empty((len(requested), n_items))
        for part, found in self._scored(pairs, numbers):
            if exclude_seen:
                found[pairs.table(numbers[part])] = -np.inf
            best[part] = np.argsort(-found, axis=1, kind="stable")[:, :n_items]
            scores[part] = np.take_along_axis(found, best[part], axis=1)
        user, item = pair_columns(*getattr(self, "feature_names_in_", (USER, ITEM)))
        ids = {user: np.repeat(requested, n_items), item: self.items_[best.ravel()]}
        return pd.DataFrame({**ids, "score": scores.ravel()})

    def score(self, X, y=None, sample_weight=None):
        """Return the hit rate at 10: the fraction of held-out interactions with the item ranked in the first 10.

        Parameters
        ----------
        X : DataFrame or array-like of shape (n_samples, 2)
            Interactions that were not in `fit`, such as those held out by `nnbuild.model_selection.leave_one_out`.
        y : None
            Not used.
        sample_weight : array-like of shape (n_samples,), optional
            Sample weights.

        Returns
        -------
        float
            Hit rate from 0 to 1.

        Notes
        -----
        The item of an interaction is ranked among all items of `items_`, except other items that the user has
        interactions with in `fit`. It is a hit if fewer than 10 of them have a higher score, or an equal score and an
        earlier position in `items_`. Items of the same user in other rows of X are not excluded. An item that is not in
        `items_` is not a hit. Users without interactions in `fit` get the most popular items.
        """
        pairs = self._interactions()
        users, items = pairs.encoded(*checked_pairs(X, "X", self))
        weights = checked_weights(sample_weight, users)
        order, (requested, counts) = np.argsort(users, kind="stable"), np.unique(users, return_counts=True)
        ends, hits = np.cumsum(counts), np.zeros(len(users))
        for part, scores in self._scored(pairs, requested):
            rows = order[ends[part.start] - counts[part.start] : ends[part.stop - 1]]
            hits[rows] = are_hits(pairs, users[rows], items[rows], np.repeat(scores, counts[part], axis=0))
        return float(np.average(hits, weights=weights))

    @property
    def items_(self):
        """Items that can be recommended, in sorted order."""
        items = self._interactions().items
        return np.array(items.ids, object if items.are_texts else "int64")

    def _samples(self, spec: Spec) -> tuple[Draft, Rows]:
        inputs, data = spec.recipe.network.inputs, spec.data
        check_inputs_of_pairs(inputs)
        with filters_kept():
            users, items = checked_pairs(data.X, "X", self, reset=True)
            weights = checked_weights(data.sample_weight, users, ensure_non_negative=True)
            groups = checked_groups(data.validation_groups, users)
        rows = Rows({USER: users, ITEM: items}, np.ones(len(users), "int32"), weights, groups).with_positive_weight()
        known = {name: dict(settings) for name, settings in inputs.items()}
        return Draft(FOUND, known_inputs=known, n_features=2, feature_names=vars(self).get("feature_names_in_")), rows

    def _training_set(self, spec: Spec, draft: Draft, rows: Rows, seed: int) -> TrainingSet:
        n_negatives = checked_count("n_negatives", self.n_negatives)
        held_out = held_out_rows(rows, draft.targets, draft.settings, seed)
        training = rows.select(rows_to_learn_from(rows, held_out))
        seen = InteractionsPreparation.fitted(training.X[USER], training.X[ITEM], spec.recipe.network.inputs)
        pairs = seen if held_out is None else seen.with_pairs(rows.X[USER], rows.X[ITEM])
        check_can_draw(pairs)
        return TrainingSet(
            replace(draft, preparations={PAIRS: pairs}),
            with_negatives(training, pairs, n_negatives),
            None if held_out is None else with_negatives(rows.select(held_out), pairs, n_negatives),
            NegativeSampling(pairs, seen),
        )

    def _network_inputs(self, X, layers: tuple[str, ...] = ()) -> Inputs:
        """Return integers of users and items, and histories, by input; ids that were not in `fit` are 0."""
        pairs = self._interactions()
        return pairs.inputs(*pairs.encoded(*checked_pairs(X, "X", self)))

    def _interactions(self) -> InteractionsPreparation:
        """Return the interactions in `fit`."""
        check_is_fitted(self)
        return self._fitted.preparations[PAIRS]

    def _scored(self, pairs: InteractionsPreparation, users: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield slices of `users`, and the scores of all items for these users, of shape (n_users, n_items)."""
        items, n_at_once = np.arange(1, pairs.n_items + 1, dtype="int32"), max(1, ROWS_AT_ONCE // pairs.n_items)
        for start in range(0, len(users), n_at_once):
            some = users[start : start + n_at_once]
            scores = self._scores(pairs, np.repeat(some, len(items)), np.tile(items, len(some)))
            yield slice(start, start + len(some)), scores.reshape(len(some), len(items))

    def _scores(self, pairs: InteractionsPreparation, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Return the scores of pairs of integers, as float64 of shape (n_samples,)."""
        scores = np.append(0.0, self._interactions().popularity())[items]
        requested = (pairs.counts(users) > 0) & (items != UNKNOWN)
        if requested.any():
            outputs = self._forward(self._fitted, pairs.inputs(users[requested], items[requested]))
            found = [self._fitted.targets.probabilities(output, self._fitted.gives_logits)[:, 1] for output in outputs]
            scores[requested] = np.mean(found, axis=0, dtype="float64")
        return scores

    def _set_attributes(self, fitted: Fitted) -> None:
        super()._set_attributes(fitted)
        for name in ("classes_", "n_outputs_"):  # attributes of binary classification, which recommenders do not have
            self.__dict__.pop(name, None)
        self.preparation_ = fitted.preparations[PAIRS]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = tags.input_tags.categorical = True
        return tags
