"""`NNMaskedLanguageModel`: language model that predicts masked tokens."""

from __future__ import annotations

import numpy as np
from sklearn.callback import with_callbacks
from sklearn.utils.validation import check_is_fitted

from nnbuild.errors import show
from nnbuild.estimators.masking import each_once, masked, windows_of_each
from nnbuild.estimators.text_network import TextNetwork
from nnbuild.estimators.texts import several_texts
from nnbuild.estimators.token_probabilities import in_calls
from nnbuild.estimators.training import Rows
from nnbuild.inputs.text import WORDS, TextPreparation
from nnbuild.inputs.user_data import Given
from nnbuild.parameter_checks import checked_count, is_real
from nnbuild.report.units import counted


class NNMaskedLanguageModel(TextNetwork):
    """Masked language model, described by a recipe: it learns from unlabelled texts to predict masked tokens.

    It is used to pretrain networks for tasks with few labels: pass the fitted estimator as `pretrained` to
    `NNClassifier` or `NNRegressor`.

    Parameters
    ----------
    recipe : str, path, dict or Recipe, default="small_bert_pretraining"
        Network and training settings: the name of a recipe in the gallery, the path of a recipe file, or a recipe. The
        network has one input, of kind "text", and an output per token.
    mask_fraction : float, default=0.15
        Fraction of the tokens to predict. Of these, 80 % are masked (replaced by the unknown token), 10 % are replaced
        by a random token, and 10 % are unchanged.
    n_maskings : int, default=10
        Number of copies of each window in an epoch, with different masked tokens. All epochs have the same masks.
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
    metrics : list of str and dict, optional
        Additional metrics, recorded in `history_`.
    shuffle : bool, optional
        Whether to shuffle the training samples before each epoch.
    validation_fraction : float, optional
        Fraction of the text to hold out, from its end, as validation set. The vocabulary is learned from the rest.
    early_stopping : bool or dict, optional
        Whether to stop training when the monitored metric stops improving, and keep the weights of the best epoch. A
        dict sets any of `monitor`, `patience`, `min_delta` and `restore_best` (Keras: `restore_best_weights`).
    label_smoothing : float, optional
        Fraction of the target probability that is distributed over all tokens.
    precision : {"float32", "mixed_float16", "mixed_bfloat16", "float64"}, optional
        Precision of the layers: the name of a Keras dtype policy.
    gradient_accumulation : int, optional
        Number of batches whose gradients are averaged for one weight update.
    callbacks : keras.callbacks.Callback or list of them, optional
        Keras callbacks; each fit uses its own copies. Pass callbacks of scikit-learn to `set_callbacks`.
    warm_start : bool, default=False
        Whether `fit` starts from the weights of the previous fit, and from the state of its optimizer if that fit also
        had `warm_start`. The vocabulary does not change.
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
        Seed of the initial weights, masked tokens, random layers and order of batches. On a CPU, the same int gives
        bit-identical results.
    **params : object
        Params of the recipe by name (`max_tokens`, `length`, `width`, `depth`, `heads` and `dropout` in the default
        recipe), and other values of the recipe by address, such as ``training__optimizer__weight_decay`` or
        ``layers__stem__units``.

    Attributes
    ----------
    vocabulary_ : array of str
        Tokens of the vocabulary, the most frequent one first.
    recipe_ : ResolvedNetwork
        The recipe in resolved form: layers of the trained network with all their arguments, and all training settings.
    model_ : keras.Model
        Copy of the trained network, built on first access. It takes token ids. Changes to the copy take effect only
        through `set_weights_from`.
    history_ : History
        Losses and metrics per epoch of the last training, and the reason why it stopped.
    preparation_ : TextPreparation
        Conversion of texts to token ids.
    n_outputs_ : int
        Vocabulary size, including padding, unknown token, start and end of a text; rounded up.
    n_iter_ : int
        Number of epochs of the last training.
    best_epoch_ : int
        Epoch, counted from 1, whose weights were kept.

    Notes
    -----
    A sample is a window of one text, with the start token first, and some of its tokens masked.

    References
    ----------
    .. [1] Devlin et al., "BERT: Pre-training of deep bidirectional transformers for language understanding",
       arXiv:1810.04805, section 3.1.

    Examples
    --------
    >>> texts = ["the cat sat on the mat", "the dog lay on the rug"] * 20
    >>> small = {"length": 8, "width": 16, "depth": 1, "heads": 2, "learning_rate": 0.01}
    >>> model = NNMaskedLanguageModel(**small, epochs=6, random_state=0)
    >>> model.fit(texts).score(texts) > 0.5
    True
    """

    _name_in_messages = "a masked language model"
    _default_recipe = "small_bert_pretraining"

    def __init__(
        self,
        recipe="small_bert_pretraining",
        *,
        mask_fraction=0.15,
        n_maskings=10,
        epochs=None,
        batch_size=None,
        learning_rate=None,
        weight_decay=None,
        optimizer=None,
        metrics=None,
        shuffle=None,
        validation_fraction=None,
        early_stopping=None,
        label_smoothing=None,
        precision=None,
        gradient_accumulation=None,
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
        self.mask_fraction = mask_fraction
        self.n_maskings = n_maskings
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.optimizer = optimizer
        self.metrics = metrics
        self.shuffle = shuffle
        self.validation_fraction = validation_fraction
        self.early_stopping = early_stopping
        self.label_smoothing = label_smoothing
        self.precision = precision
        self.gradient_accumulation = gradient_accumulation
        self.callbacks = callbacks
        self.warm_start = warm_start
        self.time_budget = time_budget
        self.device = device
        self.engine = engine
        self.verbose = verbose
        self.random_state = random_state
        self._set_recipe_parameters(params)

    @with_callbacks
    def fit(self, X, y=None, X_val=None):
        """Learn the vocabulary, and train the network of the recipe.

        Parameters
        ----------
        X : str, or list, Series or array of str
            Training texts.
        y : None
            Not used.
        X_val : as X, optional
            Validation set, in place of `validation_fraction`.

        Returns
        -------
        self

        Raises
        ------
        RecipeError
            If the recipe is not valid, or a parameter that overrides a value of it.
        ValueError
            If the texts have no tokens, or if the network does not return values for each token.
        DivergenceError
            If the loss is NaN or infinite in the first epoch.

        Notes
        -----
        If an error is raised, the estimator is unchanged: not fitted, or with the previous fit.
        """
        return self._fit(Given(X), Given(X_val, suffix="_val"), self._previous())

    def score(self, X, y=None):
        """Return the accuracy: the fraction of masked tokens that are predicted correctly.

        Parameters
        ----------
        X : str, or list, Series or array of str
            Texts that were not in the training set.
        y : None
            Not used.

        Returns
        -------
        float

        Notes
        -----
        Each token is masked exactly once. In each pass, a fraction `mask_fraction` of the tokens is masked. The masks
        are the same in each call. Tokens that are not in the vocabulary are not counted.
        """
        return float(masked_results(self, X)[0].mean())

    def bits_per_token(self, X):
        """Return the bits per token: the mean cross-entropy of masked tokens, to base 2.

        Parameters
        ----------
        X : str, or list, Series or array of str
            As for `score`.

        Returns
        -------
        float
        """
        return float(masked_results(self, X)[1].mean() / np.log(2))

    def _rows(self, texts, preparation: TextPreparation, name: str, is_training: bool, seed: int) -> Rows:
        """Return windows with masked tokens; in training, `n_maskings` copies of each window with different masks."""
        windows = _checked_windows(texts, preparation, name, "learn from")
        n_times = checked_count("n_maskings", self.n_maskings) if is_training else 1
        rng = np.random.default_rng([seed, is_training])
        inputs, targets = masked(np.tile(windows, (n_times, 1)), self._checked_fraction(), preparation, rng)
        return Rows(inputs, targets, None)

    def _checked_fraction(self) -> float:
        fraction = self.mask_fraction
        if not is_real(fraction) or not 0 < fraction < 1:
            raise ValueError(f"mask_fraction must be a number above 0 and below 1, got {show(fraction)}")
        return float(fraction)


def masked_results(estimator: NNMaskedLanguageModel, X) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return hits, cross-entropies in nats, and token ids of all tokens, each masked once.

    A hit is a token with the highest probability.
    """
    check_is_fitted(estimator)
    preparation = estimator._preparation
    windows = _checked_windows(several_texts(X, "X"), preparation, "X", "score")
    hits, losses, token_ids = [], [], []
    for inputs, targets in each_once(windows, estimator._checked_fraction(), preparation):
        for part in in_calls(len(inputs), estimator._length, estimator._fitted.targets.n_outputs):
            found = estimator._log_probabilities(inputs[part])
            rows, steps = np.nonzero(targets[part])
            expected = targets[part][rows, steps]
            hits.append(found[rows, steps].argmax(axis=1) == expected)
            losses.append(-found[rows, steps, expected])
            token_ids.append(expected)
    return np.concatenate(hits), np.concatenate(losses), np.concatenate(token_ids)


def _checked_windows(texts: np.ndarray, preparation: TextPreparation, name: str, what_for: str) -> np.ndarray:
    if preparation.output_sequence_length < 2:
        hint = "set output_sequence_length of the input to 2 or more"
        raise ValueError(
            f"a window of one token has no room for text: it contains only the start token\n  hint: {hint}"
        )
    windows = windows_of_each(texts, preparation)
    if not len(windows):
        what = WORDS[preparation.split]
        raise ValueError(f"{name} has no {what} of the vocabulary to {what_for} in {counted(len(texts), 'text')}")
    return windows
