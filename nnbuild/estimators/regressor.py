"""`NNRegressor`."""

from __future__ import annotations

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.callback import with_callbacks
from sklearn.utils.metaestimators import available_if

from nnbuild.errors import show
from nnbuild.estimators.base import Commands
from nnbuild.estimators.supervised import SupervisedEstimator
from nnbuild.inputs.user_data import Given
from nnbuild.plan.settings import loss_of, task_loss
from nnbuild.tasks.checks import checked_quantities
from nnbuild.tasks.losses import head_of
from nnbuild.tasks.numeric_targets import check_previous_scaling, check_values, checked_scaling
from nnbuild.tasks.regression import RegressionTargets


def _predicts_quantiles(estimator: NNRegressor) -> bool:
    """Return whether the loss, that of the fit if there is one, is Quantile; raise the reason if not."""
    network = estimator._fitted.resolved if estimator._is_fitted() else estimator._effective_recipe().network
    loss = task_loss(loss_of(network), "regression")
    if not head_of(loss).listed:
        found = f"predict_quantiles requires the loss 'Quantile', got {show(loss)}"
        raise AttributeError(f"{found}\n  hint: fit with loss={{'type': 'Quantile', 'quantiles': [0.1, 0.5, 0.9]}}")
    return True


class NNRegressor(RegressorMixin, SupervisedEstimator):
    """Neural network regressor, described by a recipe, for one target or several.

    Parameters
    ----------
    recipe : str, path, dict or Recipe, default="mlp"
        Network and training settings: the name of a recipe in the gallery, the path of a recipe file, or a recipe.
    epochs : int, optional
        Number of passes over the training samples.
    batch_size : int, optional
        Number of samples in a batch.
    learning_rate : float or dict, optional
        Learning rate of the optimizer. A dict describes a schedule.
    optimizer : str or dict, optional
        Keras' name, or a dict of `type` and arguments. It replaces the optimizer of the recipe, including its learning
        rate.
    loss : str or dict, optional
        The default is the mean squared error.
    metrics : list of str and dict, optional
        Additional metrics, recorded in `history_`. Sample weights apply to them.
    shuffle : bool, optional
        Whether to shuffle the training samples before each epoch.
    validation_fraction : float, optional
        Fraction of the samples that is held out as validation set.
    validation : {"random", "last"}, optional
        Which samples are held out: some drawn at random, or the last ones.
    early_stopping : bool or dict, optional
        Whether to stop when the monitored metric stops improving, and to keep the weights of the best epoch. A dict
        sets any of `monitor`, `patience`, `min_delta` and `restore_best`.
    precision : {"float32", "mixed_float16", "mixed_bfloat16", "float64"}, optional
        Precision in which the layers compute, by the name of Keras' dtype policy.
    gradient_accumulation : int, optional
        Number of batches whose gradients are averaged for one update of the weights.
    scale_target : "auto" or bool, default="auto"
        Whether the network learns standardized targets: y minus its mean, divided by its standard deviation, both of
        the training samples. Losses and metrics are then in these units; predictions are in the units of y. "auto" does
        so if the loss allows it. For "mean_absolute_percentage_error", "gamma" and "tweedie" y is divided by its mean
        absolute value. For losses of y in its own units, such as "poisson" and "binary_crossentropy", y is not scaled.
    prepare : "auto", None or dict, default="auto"
        "auto" prepares DataFrames, and inputs of kind "table" in the recipe: numbers are imputed and standardized,
        categories become one-hot columns or embeddings, dates become parts. All of it is learned from the training
        samples only, and arrays are not changed. None prepares no table: a DataFrame of numbers then gives the same
        bits as its array. A dict of settings (`max_onehot`, `rare_fraction`, `impute`, `scale`, `indicators`) prepares
        arrays too.
    n_members : int, default=1
        Number of networks to train. Predictions are their mean. The first one is the network that `random_state` gives
        alone. The others have seeds of their own for initial weights, random layers, the order of batches and
        `bootstrap`; these follow from `random_state` and do not depend on `n_members`. All members have the same
        validation set. They train as one program inside the joblib backend "nnbuild", and elsewhere as `engine`
        selects.
    bootstrap : bool, default=False
        Whether each network trains on a sample of the training samples, drawn with replacement, of the same size.
    callbacks : keras.callbacks.Callback or list of them, optional
        Each fit trains with its own copies. Callbacks of scikit-learn are passed to `set_callbacks`.
    pretrained : estimator, str or path, optional
        A fitted estimator of nnbuild, or the file of one, whose weights are the initial ones: a layer takes the weights
        of the layer that has its name there, if their shapes are the same. `pretrained_layers_` lists these layers.
        Words, ids and the columns of tables keep the numbers and places that they have there. ``"trainable": false`` of
        a layer in the recipe leaves its weights unchanged. `clone` passes on the fitted estimator; a saved file does
        not depend on it.
    warm_start : bool, default=False
        Whether `fit` continues from the previous fit: from its weights and, if that fit had `warm_start` too, from the
        state of its optimizer.
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
        Seed of the initial weights, random layers, the validation set and the order of batches. The same int gives the
        same bits on a CPU.
    **params : object
        Params of the recipe by name (`hidden`, `activation`, `dropout` and `l2` in the default recipe), and any other
        value by its address, such as ``training__optimizer__weight_decay`` or ``layers__stem__units``.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of X. Missing if X was a dict.
    feature_names_in_ : array of shape (n_features_in_,)
        Names of the columns, if X was a table and all names are strings.
    n_outputs_ : int
        Number of targets.
    recipe_ : Resolved
        The trained network as data: layers with all their arguments, and all training settings.
    model_ : keras.Model
        A copy of the trained network, made on first use. Changes of the copy take effect by `set_weights_from` only.
        Missing if there are several members.
    members_ : tuple of NNRegressor
        Each network as a fitted estimator of its own, with `history_`, `model_` and `random_state`. Made on each
        access.
    history_ : History
        Curves of the last training, and why it ended. Of several members, those of the first.
    preparation_ : TablePreparation, TextPreparation and the like, dict of str to any of them, or None
        Preparation of tables, texts, ids, images or series: its `summary()` describes it in words. A dict by input if
        there are several inputs; None if X is not prepared.
    pretrained_layers_ : tuple of str
        Names of the layers whose initial weights are those of `pretrained`. Missing without it.
    n_iter_ : int
        Number of epochs of the last training (of the first member).
    best_epoch_ : int
        Epoch, counted from 1, whose weights were kept (of the first member).

    Notes
    -----
    A training setting of None is that of the recipe. `fit` reports wrong values, and unknown names that the constructor
    was given; `set_params` refuses unknown names at once.

    With ``prepare="auto"`` a DataFrame is standardized even if it has numbers only, while the same numbers in an array
    are not. In scikit-learn's own estimators the container does not matter; ``prepare=None`` is like them. The rule
    depends on the container because one that depends on values, such as missing ones or text, would prepare one fold
    of a cross-validation and not another.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.preprocessing import scale
    >>> X, y = load_diabetes(return_X_y=True)
    >>> regressor = NNRegressor(hidden=[16], epochs=20, random_state=0).fit(scale(X), y)
    >>> regressor.score(scale(X), y) > 0.4
    True
    """

    _commands = Commands(tasks=("regression",))

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
        # Written by tools/make_parameters.py, as are the sections Parameters and Attributes: do not edit.
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
        """Train one epoch on a batch of samples, starting from the current weights and state of the optimizer.

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
        columns that were constant stay dropped. A `PreparationWarning` reports each column that contradicts this, once.

        There is no validation and no early stopping. Targets are scaled as in the first call. With an int as
        `random_state`, k calls on the same samples give the bits of one fit of k epochs. After `fit` without
        `warm_start`, the optimizer starts anew.
        """
        previous = self._fitted if self._is_fitted() else None
        return self._fit(Given(X, y, sample_weight), previous=previous, one_epoch=True)

    def predict(self, X, return_std=False):
        """Predicted targets, in their units: the mean over members.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), sparse matrix, or dict of either
            As for `fit`.
        return_std : bool, default=False
            Whether to return the standard deviation over members too.

        Returns
        -------
        mean : array of shape (n_samples,) or (n_samples, n_outputs), float64
            Of the shape of `y` in `fit`. With the loss "Quantile", of each member the median.
        std : array of the same shape
            With `return_std`: standard deviation over members, with n_members - 1 as its divisor.

        Raises
        ------
        ValueError
            If `return_std` is set and there is one member only.

        Notes
        -----
        The deviation estimates how much predictions vary with the seed and, with `bootstrap`, with the sample of the
        training data. It grows with the distance from the training samples. It does not include the noise of y, so it
        is no prediction interval. One network gives no estimate of it, and 0 would be wrong.
        """
        fitted, outputs = self._outputs(X)
        if return_std and len(outputs) == 1:
            raise ValueError("return_std needs two members at least: one network has no deviation\n  hint: n_members=5")
        head = head_of(loss_of(fitted.resolved))
        found = [fitted.targets.decode(output, head) for output in outputs]
        mean = found[0] if len(found) == 1 else np.mean(found, axis=0)
        return (mean, np.std(found, axis=0, ddof=1)) if return_std else mean

    @available_if(_predicts_quantiles)
    def predict_quantiles(self, X):
        """Predicted quantiles of the targets, in their units: the mean over members.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), sparse matrix, or dict of either
            As for `fit`.

        Returns
        -------
        array of shape (n_samples, n_quantiles) or (n_samples, n_outputs, n_quantiles), float64
            In the order of `quantiles` of the loss, in which they increase. The latter if `y` in `fit` had columns.

        Raises
        ------
        AttributeError
            If the loss is not "Quantile".

        Notes
        -----
        A network that ends in an output layer of its own may predict quantiles that cross; those of a sample are then
        sorted, which brings them nearer to the true ones.

        References
        ----------
        Chernozhukov, Fernandez-Val and Galichon, "Quantile and probability curves without crossing", Econometrica 78,
        2010.
        """
        fitted, outputs = self._outputs(X)
        n_values = head_of(loss_of(fitted.resolved)).n_values
        return np.mean([fitted.targets.values(output, n_values) for output in outputs], axis=0)

    def _checked_y(self, y):
        return checked_quantities(self, y)

    def _targets_of(self, y, classes):
        scaling = checked_scaling(self.scale_target, loss_of(self._effective_recipe().network))
        return RegressionTargets.of(y, scaling != "none", centred=scaling == "standard")

    def _checked_rows(self, spec, data, expected):
        loss, previous = loss_of(spec.recipe.network), spec.previous
        if previous:
            check_previous_scaling(previous.targets.mean, previous.targets.scale, loss)
        rows = super()._checked_rows(spec, data, expected)
        weights = data.sample_weight
        numbers = None if weights is None else np.flatnonzero(np.asarray(weights))  # those of weight zero are gone
        check_values(rows.y, loss, f"y{data.suffix}", numbers)
        return rows

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
