"""`NNMaskedLanguageModel`."""

from __future__ import annotations

import numpy as np
from sklearn.callback import with_callbacks
from sklearn.utils.validation import check_is_fitted

from nnbuild.errors import show
from nnbuild.estimators.given import Given
from nnbuild.estimators.training import Rows
from nnbuild.estimators.values import checked_count, is_real
from nnbuild.features.text import WORDS, TextPreparation
from nnbuild.report.units import counted
from nnbuild.sequences.masking import each_once, masked, windows_of_each
from nnbuild.sequences.scoring import in_calls
from nnbuild.sequences.text_network import TextNetwork
from nnbuild.sequences.texts import several_texts


class NNMaskedLanguageModel(TextNetwork):
    """A neural network that learns, of texts without labels, which words belong where some are hidden.

    What it has learned is where another network starts that has few labels to learn from: `pretrained` of
    `NNClassifier` and `NNRegressor` takes this estimator.

    Parameters
    ----------
    recipe : str, path, dict or Recipe, default="small_bert_pretraining"
        What network, and how it is trained: a name of the gallery, the path of a recipe file, or a recipe. It has one
        input, of kind "text", and gives for each token values that say which it is.
    mask_fraction : float, default=0.15
        Share of the tokens that are to be told. Of these, 80 % are hidden: they look like an unknown token. 10 % are
        exchanged for any other, and 10 % stay as they are.
    n_maskings : int, default=10
        How often each epoch sees each window, with other tokens hidden each time. Epochs are alike.
    epochs : int, optional
        Passes over the windows in all their maskings.
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
        Share of the texts, at their end, that neither the training nor the vocabulary sees, to validate on.
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
        Of the first weights, what is hidden, random layers and the order of windows. The same whole number gives the
        same bits on a CPU.
    **params : object
        The recipe's own params by their names (the default recipe has `max_tokens`, `length`, `width`, `depth`, `heads`
        and `dropout`), and any other value by its address.

    Attributes
    ----------
    vocabulary_ : array of str
        The tokens, the most frequent one first.
    recipe_ : Resolved
        The network that was trained, as data.
    model_ : keras.Model
        A copy of the trained network: changes of it reach predictions by `set_weights_from` alone.
    history_ : History
        Curves of the last training, and why it ended.
    preparation_ : TextPreparation
        What makes numbers of texts.
    n_outputs_ : int
        How many numbers there are: a little more than tokens, and one each for padding, unknown or hidden tokens, and
        starts and ends of texts.
    n_iter_ : int
        Epochs of the last training.
    best_epoch_ : int
        Epoch, counted from 1, whose weights were kept.

    Notes
    -----
    Texts are cut into windows, none of which has words of two texts; in front of each stands the start of a text.

    References
    ----------
    .. [1] Devlin et al., "BERT: Pre-training of deep bidirectional transformers for language understanding",
       arXiv:1810.04805, section 3.1.

    Examples
    --------
    >>> texts = ["the cat sat on the mat", "the dog lay on the rug"] * 20
    >>> model = NNMaskedLanguageModel(length=8, width=16, heads=2, epochs=6, learning_rate=0.01, random_state=0)
    >>> model.fit(texts).score(texts) > 0.5
    True
    """

    called = "a masked language model"
    usual = "small_bert_pretraining"

    def __init__(
        self,
        recipe="small_bert_pretraining",
        *,
        mask_fraction=0.15,
        n_maskings=10,
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
        self.mask_fraction = mask_fraction
        self.n_maskings = n_maskings
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
            Texts; they need no labels.
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
            For texts without words, and for a network that gives other values than one for each token.
        DivergenceError
            If the loss became NaN or infinite in the first epoch.

        Notes
        -----
        Whatever is raised, the estimator stays as it was before: not fitted, or fitted as it was.
        """
        return self._fit(Given(X), Given(X_val), self._before())

    def score(self, X, y=None):
        """Share of the tokens that the network finds where they are hidden.

        Parameters
        ----------
        X : str, or list, Series or array of str
            Texts that the training has not seen.
        y : ignored

        Returns
        -------
        float

        Notes
        -----
        Each token is hidden once, a share of `mask_fraction` of them at a time, the same ones in each call. Tokens that
        are not in the vocabulary are none to find.
        """
        return float(self._found(X)[0].mean())

    def bits_per_token(self, X):
        """How many bits a hidden token takes, on average, if the network's probabilities code it.

        Parameters
        ----------
        X : str, or list, Series or array of str
            As for `score`.

        Returns
        -------
        float
        """
        return float(self._found(X)[1].mean() / np.log(2))

    def _found(self, X) -> tuple[np.ndarray, np.ndarray]:
        """Of each token, hidden once: whether it is the most probable one, and its loss."""
        check_is_fitted(self)
        preparation = self._preparation
        windows = _checked_windows(several_texts(X, "X"), preparation, "X", "score")
        hits, losses = [], []
        for seen, told in each_once(windows, self._checked_fraction(), preparation):
            for part in in_calls(len(seen), self._length, self._fitted.targets.n_outputs):
                found = self._log_probabilities(seen[part])
                rows, steps = np.nonzero(told[part])
                wanted = told[part][rows, steps]
                hits.append(found[rows, steps].argmax(axis=1) == wanted)
                losses.append(-found[rows, steps, wanted])
        return np.concatenate(hits), np.concatenate(losses)

    def _rows(self, texts, preparation: TextPreparation, name: str, is_training: bool, seed: int) -> Rows:
        """Windows with tokens hidden: in the training several times each, with others."""
        windows = _checked_windows(texts, preparation, name, "learn from")
        n_times = checked_count("n_maskings", self.n_maskings) if is_training else 1
        rng = np.random.default_rng([seed, is_training])
        seen, told = masked(np.tile(windows, (n_times, 1)), self._checked_fraction(), preparation, rng)
        return Rows(seen, told, None)

    def _checked_fraction(self) -> float:
        fraction = self.mask_fraction
        if not is_real(fraction) or not 0 < fraction < 1:
            raise ValueError(f"mask_fraction must be a number above 0 and below 1, got {show(fraction)}")
        return float(fraction)


def _checked_windows(texts: np.ndarray, preparation: TextPreparation, name: str, what_for: str) -> np.ndarray:
    if preparation.output_sequence_length < 2:
        hint = "output_sequence_length of the input is 2 or more"
        raise ValueError(f"a window of one token has room for the start of a text alone\n  hint: {hint}")
    windows = windows_of_each(texts, preparation)
    if not len(windows):
        what = WORDS[preparation.split]
        raise ValueError(f"{name} has no {what} of the vocabulary to {what_for} in {counted(len(texts), 'text')}")
    return windows
