"""`NNLanguageModel`."""

from __future__ import annotations

import numpy as np
from sklearn.callback import with_callbacks
from sklearn.utils.validation import check_is_fitted

from nnbuild.estimators.given import Given
from nnbuild.estimators.training import Job, Rows
from nnbuild.estimators.values import checked_count
from nnbuild.features.text import N_RESERVED, WORDS, TextPreparation
from nnbuild.report.units import counted
from nnbuild.sequences.causal import refuse_foresight
from nnbuild.sequences.continuing import Continued, Rules, checked_endings, continue_all, generators
from nnbuild.sequences.sampling import Sampling
from nnbuild.sequences.scoring import in_calls, token_losses
from nnbuild.sequences.stepper import stepper_for
from nnbuild.sequences.text_network import TextNetwork
from nnbuild.sequences.texts import NumberedTokens, begun, in_a_row, refuse_unknown, several_texts, windows_of
from nnbuild.train.device import on_device


class NNLanguageModel(TextNetwork):
    """A neural network, described by a recipe, that learns to continue texts: of each token it predicts the next.

    Texts are taken apart into characters or words, as the recipe's input of kind "text" says, and the vocabulary is
    learned by `fit`. The network is trained on windows of as many tokens as that input's `output_sequence_length`, with
    the token behind each of them as its target.

    Parameters
    ----------
    recipe : str, path, dict or Recipe, default="small_gpt"
        What network, and how it is trained: a name of the gallery, the path of a recipe file, or a recipe. It has one
        input, of kind "text", and gives for each token values that later tokens do not change.
    stride : int, optional
        Tokens from where one window of the training begins to where the next one does; by default the length of a
        window. With a smaller one, each epoch sees each token several times, at other places of a window.
    epochs : int, optional
        Passes over the windows.
    batch_size : int, optional
        Windows in one step.
    learning_rate : float or dict, optional
        Of the optimizer; a dict is a schedule.
    optimizer : str or dict, optional
        Keras' name, or a dict of `type` and arguments. It replaces the recipe's, learning rate included.
    metrics : list of str and dict, optional
        Further curves of `history_`.
    shuffle : bool, optional
        Whether the windows of each epoch have an order of their own.
    validation_fraction : float, optional
        Share of the text, at its end, that neither the training nor the vocabulary sees, to validate on.
    early_stopping : bool or dict, optional
        Whether to stop when there is no improvement any more, and keep the weights of the best epoch: a dict holds any
        of `monitor`, `patience`, `min_delta` and `restore_best`.
    label_smoothing : float, optional
        Share of each label that is spread over all tokens.
    precision : {"float32", "float64", "mixed_float16", "mixed_bfloat16"}, optional
        What the network computes in.
    gradient_accumulation : int, optional
        Steps whose gradients make one update.
    callbacks : list of keras.callbacks.Callback, optional
        Each fit works on copies of them.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights, the vocabulary and the optimizer's state of the fit before.
    device : {"cpu", "gpu"}, optional
        Where to train and predict; by default on a GPU where there is one.
    engine : {"auto", "compiled", "keras"}, default="auto"
        What trains, as for `NNClassifier`.
    verbose : bool, default=False
        Whether to show progress.
    random_state : int, RandomState instance or None, default=None
        Of the first weights, random layers and the order of windows. The same whole number gives the same bits on a
        CPU.
    **params : object
        The recipe's own params by their names (the default recipe has `length`, `width`, `depth`, `heads` and
        `dropout`), and any other value by its address.

    Attributes
    ----------
    vocabulary_ : array of str
        The tokens, the most frequent one first.
    recipe_ : Resolved
        The network that was trained, as data.
    model_ : keras.Model
        A copy of the trained network: changes of it reach predictions by `set_weights_from` alone. It takes numbers of
        tokens and gives values for each number.
    history_ : History
        Curves of the last training, and why it ended.
    preparation_ : TextPreparation
        What makes numbers of texts.
    n_outputs_ : int
        How many numbers there are: a little more than tokens, and one each for padding, unknown tokens, and starts and
        ends of texts.
    n_iter_ : int
        Epochs of the last training.
    best_epoch_ : int
        Epoch, counted from 1, whose weights were kept.

    Notes
    -----
    Texts stand in a row, each between a start and an end that have numbers of their own, and windows run from one text
    into the next: the network learns how texts begin and end.

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
            Texts to validate on, in place of `validation_fraction`.

        Returns
        -------
        self

        Raises
        ------
        RecipeError
            For a recipe, or values set on it, with problems.
        ValueError
            For texts that are too short, and for a network that sees the tokens that it is to predict.
        DivergenceError
            If the loss became NaN or infinite in the first epoch.

        Notes
        -----
        Whatever is raised, the estimator stays as it was before: not fitted, or fitted as it was.
        """
        return self._fit(Given(X), Given(X_val), self._before())

    def score(self, X, y=None):
        """The negative of `bits_per_character`: greater is better.

        Parameters
        ----------
        X : str, or list, Series or array of str
            Texts that the training has not seen.
        y : ignored

        Returns
        -------
        float
        """
        return -self.bits_per_character(X)

    def bits_per_character(self, X):
        """How many bits a character of some texts takes, on average, if the network's probabilities code it.

        Parameters
        ----------
        X : str, or list, Series or array of str
            Texts that the training has not seen.

        Returns
        -------
        float

        Notes
        -----
        Each token of each text is predicted once, from all tokens before it in its text, or half a window of them at
        least. Their bits are added up, and divided by the number of characters, so that networks of words and of
        characters compare. A token that is not in the vocabulary counts as the one unknown token.

        References
        ----------
        .. [1] Shannon, "Prediction and entropy of printed English", Bell System Technical Journal 30 (1951).
        """
        texts, losses = self._losses(X)
        return float(losses.sum() / np.log(2) / sum(map(len, texts)))

    def perplexity(self, X):
        """Between how many tokens, equally probable, the network chooses on average: exp of the mean loss of a token.

        Parameters
        ----------
        X : str, or list, Series or array of str
            Texts that the training has not seen.

        Returns
        -------
        float
        """
        return float(np.exp(self._losses(X)[1].mean()))

    def predict_proba(self, X):
        """How probable each token of the vocabulary is behind each of some texts.

        Parameters
        ----------
        X : str, or list, Series or array of str
            An empty text asks how texts begin.

        Returns
        -------
        array of shape (n_samples, n_tokens)
            In the order of `vocabulary_`, with a sum of 1 in each row.
        """
        check_is_fitted(self)
        preparation, length = self._preparation, self._length
        rows = [begun(text, preparation)[-length:] for text in several_texts(X, "X")]
        windows = np.zeros((len(rows), length), "int32")
        for window, row in zip(windows, rows, strict=True):
            window[: len(row)] = row
        last, tokens = np.array([len(row) - 1 for row in rows], int), slice(N_RESERVED, preparation.start)
        found = np.empty((len(rows), len(preparation.tokens)))
        for part in in_calls(len(rows), length, self._fitted.targets.n_outputs):
            given = self._log_probabilities(windows[part])
            found[part] = given[np.arange(len(given)), last[part], tokens]
        chances = np.exp(found)
        return chances / chances.sum(axis=1, keepdims=True)

    def generate(self, prompt="", max_new_tokens=200, *, temperature=1.0, top_k=None, top_p=None, stop=None, seed=None):
        """What comes behind a prompt, token by token, each drawn by the probability that the network gives it.

        Parameters
        ----------
        prompt : str or list of str, default=""
            One, or several that go on side by side. An empty one asks for a text from its beginning.
        max_new_tokens : int, default=200
            Most tokens; there are fewer where the network ends the text, or `stop` comes.
        temperature : float, default=1.0
            Below 1 probable tokens come more often, above 1 less; with 0 the most probable one always comes.
        top_k : int, optional
            How many of the most probable tokens may come.
        top_p : float, optional
            Only the most probable tokens may come that have this probability together.
        stop : str or list of str, optional
            Where one of these would come, the text ends.
        seed : int, optional
            Of what is drawn: the same one gives the same text. By default a fresh one.

        Returns
        -------
        str or list of str
            What is new, without the prompt.

        Raises
        ------
        ValueError
            For values that say nothing, and for a prompt with characters that the training did not have.

        Notes
        -----
        Keys and values of attention, and states of recurrent layers, are kept from token to token; a network with
        layers that can't keep theirs computes all tokens of the window anew. A network with attention sees one window
        at most: when that is full, it reads the last half again, and goes on from there.
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

    def _job(self, *arguments) -> Job:
        job = super()._job(*arguments)
        resolved, targets = job.draft.resolved, job.draft.targets
        assert resolved is not None
        assert isinstance(targets, NumberedTokens)
        refuse_foresight(resolved, targets.input)
        return job
