"""`NNRegressor`."""

from __future__ import annotations

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.callback import with_callbacks

from nnbuild.estimators.base import ONE_EPOCH, NNEstimator
from nnbuild.estimators.given import NO_ROWS, Given
from nnbuild.estimators.quantities import check_earlier_scaling, check_values, checked_scaling
from nnbuild.estimators.targets import RegressionTargets, checked_quantities
from nnbuild.plan.heads import loss_of


class NNRegressor(RegressorMixin, NNEstimator):
    """A neural network, described by a recipe, that predicts one quantity or several.

    Parameters
    ----------
    recipe : str, path, dict or Recipe, default="mlp"
        What network, and how it is trained: a name of the gallery, the path of a recipe file, or a recipe.
    epochs : int, optional
        Passes over the training rows.
    batch_size : int, optional
        Rows in one step.
    learning_rate : float or dict, optional
        Of the optimizer; a dict is a schedule.
    optimizer : str or dict, optional
        Keras' name, or a dict of `type` and arguments. It replaces the recipe's, learning rate included.
    loss : str or dict, optional
        By default the mean squared error.
    metrics : list of str and dict, optional
        Further curves of `history_`, weighted by sample weights.
    shuffle : bool, optional
        Whether each epoch has an order of its own.
    validation_fraction : float, optional
        Share of the rows that training does not see, to validate on after each epoch.
    validation : {"random", "last"}, optional
        Which rows these are: drawn at random, or the last ones.
    early_stopping : bool or dict, optional
        Whether to stop when there is no improvement any more, and keep the weights of the best epoch: a dict holds any
        of `monitor`, `patience`, `min_delta` and `restore_best`.
    precision : {"float32", "mixed_float16", "mixed_bfloat16", "float64"}, optional
        What layers compute in.
    gradient_accumulation : int, optional
        Batches whose gradients are averaged for one step of the optimizer.
    scale_target : "auto" or bool, default="auto"
        Whether the network learns y less its mean over its standard deviation, both of the training rows. Losses and
        metrics are then in these units; predictions come back in those of y. "auto" does so where the loss allows it;
        for "mean_absolute_percentage_error" y is divided by its mean size, and "poisson",
        "mean_squared_logarithmic_error", "binary_crossentropy", "kl_divergence" and "cosine_similarity" learn y itself.
    prepare : "auto", None or dict, default="auto"
        "auto" prepares DataFrames, and what the recipe calls a table, for the network: numbers imputed and
        standardised, categories one-hot or embeddings, dates as parts, all learned from the training rows only. Arrays
        go in as they are. None prepares nothing: a DataFrame of numbers then gives the same bits as their array. A
        dict of settings (`max_onehot`, `rare_fraction`, `impute`, `scale`, `indicators`) prepares arrays too.
    n_members : int, default=1
        Networks to train; predictions are their mean. The first is the network that `random_state` gives alone. The
        others have seeds of their own, for first weights, random layers, the order of batches and `bootstrap`, that
        follow from it and not from their number. All are validated on the same rows. They train as one program inside
        the joblib backend, and by itself as `engine` says.
    bootstrap : bool, default=False
        Whether each network sees as many of the training rows drawn with replacement, and not all of them once.
    callbacks : keras.callbacks.Callback or list of them, optional
        Each fit trains with copies of its own. scikit-learn's callbacks go to `set_callbacks`.
    pretrained : estimator, str or path, optional
        A fitted estimator of nnbuild, or the file of one, to start from: each layer that has its name and weights of
        the same shapes there takes those weights, and `pretrained_layers_` names them. Words, ids and the columns of
        tables keep the numbers and places that they have there. ``"trainable": false`` of layers in the recipe leaves
        their weights as they are. `clone` takes the fitted estimator over; a file that is saved stands alone.
    warm_start : bool, default=False
        Whether `fit` goes on from the fit before: from its weights, and from its optimizer's state where that fit had
        `warm_start` too.
    device : {"cpu", "gpu"}, optional
        Where to train and predict; by default on a GPU where TensorFlow finds one. Without a GPU, "gpu" is an error
        in `fit`, and predictions come from the CPU.
    engine : {"auto", "compiled", "keras"}, default="auto"
        What trains: one program that XLA compiles for the whole epoch, or Keras' layers and optimizer called step by
        step, which takes any of them. "auto" compiles what trains beside others and, of fits alone, long ones; what
        can't be compiled goes by Keras' engine, and is an error for "compiled". Results agree but for rounding.
    verbose : bool, default=False
        Whether to show progress on a terminal; of fits that train together, as one, and as lines elsewhere.
    random_state : int, RandomState instance or None, default=None
        Of the first weights, random layers, the validation rows and the order of batches. The same whole number gives
        the same bits on a CPU.
    **params : object
        The recipe's own params by their names (the default recipe has `hidden`, `activation`, `dropout` and `l2`), and
        any other value by its address, such as ``training__optimizer__weight_decay`` or ``layers__stem__units``.

    Attributes
    ----------
    n_features_in_ : int
        Columns of X; not there where X was a dict.
    feature_names_in_ : array of shape (n_features_in_,)
        Their names, where X was a table whose columns are called by strings.
    n_outputs_ : int
        Number of targets.
    recipe_ : Resolved
        The network that was trained, as data: layers with all their arguments, and all training settings.
    model_ : keras.Model
        A copy of the trained network: changes of it reach predictions by `set_weights_from` alone. Made when it is
        first used; not there with several members.
    members_ : tuple of NNRegressor
        Each network as a fitted estimator of its own, with `history_`, `model_` and `random_state`. Made when asked
        for.
    history_ : History
        Curves of the last training, and why it ended; of several members, those of the first.
    preparation_ : TablePreparation, TextPreparation and the like, dict of str to any of them, or None
        What became of each column of a table, of texts, ids, images or series: its `told()` says it in words. A dict by
        input where there are several; None where X went in as it was.
    pretrained_layers_ : tuple of str
        Layers that started with weights of `pretrained`; not there without it.
    n_iter_ : int
        Epochs of the last training (of the first member).
    best_epoch_ : int
        Epoch, counted from 1, whose weights were kept (by the first member).

    Notes
    -----
    None for a training setting stands for "as the recipe says". Wrong values are told by `fit`; so are unknown names
    given to the constructor, while `set_params` refuses them at once.

    With ``prepare="auto"`` a DataFrame is standardised even if it holds nothing but numbers, while the same numbers in
    an array are not. In scikit-learn's own estimators the container does not matter; ``prepare=None`` is like them. The
    rule goes by the container because one that goes by values (are some missing, is there text?) would prepare the
    rows of one fold of a cross-validation and not those of another.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import scale
    >>> X, y = load_diabetes(return_X_y=True)
    >>> regressor = NNRegressor(hidden=[16], epochs=20, random_state=0).fit(scale(X), y)
    >>> regressor.score(scale(X), y) > 0.4
    True
    """

    def __init__(
        self,
        recipe="mlp",
        *,
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
        scale_target="auto",
        prepare="auto",
        n_members=1,
        bootstrap=False,
        callbacks=None,
        pretrained=None,
        warm_start=False,
        device=None,
        engine="auto",
        verbose=False,
        random_state=None,
        **params,
    ):
        self.recipe = recipe
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
        self.scale_target = scale_target
        self.prepare = prepare
        self.n_members = n_members
        self.bootstrap = bootstrap
        self.callbacks = callbacks
        self.pretrained = pretrained
        self.warm_start = warm_start
        self.device = device
        self.engine = engine
        self.verbose = verbose
        self.random_state = random_state
        self._set_recipe_parameters(params)

    @with_callbacks
    def partial_fit(self, X, y=None, sample_weight=None):
        """Train one epoch on some rows, on from the weights and the optimizer's state that are there.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.

        Returns
        -------
        self

        Notes
        -----
        Inputs are prepared as in the first call: medians, scales and vocabularies stay as they were learned there, and
        columns that were constant stay dropped. A `PreparationWarning` names, once, each column that contradicts this.

        Nothing is validated, and nothing stops early. Targets are scaled as in the first call. With a whole number as
        `random_state`, k calls on the same rows give the bits of one fit of k epochs. After `fit` without
        `warm_start`, the optimizer is at its start.
        """
        before = self._fitted if self._is_fitted() else None
        return self._fit(Given(X, y, sample_weight), NO_ROWS, before, None, ONE_EPOCH)

    def predict(self, X, return_std=False):
        """Predicted targets, in their units: the mean over members.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), sparse matrix, or dict of either
            As for `fit`.
        return_std : bool, default=False
            Whether to tell how far the members' predictions differ.

        Returns
        -------
        mean : array of shape (n_samples,) or (n_samples, n_outputs), float64
            Of the shape of `y` in `fit`.
        std : array of the same shape
            With `return_std`: standard deviation over members, with n_members - 1 as its divisor.

        Raises
        ------
        ValueError
            If `return_std` is set, and there is one member only.

        Notes
        -----
        The deviation is that of the networks that other seeds (and, with `bootstrap`, other samples of the rows) would
        have given. It grows away from the training rows, but the noise of y is not in it: it is no interval for y. One
        network says nothing of it, and 0 would be wrong.
        """
        fitted, outputs = self._outputs(X)
        if return_std and len(outputs) == 1:
            raise ValueError("return_std needs two members at least: one network has no deviation\n  hint: n_members=5")
        found = [fitted.targets.decode(output) for output in outputs]
        mean = found[0] if len(found) == 1 else np.mean(found, axis=0)
        return (mean, np.std(found, axis=0, ddof=1)) if return_std else mean

    def _checked_y(self, y):
        return checked_quantities(self, y)

    def _targets_of(self, y, classes):
        scaling = checked_scaling(self.scale_target, loss_of(self._effective_recipe()))
        return RegressionTargets.of(y, scaling != "none", centred=scaling == "standard")

    def _read(self, data, recipe, before, classes):
        if before:
            check_earlier_scaling(before.targets.mean, before.targets.scale, loss_of(recipe))
        return super()._read(data, recipe, before, classes)

    def _checked_rows(self, data, inputs, recipe, kinds, reset, suffix=""):
        rows = super()._checked_rows(data, inputs, recipe, kinds, reset, suffix)
        numbers = None if data[2] is None else np.flatnonzero(np.asarray(data[2]))  # those of weight zero are gone
        check_values(rows.y, loss_of(recipe), f"y{suffix}", numbers)
        return rows

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
