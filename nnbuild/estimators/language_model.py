"""`NNLanguageModel`."""

from __future__ import annotations

import numpy as np
from sklearn.callback import with_callbacks
from sklearn.utils.validation import check_is_fitted

from nnbuild.estimators.fitted import Draft
from nnbuild.estimators.text_generation import Continued, Rules, checked_endings, continue_all, generators
from nnbuild.estimators.text_network import TextNetwork
from nnbuild.estimators.texts import begun, in_a_row, refuse_unknown, several_texts, windows_of
from nnbuild.estimators.token_probabilities import in_calls, token_losses
from nnbuild.estimators.training import Rows
from nnbuild.generate.causal import refuse_foresight
from nnbuild.generate.sampling import Sampling
from nnbuild.generate.stepper import stepper_for
from nnbuild.inputs.checked_inputs import Inputs
from nnbuild.inputs.text import N_RESERVED, PADDING, WORDS, TextPreparation
from nnbuild.inputs.user_data import Given
from nnbuild.parameter_checks import checked_count
from nnbuild.report.units import counted
from nnbuild.tasks.tokens import NumberedTokens
from nnbuild.train.common.device import on_device


class NNLanguageModel(TextNetwork):
    """Language model, described by a recipe: it predicts the next token, and continues texts.

    Tokens are characters or words, by the recipe's input of kind "text"; `fit` learns the vocabulary. A sample is a
    window of `output_sequence_length` tokens of that input, with the next token of each as its target.

    Parameters
    ----------
    recipe : str, path, dict or Recipe, default="small_gpt"
        Network and training settings: the name of a recipe in the gallery, the path of a recipe file, or a recipe. The
        network has one input, of kind "text". Its output has values for each token that do not depend on later tokens.
    stride : int, optional
        Number of tokens from the start of one training window to the start of the next one. The default is the length
        of a window. With a smaller stride, each epoch has each token several times, at other positions of a window.
    epochs : int, optional
        Number of passes over the training samples.
    batch_size : int, optional
        Number of samples in a batch.
    learning_rate : float or dict, optional
        Learning rate of the optimizer. A dict describes a schedule.
    optimizer : str or dict, optional
        Keras' name, or a dict of `type` and arguments. It replaces the optimizer of the recipe, including its learning
        rate.
    metrics : list of str and dict, optional
        Additional metrics, recorded in `history_`.
    shuffle : bool, optional
        Whether to shuffle the training samples before each epoch.
    validation_fraction : float, optional
        Fraction of the text, at its end, that is held out as validation set. The vocabulary is learned without it.
    early_stopping : bool or dict, optional
        Whether to stop when the monitored metric stops improving, and to keep the weights of the best epoch. A dict
        sets any of `monitor`, `patience`, `min_delta` and `restore_best`.
    label_smoothing : float, optional
        Share of each label that is spread evenly over all tokens.
    precision : {"float32", "mixed_float16", "mixed_bfloat16", "float64"}, optional
        Precision in which the layers compute, by the name of Keras' dtype policy.
    gradient_accumulation : int, optional
        Number of batches whose gradients are averaged for one update of the weights.
    callbacks : keras.callbacks.Callback or list of them, optional
        Each fit trains with its own copies. Callbacks of scikit-learn are passed to `set_callbacks`.
    warm_start : bool, default=False
        Whether `fit` continues from the previous fit: from its weights and, if that fit had `warm_start` too, from the
        state of its optimizer. The vocabulary stays as it is.
    device : {"cpu", "gpu"}, optional
        Device to train and predict on. The default is a GPU if TensorFlow finds one. Without a GPU, "gpu" is an error
        in `fit`, and predictions are computed on the CPU.
    engine : {"auto", "compiled", "keras"}, default="auto"
        Engine of the training: one program that XLA compiles for the whole epoch, or Keras' layers and optimizer called
        step by step, which supports all of them. "auto" compiles fits that train beside others and long fits alone;
        what can't be compiled trains with Keras' engine, and is an error for "compiled". Results agree except for
        rounding.
    verbose : bool, default=False
        Whether to show progress: a bar on a terminal, lines elsewhere. Fits that train together show one for all.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial weights, random layers and the order of batches. The same int gives the same bits on a CPU.
    **params : object
        Params of the recipe by name (`length`, `vocabulary`, `width`, `depth`, `heads`, `dropout` and `steps` in the
        default recipe), and any other value by its address, such as ``training__optimizer__weight_decay`` or
        ``layers__stem__units``.

    Attributes
    ----------
    vocabulary_ : array of str
        Tokens of the vocabulary, the most frequent one first.
    recipe_ : Resolved
        The trained network as data: layers with all their arguments, and all training settings.
    model_ : keras.Model
        A copy of the trained network, made on first use. It takes token ids. Changes of the copy take effect by
        `set_weights_from` only.
    history_ : History
        Curves of the last training, and why it ended.
    preparation_ : TextPreparation
        Converts texts into token ids.
    n_outputs_ : int
        Vocabulary size, including padding, unknown token, and start and end of a text, rounded up.
    n_iter_ : int
        Number of epochs of the last training.
    best_epoch_ : int
        Epoch, counted from 1, whose weights were kept.

    Notes
    -----
    Texts are concatenated, each between a start and an end token, and windows cross from one text into the next: the
    network learns how texts begin and end.

    Examples
    --------
    >>> text = "the cat sat on the mat. " * 40
    >>> small = {"length": 16, "width": 32, "depth": 1, "heads": 2, "learning_rate": 0.01, "steps": 200}
    >>> model = NNLanguageModel("small_gpt", stride=1, epochs=3, random_state=0, **small)
    >>> model.fit(text).generate("the cat", max_new_tokens=16, temperature=0)
    ' sat on the mat.'
    """

    called = "a language model"
    usual = "small_gpt"

    def __init__(
        self,
        recipe="small_gpt",
        *,
        stride=None,
        epochs=None,
        batch_size=None,
        learning_rate=None,
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
            One text, or several.
        y : ignored
        X_val : as X, optional
            Validation set, in place of `validation_fraction`.

        Returns
        -------
        self

        Raises
        ------
        RecipeError
            For a recipe, or values set on it, with problems.
        ValueError
            For texts that are too short, and for a network whose outputs depend on the tokens that they predict.
        DivergenceError
            If the loss became NaN or infinite in the first epoch.

        Notes
        -----
        Whatever is raised, the estimator stays as it was before: not fitted, or fitted as it was.
        """
        return self._fit(Given(X), Given(X_val, suffix="_val"), self._previous())

    def score(self, X, y=None):
        """Negative of `bits_per_character`: greater is better.

        Parameters
        ----------
        X : str, or list, Series or array of str
            Texts that were not in the training data.
        y : ignored

        Returns
        -------
        float
        """
        return -self.bits_per_character(X)

    def bits_per_character(self, X):
        """Bits per character: mean cross-entropy of a character, to base 2.

        Parameters
        ----------
        X : str, or list, Series or array of str
            Texts that were not in the training data.

        Returns
        -------
        float

        Notes
        -----
        Each token of each text is predicted once, from all tokens before it in its text, or from at least half a window
        of them. The sum of their bits is divided by the number of characters, so that networks of words and of
        characters compare. A token that is not in the vocabulary counts as the unknown token.

        References
        ----------
        .. [1] Shannon, "Prediction and entropy of printed English", Bell System Technical Journal 30 (1951).
        """
        texts, losses = self._losses(X)
        return float(losses.sum() / np.log(2) / sum(map(len, texts)))

    def perplexity(self, X):
        """Perplexity: exp of the mean per-token cross-entropy.

        Parameters
        ----------
        X : str, or list, Series or array of str
            Texts that were not in the training data.

        Returns
        -------
        float
        """
        return float(np.exp(self._losses(X)[1].mean()))

    def predict_proba(self, X):
        """Probability of each token of the vocabulary as the next one of each text.

        Parameters
        ----------
        X : str, or list, Series or array of str
            An empty text gives the probabilities of the first token.

        Returns
        -------
        array of shape (n_samples, n_tokens)
            In the order of `vocabulary_`, with a sum of 1 in each row.
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
        """Continue a prompt token by token, each drawn from the distribution that the network predicts.

        Parameters
        ----------
        prompt : str or list of str, default=""
            One prompt, or several that are continued side by side. With an empty one, a text starts from its beginning.
        max_new_tokens : int, default=200
            Maximum number of tokens. There are fewer if the network ends the text, or at `stop`.
        temperature : float, default=1.0
            Divisor of the logits: below 1 favours probable tokens, above 1 improbable ones. With 0, each token is the
            most probable one.
        top_k : int, optional
            Number of most probable tokens to draw from.
        top_p : float, optional
            Draw only from the most probable tokens whose total probability is this.
        stop : str or list of str, optional
            Strings at which the text ends; they are left out.
        seed : int, optional
            Seed of the draws: the same seed gives the same text. The default is a fresh one.

        Returns
        -------
        str or list of str
            The new text, without the prompt.

        Raises
        ------
        ValueError
            For values out of range, and for a prompt with characters that the training text did not have.

        Notes
        -----
        Keys and values of attention, and states of recurrent layers, are kept from token to token; a network with
        layers that can't keep theirs computes all tokens of the window anew. A network with attention has one window
        of context at most: when it is full, the last half is read again as the new start of the window.
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
                stepper = stepper_for(fitted.form, f"{self.device} {fitted.form_key}", self._length)
                continue_all(stepper, fitted.weights, rows)
        return rows[0].text if isinstance(prompt, str) else [row.text for row in rows]

    def _network_inputs(self, X, layers: tuple[str, ...] = ()) -> Inputs:
        """Token ids of the end of each text, with its start if there is room: array of shape (n_samples, length)."""
        rows = [begun(text, self._preparation)[-self._length :] for text in several_texts(X, "X")]
        windows = np.full((len(rows), self._length), PADDING, "int32")
        for window, row in zip(windows, rows, strict=True):
            window[: len(row)] = row
        return windows

    def _prompted(self, prompt: str) -> np.ndarray:
        """The numbers of a prompt, with what stands in front of every text."""
        numbers = begun(prompt, self._preparation)
        refuse_unknown(prompt, numbers[1:], self._preparation)
        return numbers

    def _losses(self, X) -> tuple[np.ndarray, np.ndarray]:
        """Texts, and the loss of each of their tokens."""
        check_is_fitted(self)
        texts, length = several_texts(X, "X"), self._length
        rows = [begun(text, self._preparation) for text in texts]
        if all(len(row) == 1 for row in rows):
            raise ValueError(f"X has no {WORDS[self._preparation.split]} to score in {counted(len(texts), 'text')}")
        stride, n_outputs = max(1, length // 2), self._fitted.targets.n_outputs
        return texts, np.concatenate(token_losses(rows, length, stride, n_outputs, self._log_probabilities))

    def _rows(self, texts, preparation: TextPreparation, name: str, is_training: bool, seed: int) -> Rows:
        """Windows of some texts, each with what follows its tokens."""
        length = preparation.output_sequence_length
        stride = length if self.stride is None or not is_training else checked_count("stride", self.stride)
        numbers = in_a_row(texts, preparation)
        return Rows(*windows_of(numbers, length, stride, name, preparation.split), None)

    def _check_network(self, draft: Draft) -> None:
        super()._check_network(draft)
        assert draft.resolved is not None
        assert isinstance(draft.targets, NumberedTokens)
        refuse_foresight(draft.resolved, draft.targets.input)
