"""`NNLanguageModel`: language model that predicts the next token."""

from __future__ import annotations

import numpy as np
from sklearn.callback import with_callbacks
from sklearn.utils.validation import check_is_fitted

from nnbuild.estimators.fitted import Draft
from nnbuild.estimators.text_generation import Continued, Rules, checked_endings, continue_all, generators
from nnbuild.estimators.text_network import TextNetwork
from nnbuild.estimators.texts import concatenated_ids, ids_with_start, refuse_unknown, several_texts, windows_of
from nnbuild.estimators.token_probabilities import in_calls, token_losses
from nnbuild.estimators.training import Rows
from nnbuild.generate.causal import check_causal
from nnbuild.generate.sampling import Sampling
from nnbuild.generate.stepper import stepper_for
from nnbuild.inputs.checked_inputs import Inputs
from nnbuild.inputs.text import N_RESERVED, PADDING, WORDS, TextPreparation
from nnbuild.inputs.user_data import Given
from nnbuild.parameter_checks import checked_count
from nnbuild.report.units import counted
from nnbuild.tasks.tokens import TokenIdTargets
from nnbuild.train.common.device import on_device


class NNLanguageModel(TextNetwork):
    """Language model, described by a recipe: it predicts the next token, and continues texts.

    Tokens are characters or words, depending on the recipe's input of kind "text". `fit` learns the vocabulary. A
    sample is a window of `output_sequence_length` tokens, whose targets are the next tokens.

    Parameters
    ----------
    recipe : str, path, dict or Recipe, default="small_gpt"
        Network and training settings: the name of a recipe in the gallery, the path of a recipe file, or a recipe. The
        network has one input, of kind "text", and is causal: its outputs for a token do not depend on later tokens.
    stride : int, optional
        Number of tokens between the starts of consecutive training windows. The default is the length of a window. With
        a smaller stride, windows overlap, and an epoch contains each token several times at different positions.
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
        Seed of the initial weights, random layers and order of batches. On a CPU, the same int gives bit-identical
        results.
    **params : object
        Params of the recipe by name (`length`, `vocabulary`, `width`, `depth`, `heads`, `dropout` and `steps` in the
        default recipe), and other values of the recipe by address, such as ``training__optimizer__weight_decay`` or
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
    Texts are concatenated, each between a start and an end token. A window may contain the end of one text and the
    start of the next, so the network learns how texts start and end.

    Examples
    --------
    >>> text = "the cat sat on the mat. " * 40
    >>> small = {"length": 16, "width": 32, "depth": 1, "heads": 2, "learning_rate": 0.01, "steps": 200}
    >>> model = NNLanguageModel("small_gpt", stride=1, epochs=3, random_state=0, **small)
    >>> model.fit(text).generate("the cat", max_new_tokens=16, temperature=0)
    ' sat on the mat.'
    """

    _name_in_messages = "a language model"
    _default_recipe = "small_gpt"

    def __init__(
        self,
        recipe="small_gpt",
        *,
        stride=None,
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
        self.stride = stride
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
            Training text, or several texts.
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
            If the recipe, or a parameter that overrides one of its values, is not valid.
        ValueError
            If the texts are too short, or if the network is not causal: its outputs depend on the tokens to predict.
        DivergenceError
            If the loss is NaN or infinite in the first epoch.

        Notes
        -----
        If an error is raised, the estimator is unchanged: not fitted, or with the previous fit.
        """
        return self._fit(Given(X), Given(X_val, suffix="_val"), self._previous())

    def score(self, X, y=None):
        """Return the negative of `bits_per_character`; greater is better.

        Parameters
        ----------
        X : str, or list, Series or array of str
            Texts that were not in the training set.
        y : None
            Not used.

        Returns
        -------
        float
        """
        return -self.bits_per_character(X)

    def bits_per_character(self, X):
        """Return the bits per character: the cross-entropy to base 2, averaged over characters.

        Parameters
        ----------
        X : str, or list, Series or array of str
            Texts that were not in the training set.

        Returns
        -------
        float

        Notes
        -----
        Each token is predicted once, from all preceding tokens of its text, or from at least half a window of them. The
        total cross-entropy is divided by the number of characters, so that models of words and of characters are
        comparable. A token that is not in the vocabulary is replaced by the unknown token.

        References
        ----------
        .. [1] Shannon, "Prediction and entropy of printed English", Bell System Technical Journal 30 (1951).
        """
        texts, losses = losses_by_token(self, X)
        return float(losses.sum() / np.log(2) / sum(map(len, texts)))

    def perplexity(self, X):
        """Return the perplexity: exp of the mean per-token cross-entropy.

        Parameters
        ----------
        X : str, or list, Series or array of str
            Texts that were not in the training set.

        Returns
        -------
        float
        """
        return float(np.exp(losses_by_token(self, X)[1].mean()))

    def predict_proba(self, X):
        """Predict the probability of each token of the vocabulary as the next token of each text.

        Parameters
        ----------
        X : str, or list, Series or array of str
            Texts. For an empty text, the probabilities are those of the first token of a text.

        Returns
        -------
        array of shape (n_samples, n_tokens)
            Probabilities in the order of `vocabulary_`, with a sum of 1 in each row.
        """
        check_is_fitted(self)
        preparation, windows = self._preparation, self._network_inputs(X)
        last, tokens = (windows != PADDING).sum(axis=1) - 1, slice(N_RESERVED, preparation.start)
        found = np.empty((len(windows), len(preparation.tokens)))
        for part in in_calls(*windows.shape, self._fitted.targets.n_outputs):
            given = self._log_probabilities(windows[part])
            found[part] = given[np.arange(len(given)), last[part], tokens]
        chances = np.exp(found)
        return chances / chances.sum(axis=1, keepdims=True)

    def generate(self, prompt="", max_new_tokens=200, *, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
        """Generate a continuation of a prompt, with tokens sampled from the predicted distributions.

        Parameters
        ----------
        prompt : str or list of str, default=""
            One prompt, or several that are continued in parallel. From an empty prompt, a complete text is generated.
        max_new_tokens : int, default=200
            Maximum number of new tokens. Generation ends earlier at the end token or a string of `stop`.
        temperature : float, default=1.0
            Divisor of the logits. Values below 1 favour probable tokens, values above 1 improbable ones. With 0, the
            most probable token is always selected.
        top_k : int, optional
            Sample only from the `top_k` most probable tokens.
        top_p : float, optional
            Sample only from the smallest set of most probable tokens with a total probability of at least `top_p`.
        stop : str or list of str, optional
            Strings that end the text; they are not included in it.
        seed : int, optional
            Seed of the sampling. The same seed gives the same text. By default, each call uses a new seed.

        Returns
        -------
        str or list of str
            Generated text, without the prompt; a list for a list of prompts.

        Raises
        ------
        ValueError
            If a value is out of range, or a prompt has tokens that are not in the vocabulary.

        Notes
        -----
        Keys and values of attention and states of recurrent layers are cached between tokens. A network with layers
        that can't be cached recomputes all tokens of the window. The context of a network with attention is limited to
        one window: when the window is full, its last half becomes the start of a new window, and earlier tokens are
        dropped.
        """
        check_is_fitted(self)
        sampling, most = Sampling(temperature, top_k, top_p), checked_count("max_new_tokens", max_new_tokens)
        sampling.check()
        endings, prompts = checked_endings(stop), several_texts(prompt, "prompt")
        rules = Rules(sampling, most, endings, self._preparation, self._fitted.gives_logits)
        rows = [
            Continued(self._prompted(text), rules, rng) for text, rng in zip(prompts, generators(seed), strict=False)
        ]
        if rows:
            fitted = self._fitted
            with on_device(self.device, required=False):
                stepper = stepper_for(fitted.template, f"{self.device} {fitted.template_key}", self._length)
                continue_all(stepper, fitted.weights, rows)
        return rows[0].text if isinstance(prompt, str) else [row.text for row in rows]

    def _network_inputs(self, X, layers: tuple[str, ...] = ()) -> Inputs:
        """Return the last token ids of each text (and the start token of short ones), of shape (n_samples, length)."""
        rows = [ids_with_start(text, self._preparation)[-self._length :] for text in several_texts(X, "X")]
        windows = np.full((len(rows), self._length), PADDING, "int32")
        for window, row in zip(windows, rows, strict=True):
            window[: len(row)] = row
        return windows

    def _prompted(self, prompt: str) -> np.ndarray:
        """Return the token ids of a prompt, with the start token."""
        numbers = ids_with_start(prompt, self._preparation)
        refuse_unknown(prompt, numbers[1:], self._preparation)
        return numbers

    def _rows(self, texts, preparation: TextPreparation, name: str, is_training: bool, seed: int) -> Rows:
        """Return windows of texts, with the next tokens as targets."""
        length = preparation.output_sequence_length
        stride = length if self.stride is None or not is_training else checked_count("stride", self.stride)
        numbers = concatenated_ids(texts, preparation)
        return Rows(*windows_of(numbers, length, stride, name, preparation.split), None)

    def _check_network(self, draft: Draft) -> None:
        super()._check_network(draft)
        assert draft.resolved is not None
        assert isinstance(draft.targets, TokenIdTargets)
        check_causal(draft.resolved, draft.targets.input)


def losses_by_token(estimator: NNLanguageModel, X) -> tuple[np.ndarray, np.ndarray]:
    """Return texts as an array, and the cross-entropy of all their tokens in one array, in nats."""
    check_is_fitted(estimator)
    texts, length, preparation = several_texts(X, "X"), estimator._length, estimator._preparation
    rows = [ids_with_start(text, preparation) for text in texts]
    if all(len(row) == 1 for row in rows):
        raise ValueError(f"X has no {WORDS[preparation.split]} to score in {counted(len(texts), 'text')}")
    stride, n_outputs = max(1, length // 2), estimator._fitted.targets.n_outputs
    return texts, np.concatenate(token_losses(rows, length, stride, n_outputs, estimator._log_probabilities))
