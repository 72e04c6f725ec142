"""`NNTranslator`: sequence-to-sequence model of texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np
from sklearn.callback import with_callbacks
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from nnbuild.estimators.decoding import checked_penalty, written
from nnbuild.estimators.fitted import Draft
from nnbuild.estimators.spec import Expected, Spec
from nnbuild.estimators.supervised import SupervisedEstimator
from nnbuild.estimators.text_pairs import SOURCE, TARGET, learned_texts, text_settings
from nnbuild.estimators.training import Rows, rows_to_learn_from
from nnbuild.estimators.transforming import inputs_behind
from nnbuild.generate.causal import check_causal
from nnbuild.inputs.checked_inputs import Inputs
from nnbuild.inputs.library_checks import filters_kept, name_in_messages
from nnbuild.inputs.text import TextPreparation
from nnbuild.inputs.user_data import Given, checked_groups, checked_weights
from nnbuild.parameter_checks import checked_count
from nnbuild.tasks.tokens import TextTargets


class NNTranslator(SupervisedEstimator):
    """Sequence-to-sequence model, described by a recipe: it maps texts to other texts.

    The network has two inputs of kind "text": `source`, the source text, and `target`, the target text generated so
    far. It consists of any encoder and a causal decoder: attention with a causal mask, or recurrent layers. Tokens are
    words or characters, depending on the settings of the inputs.

    Parameters
    ----------
    recipe : str, path, dict or Recipe, default="small_transformer"
        Network and training settings: the name of a recipe in the gallery, the path of a recipe file, or a recipe.
    max_length : int, optional
        Maximum number of tokens of a predicted text. The default is the length of the longest training text, rounded
        up, and at most 511.
    beam_width : int, default=1
        Number of candidates in the beam search of `predict`. With 1, the search is greedy.
    length_penalty : float, default=0.0
        Exponent a of the length penalty: candidates are ranked by log p / ((5 + length) / 6)^a. Larger values favour
        long texts.
    epochs : int or dict, optional
        Number of passes over the training set. A dict derives it from a number of `steps`, with limits `min` and `max`.
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
        Name of a loss, or a dict with its name under `type` and its arguments. The default is the cross-entropy of the
        next token. Padding is masked.
    metrics : list of str and dict, optional
        Additional metrics, recorded in `history_`. Sample weights apply to them.
    shuffle : bool, optional
        Whether to shuffle the training samples before each epoch.
    validation_fraction : float, optional
        Fraction of the samples to hold out as validation set.
    validation : {"random", "last"}, optional
        Samples to hold out: a random subset, or the last ones.
    early_stopping : bool or dict, optional
        Whether to stop training when the monitored metric stops improving, and keep the weights of the best epoch. A
        dict sets any of `monitor`, `patience`, `min_delta` and `restore_best` (Keras: `restore_best_weights`).
    label_smoothing : float, optional
        Fraction of the target probability that is distributed over all tokens.
    precision : {"float32", "mixed_float16", "mixed_bfloat16", "float64"}, optional
        Precision of the layers: the name of a Keras dtype policy.
    gradient_accumulation : int, optional
        Number of batches whose gradients are averaged for one weight update.
    n_members : int, optional
        Number of networks in the ensemble; by default that of the recipe, or one. Token probabilities are averaged over
        them. The first member equals the network for ``n_members=1``.
    bootstrap : bool, optional
        Whether each member trains on a bootstrap sample of the training set: drawn with replacement, of the same size.
    callbacks : keras.callbacks.Callback or list of them, optional
        Keras callbacks; each fit uses its own copies. Pass callbacks of scikit-learn to `set_callbacks`.
    warm_start : bool, default=False
        Whether `fit` starts from the weights of the previous fit, and from the state of its optimizer if that fit also
        had `warm_start`. The vocabularies do not change.
    time_budget : float, optional
        Maximum seconds of training, of all members together, without the preparation of the data; by default there is
        no limit. After this time, training ends with the current epoch. With early stopping, the weights of the best
        epoch are kept, otherwise those of the last one. Results then depend on the speed of the machine.
    device : {"cpu", "gpu"}, optional
        Device for training and prediction. The default is a GPU if TensorFlow finds one. Without a GPU, "gpu" raises an
        error in `fit`, while predictions are computed on the CPU.
    engine : {"auto", "compiled", "keras"}, default="auto"
        Training engine. "compiled" runs each epoch as one program compiled by XLA. "keras" trains step by step, and
        supports all layers and optimizers of a recipe. "auto" selects "compiled" for fits inside the joblib backend
        "nnbuild" and for long fits, and "keras" for others. If a fit can't be compiled, "compiled" raises an error.
        Results agree except for rounding.
    verbose : bool, default=False
        Whether to print progress: a bar in a terminal, otherwise lines. Fits trained together share one display.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, random layers, validation set and order of batches. On a CPU, the same int gives
        bit-identical results.
    **params : object
        Params of the recipe by name (`split`, `max_tokens`, `width`, `inner`, `depth`, `heads` and `dropout` in the
        default recipe), and other values of the recipe by address, such as ``training__optimizer__weight_decay`` or
        ``layers__stem__units``.

    Attributes
    ----------
    n_outputs_ : int
        Size of the target vocabulary, including padding, unknown token, start and end of a text; rounded up.
    recipe_ : ResolvedNetwork
        The recipe in resolved form: layers of the trained network with all their arguments, and all training settings.
    model_ : keras.Model
        Copy of the trained network, built on first access. Changes to the copy take effect only through
        `set_weights_from`. Not defined if there are several members. It takes token ids as `source` and `target`.
    members_ : tuple of NNTranslator
        Each member as a fitted estimator, copied on each access, with its own `history_`, `model_` and `random_state`.
    history_ : History
        Losses and metrics per epoch of the last training, and the reason why it stopped (for the first member). Losses
        are means over tokens.
    preparation_ : dict of str to TextPreparation
        Vocabularies (`tokens`) and settings of `source` and `target`.
    n_iter_ : int
        Number of epochs of the last training (for the first member).
    best_epoch_ : int
        Epoch, counted from 1, whose weights were kept (for the first member).

    Notes
    -----
    Texts are not standardized, unless the inputs of the recipe have `standardize`. Vocabularies are learned from the
    training samples; if one layer embeds both inputs, they share one vocabulary. Tokens that are not in the vocabulary
    are replaced by the unknown token, which is never predicted.

    In training, the decoder takes the true target text (teacher forcing).

    Examples
    --------
    >>> X = ["one", "two", "three"] * 20
    >>> y = ["1", "2", "3"] * 20
    >>> small = {"width": 16, "inner": 16, "depth": 1, "heads": 2, "learning_rate": 0.01}
    >>> translator = NNTranslator(**small, epochs=30, random_state=0)
    >>> translator.fit(X, y).predict(["two", "one"]).tolist()
    ['2', '1']
    """

    _ensemble_settings: ClassVar[frozenset[str]] = frozenset({"bootstrap", "members"})

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
        weight_decay=None,
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
        n_members=None,
        bootstrap=None,
        callbacks=None,
        warm_start=False,
        time_budget=None,
        device=None,
        engine="auto",
        verbose=False,
        random_state=None,
        **params,
    ):
        # Written by tools/make_parameters.py, as are the sections Parameters and Attributes: do not edit.
        self.recipe = recipe
        self.max_length = max_length
        self.beam_width = beam_width
        self.length_penalty = length_penalty
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
        self.label_smoothing = label_smoothing
        self.precision = precision
        self.gradient_accumulation = gradient_accumulation
        self.n_members = n_members
        self.bootstrap = bootstrap
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.time_budget = time_budget
        self.device = device
        self.engine = engine
        self.verbose = verbose
        self.random_state = random_state
        self._set_recipe_parameters(params)

    @with_callbacks
    def fit(
        self, X, y=None, sample_weight=None, X_val=None, y_val=None, sample_weight_val=None, validation_groups=None
    ):
        """Learn the vocabularies, and train the network of the recipe on pairs of texts.

        Parameters
        ----------
        X : list, Series or array of str, of shape (n_samples,)
            Source texts.
        y : list, Series or array of str, of shape (n_samples,)
            Target texts.
        sample_weight : array-like of shape (n_samples,), optional
            Sample weights. Pairs with weight 0 are dropped.
        X_val, y_val, sample_weight_val : as X, y and sample_weight, optional
            Validation set, in place of `validation_fraction`.
        validation_groups : array-like of shape (n_samples,), optional
            Group of each pair, such as a document: `validation_fraction` holds out whole groups.

        Returns
        -------
        self

        Raises
        ------
        RecipeError
            If the recipe, or a parameter that overrides one of its values, is not valid; and if the decoder is not
            causal.
        ValueError
            If X or y has values that are not text.
        DivergenceError
            If the loss is NaN or infinite in the first epoch.

        Notes
        -----
        If an error is raised, the estimator is unchanged: not fitted, or with the previous fit.
        """
        checked_count("beam_width", self.beam_width)
        checked_penalty(self.length_penalty)
        validation = Given(X_val, y_val, sample_weight_val, suffix="_val")
        return self._fit(Given(X, y, sample_weight, validation_groups), validation, self._previous())

    def predict(self, X):
        """Predict the target text of each source text.

        Parameters
        ----------
        X : list, Series or array of str, of shape (n_samples,)
            Source texts.

        Returns
        -------
        array of str, of shape (n_samples,), dtype object
            Predicted texts.
        """
        return self.predict_candidates(X)[0][:, 0]

    def predict_candidates(self, X):
        """Return the candidates of the beam search of `predict`, and their log probabilities.

        Parameters
        ----------
        X : list, Series or array of str, of shape (n_samples,)
            Source texts.

        Returns
        -------
        texts : array of str, of shape (n_samples, beam_width), dtype object
            Candidates, the best first. If fewer texts are possible, the remaining ones are empty.
        log_probabilities : array of shape (n_samples, beam_width)
            Log probabilities of the candidates; minus infinity for remaining ones.
        """
        check_is_fitted(self)
        width, penalty = checked_count("beam_width", self.beam_width), checked_penalty(self.length_penalty)
        sources = self._fitted.preparations[SOURCE].transformed(self._texts(X, "X"))
        return written(self._fitted, {SOURCE: sources}, width, penalty, self.device)

    def score(self, X, y, sample_weight=None):
        """Return the accuracy: the fraction of texts that are predicted exactly.

        Parameters
        ----------
        X, y : list, Series or array of str, of shape (n_samples,)
            Source texts and target texts.
        sample_weight : array-like of shape (n_samples,), optional
            Sample weights.

        Returns
        -------
        float
            Accuracy from 0 to 1. If the recipe standardizes the target or splits it into words, `y` is converted to
            that form before the comparison.
        """
        check_is_fitted(self)
        y = self._fitted.preparations[TARGET].standardized(self._texts(y, "y"))
        predicted = self.predict(X)
        check_consistent_length(predicted, y)
        if not len(y):
            raise ValueError("X has no text to score")
        return float(np.average(predicted == y, weights=checked_weights(sample_weight, y, ensure_non_negative=True)))

    def _network_inputs(self, X, layers: tuple[str, ...] = ()) -> Inputs:
        """Return token ids of source texts and, if `layers` depend on them, of predicted target texts."""
        texts = self._texts(X, "X")
        is_written = TARGET in inputs_behind(self._fitted.resolved, layers)
        pairs = {SOURCE: texts, TARGET: self.predict(texts) if is_written else np.full(len(texts), "", object)}
        return {name: self._fitted.preparations[name].transformed(pairs[name]) for name in pairs}

    def _texts(self, values, name: str) -> np.ndarray:
        """Return texts as a checked array; `name` is for error messages."""
        with filters_kept():
            return TextPreparation.checked(values, name)

    def _preparing(self, X, inputs: Mapping[str, Mapping]) -> dict[str, Mapping]:
        return text_settings(inputs, self.max_length)

    def _checked_rows(self, spec: Spec, data: Given, expected: Expected) -> Rows:
        X, y, suffix = data.X, data.y, data.suffix
        if y is None:
            raise ValueError(f"{type(self).__name__} requires y to be passed, but the target y is None")
        texts = {SOURCE: self._texts(X, f"X{suffix}"), TARGET: self._texts(y, f"y{suffix}")}
        with name_in_messages("X, y", f"X{suffix}, y{suffix}"):
            check_consistent_length(*texts.values())
        if not len(texts[SOURCE]):
            raise ValueError(f"Found no sample in X{suffix} while a minimum of 1 is required by {type(self).__name__}.")
        with name_in_messages("sample_weight", f"sample_weight{suffix}"):
            weights = checked_weights(data.sample_weight, texts[SOURCE], ensure_non_negative=True)
        groups = checked_groups(data.validation_groups, texts[SOURCE])
        return Rows(texts, texts[TARGET], weights, groups).with_positive_weight()

    def _targets_of(self, y, classes):
        return TextTargets.unseen(TARGET)

    def _learned(self, spec: Spec, draft: Draft, rows: Rows, held_out) -> Draft:
        kept = rows_to_learn_from(rows, held_out)
        texts = {name: part[kept] for name, part in rows.X.items()}
        preparations = learned_texts(texts, draft.preparing, spec.recipe)
        return replace(draft, targets=TextTargets(TARGET, preparations[TARGET]), preparations=preparations)

    def _check_network(self, draft: Draft) -> None:
        assert draft.resolved is not None
        check_causal(draft.resolved, TARGET)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = tags.input_tags.two_d_array = tags.input_tags.three_d_array = False
        tags.input_tags.string = True
        return tags
