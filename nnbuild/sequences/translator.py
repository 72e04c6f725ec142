"""`NNTranslator`: texts -> other texts, written token by token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from sklearn.callback import with_callbacks
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from nnbuild.estimators.base import NNEstimator
from nnbuild.estimators.checks import filters_kept, said_of
from nnbuild.estimators.fitted import Fitted
from nnbuild.estimators.given import Given, checked_groups
from nnbuild.estimators.raw import checked_texts
from nnbuild.estimators.tables import checked_weights
from nnbuild.estimators.text_targets import TextTargets
from nnbuild.estimators.training import Rows, rows_to_learn_from
from nnbuild.estimators.values import checked_count
from nnbuild.recipe.recipe import Recipe
from nnbuild.sequences.causal import refuse_foresight
from nnbuild.sequences.text_pairs import SOURCE, TARGET, learned_texts, text_settings
from nnbuild.sequences.writing import checked_penalty, written


class NNTranslator(NNEstimator):
    """A neural network, described by a recipe, that turns texts into other texts.

    The recipe has two inputs of kind "text": what is read, `source`, and what is written so far, `target`. It is any
    encoder with a decoder that looks back only: attention with a causal mask, or recurrent layers. Words or characters
    are the tokens, as the inputs say.

    Parameters
    ----------
    recipe : str, path, dict or Recipe, default="small_transformer"
        What network, and how it is trained: a name of the gallery, the path of a recipe file, or a recipe.
    max_length : int, optional
        Most tokens of a text that is written. By default as many as in the longest of the training rows, rounded up,
        and 511 at most.
    beam_width : int, default=1
        Texts that `predict` follows at a time, to find the most probable one; 1 takes the most probable token each
        time.
    length_penalty : float, default=0
        How far that search favours long texts: log p / ((5 + length) / 6)^a is compared, a this number.
    epochs : int, optional
        Passes over the training rows.
    batch_size : int, optional
        Rows in one step.
    learning_rate : float or dict, optional
        Of the optimizer; a dict is a schedule.
    optimizer : str or dict, optional
        Keras' name, or a dict of `type` and arguments. It replaces the recipe's, learning rate included.
    loss : str or dict, optional
        By default the cross-entropy of the token that follows. Padding counts nothing.
    metrics : list of str and dict, optional
        Further curves of `history_`.
    shuffle : bool, optional
        Whether each epoch has an order of its own.
    validation_fraction : float, optional
        Share of the rows that training does not see, to validate on after each epoch.
    validation : {"random", "last"}, optional
        Which rows these are.
    early_stopping : bool or dict, optional
        Whether to stop when there is no improvement any more, and keep the weights of the best epoch: a dict holds any
        of `monitor`, `patience`, `min_delta` and `restore_best`.
    label_smoothing : float, optional
        Share of each token that is spread over all of them.
    precision : {"float32", "mixed_float16", "mixed_bfloat16", "float64"}, optional
        What layers compute in.
    gradient_accumulation : int, optional
        Batches whose gradients are averaged for one step of the optimizer.
    n_members : int, default=1
        Networks to train, as for `NNClassifier`: each token is the most probable by the mean over them.
    bootstrap : bool, default=False
        Whether each network sees as many of the training rows drawn with replacement.
    callbacks : keras.callbacks.Callback or list of them, optional
        Each fit trains with copies of its own.
    warm_start : bool, default=False
        Whether `fit` goes on from the fit before, vocabularies included.
    device : {"cpu", "gpu"}, optional
        Where to train and predict.
    engine : {"auto", "compiled", "keras"}, default="auto"
        What trains, as for `NNClassifier`.
    verbose : bool, default=False
        Whether to show progress.
    random_state : int, RandomState instance or None, default=None
        Of the first weights, random layers, the validation rows and the order of batches.
    **params : object
        The recipe's own params by their names, and any other value by its address.

    Attributes
    ----------
    n_outputs_ : int
        Numbers that tokens have in the network, with some room for more.
    recipe_ : Resolved
        The network that was trained, as data.
    model_ : keras.Model
        A copy of the trained network: changes of it reach predictions by `set_weights_from` alone. It gives each step's
        tokens for `source` and `target`; not there with several members.
    members_ : tuple of NNTranslator
        Each network as a fitted estimator of its own.
    history_ : History
        Curves of the last training, and why it ended. Losses are means over tokens.
    preparation_ : dict of str to TextPreparation
        Vocabularies of `source` and `target`: their `tokens`, and what else was done to texts.
    n_iter_ : int
        Epochs of the last training.
    best_epoch_ : int
        Epoch, counted from 1, whose weights were kept.

    Notes
    -----
    Texts are taken as they are: unless the inputs of the recipe say `standardize`, nothing is done to them first.
    Vocabularies are learned from the training rows; where one layer embeds both inputs, they have one vocabulary. What
    is not in it is an unknown token when it is read, and is never written.

    Training shows the network what has been written so far as it should be (teacher forcing).

    Examples
    --------
    >>> X = ["one", "two", "three"] * 20
    >>> y = ["1", "2", "3"] * 20
    >>> translator = NNTranslator(width=16, heads=2, inner=16, epochs=30, learning_rate=0.01, random_state=0)
    >>> translator.fit(X, y).predict(["two", "one"]).tolist()
    ['2', '1']
    """

    def __init__(
        self,
        recipe="small_transformer",
        *,
        max_length=None,
        beam_width=1,
        length_penalty=0.0,
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
        label_smoothing=None,
        precision=None,
        gradient_accumulation=None,
        n_members=1,
        bootstrap=False,
        callbacks=None,
        warm_start=False,
        device=None,
        engine="auto",
        verbose=False,
        random_state=None,
        **params,
    ):
        self.recipe = recipe
        self.max_length = max_length
        self.beam_width = beam_width
        self.length_penalty = length_penalty
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
        self.label_smoothing = label_smoothing
        self.precision = precision
        self.gradient_accumulation = gradient_accumulation
        self.n_members = n_members
        self.bootstrap = bootstrap
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.device = device
        self.engine = engine
        self.verbose = verbose
        self.random_state = random_state
        self._set_recipe_parameters(params)

    @with_callbacks
    def fit(
        self, X, y=None, sample_weight=None, X_val=None, y_val=None, sample_weight_val=None, validation_groups=None
    ):
        """Learn the vocabularies of some pairs of texts, and train the network of the recipe on them.

        Parameters
        ----------
        X : list, Series or array of str, of shape (n_samples,)
            Texts to read.
        y : list, Series or array of str, of shape (n_samples,)
            Texts to write.
        sample_weight : array-like of shape (n_samples,), optional
            What each pair counts; those of weight zero are left out, as if they were not there.
        X_val, y_val, sample_weight_val : as X, y and sample_weight, optional
            Pairs to validate on, in place of `validation_fraction`.
        validation_groups : array-like of shape (n_samples,), optional
            Group of each pair, such as a document: `validation_fraction` holds out whole groups.

        Returns
        -------
        self

        Raises
        ------
        RecipeError
            For a recipe, or values set on it, with problems; and for one whose decoder looks ahead.
        ValueError
            For what is no text.
        DivergenceError
            If the loss became NaN or infinite in the first epoch.

        Notes
        -----
        Whatever is raised, the estimator stays as it was before: not fitted, or fitted as it was.
        """
        checked_count("beam_width", self.beam_width)
        checked_penalty(self.length_penalty)
        data = Given(X, y, sample_weight, validation_groups)
        return self._fit(data, Given(X_val, y_val, sample_weight_val), self._before())

    def predict(self, X):
        """The texts that are written for some others.

        Parameters
        ----------
        X : list, Series or array of str, of shape (n_samples,)

        Returns
        -------
        array of str, of shape (n_samples,), dtype object
        """
        return self.predict_candidates(X)[0][:, 0]

    def predict_candidates(self, X):
        """The most probable texts that the search of `predict` has met, and how probable they are.

        Parameters
        ----------
        X : list, Series or array of str, of shape (n_samples,)

        Returns
        -------
        texts : array of str, of shape (n_samples, beam_width), dtype object
            The best first. Where fewer texts are possible, the rest are empty.
        log_probabilities : array of shape (n_samples, beam_width)
            Logarithms of their probabilities, minus infinity for the rest.
        """
        check_is_fitted(self)
        width, penalty = checked_count("beam_width", self.beam_width), checked_penalty(self.length_penalty)
        sources = self._fitted.preparations[SOURCE].transformed(self._texts(X, "X"))
        return written(self._fitted, {SOURCE: sources}, width, penalty, self.device)

    def score(self, X, y, sample_weight=None):
        """Share of the texts that are written exactly as they should be.

        Parameters
        ----------
        X, y : list, Series or array of str, of shape (n_samples,)
        sample_weight : array-like of shape (n_samples,), optional

        Returns
        -------
        float
            Where the recipe standardizes what is written, or splits it into words, `y` is compared as it is then.
        """
        check_is_fitted(self)
        y = self._fitted.preparations[TARGET].standardized(self._texts(y, "y"))
        predicted = self.predict(X)
        check_consistent_length(predicted, y)
        if not len(y):
            raise ValueError("X has no text to score")
        return float(np.average(predicted == y, weights=checked_weights(sample_weight, y, ensure_non_negative=True)))

    def _texts(self, values, name: str) -> np.ndarray:
        """Texts as an array; messages call them so."""
        with filters_kept():
            return checked_texts(values, name)

    def _wanted(self, X, inputs: Mapping[str, Mapping]) -> dict[str, Mapping]:
        return text_settings(inputs, self.max_length)

    def _checked_rows(self, data, inputs, recipe: Recipe, kinds, reset: bool, suffix: str = "") -> Rows:
        X, y = data.X, data.y
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        texts = {SOURCE: self._texts(X, f"X{suffix}"), TARGET: self._texts(y, f"y{suffix}")}
        with said_of("X, y", f"X{suffix}, y{suffix}"):
            check_consistent_length(*texts.values())
        if not len(texts[SOURCE]):
            raise ValueError(f"Found no sample in X{suffix} while a minimum of 1 is required by {type(self).__name__}.")
        with said_of("sample_weight", f"sample_weight{suffix}"):
            weights = checked_weights(data.sample_weight, texts[SOURCE], ensure_non_negative=True)
        groups = checked_groups(data.validation_groups, texts[SOURCE])
        return Rows(texts, texts[TARGET], weights, groups).that_count()

    def _targets_of(self, y, classes):
        return TextTargets.unseen(TARGET)

    def _learned(self, draft: Fitted, rows: Rows, held_out, wanted: Mapping) -> Fitted:
        kept = rows_to_learn_from(rows, held_out)
        texts = {name: part[kept] for name, part in rows.X.items()}
        preparations = learned_texts(texts, wanted, self._effective_recipe())
        return replace(draft, targets=TextTargets(TARGET, preparations[TARGET]), preparations=preparations)

    def _job(self, *arguments):
        job = super()._job(*arguments)
        refuse_foresight(job.draft.resolved, TARGET)
        return job

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = tags.input_tags.two_d_array = tags.input_tags.three_d_array = False
        tags.input_tags.string = True
        return tags
