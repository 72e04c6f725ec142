"""`NNRegressor`: neural network regressor."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.callback import with_callbacks
from sklearn.metrics import r2_score
from sklearn.utils.metaestimators import available_if

from nnbuild.errors import show
from nnbuild.estimators.auto import AutoRecipe, is_auto
from nnbuild.estimators.fitted import Fitted
from nnbuild.estimators.supervised import SupervisedEstimator
from nnbuild.inputs.user_data import Given
from nnbuild.plan.settings import TRAINING_DEFAULTS, loss_of, task_loss
from nnbuild.tasks.checks import checked_quantities
from nnbuild.tasks.losses import head_of
from nnbuild.tasks.numeric_targets import check_previous_scaling, checked_scaling
from nnbuild.tasks.regression import RegressionTargets
from nnbuild.tasks.target_transforms import check_logarithm, checked_transform


def _predicts_quantiles(estimator: NNRegressor) -> bool:
    """Return True if the loss is Quantile, else raise an `AttributeError`. The loss is that of the fit if fitted."""
    if is_auto(estimator.recipe) and not estimator._is_fitted():
        raise AttributeError("predict_quantiles requires a fit with recipe='auto'\n  hint: call fit first")
    network = estimator._fitted.resolved if estimator._is_fitted() else estimator._effective_recipe().network
    loss = task_loss(loss_of(network), RegressionTargets.row.name)
    if not head_of(loss).listed:
        found = f"predict_quantiles requires the loss 'Quantile', got {show(loss)}"
        raise AttributeError(f"{found}\n  hint: fit with loss={{'type': 'Quantile', 'quantiles': [0.1, 0.5, 0.9]}}")
    return True


class NNRegressor(RegressorMixin, AutoRecipe, SupervisedEstimator):
    """Neural network regressor, described by a recipe, for one or more targets.

    Parameters
    ----------
    recipe : str, path, dict or Recipe, default="table"
        Network and training settings: the name of a recipe in the gallery, the path of a recipe file, or a recipe. With
        "auto", the kind of the data selects the recipe in `fit`. The default trains 16 networks, two for each of 8
        folds, with early stopping, and averages their predictions. ``n_members=1`` trains one of them without folds, in
        a fraction of the time, such as for a search. "mlp" is one plain network.
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
        Name of a loss, or a dict with its name under `type` and its arguments. The default is the mean squared error.
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
    precision : {"float32", "mixed_float16", "mixed_bfloat16", "float64"}, optional
        Precision of the layers: the name of a Keras dtype policy.
    gradient_accumulation : int, optional
        Number of batches whose gradients are averaged for one weight update.
    scale_target : "auto" or bool, default="auto"
        Whether to train on standardized targets: y minus its mean, divided by its standard deviation, both of the
        training samples. Losses and metrics are then in these units; predictions are in the units of y. "auto"
        standardizes y if the loss allows it. For the losses "mean_absolute_percentage_error", "gamma" and "tweedie", it
        divides y by its mean absolute value. For losses that require y in its own units, such as "poisson" and
        "binary_crossentropy", it does not scale y.
    target_transform : {"none", "log", "power", "auto"}, optional
        Transform of y before it is standardized: the logarithm (of y + its smallest positive value if there are zeros),
        or the Yeo-Johnson power transform with the maximum likelihood. "auto" transforms clearly skewed targets only.
        Losses and metrics are in these units; predictions are in the units of y, within the range of the training
        samples.
    clip_predictions : bool, optional
        Whether to limit predictions to the range of y in the training samples.
    prepare : "auto", None or dict, default="auto"
        Preprocessing of tables. "auto" preprocesses DataFrames, and any data of inputs of kind "table" in the recipe:
        numbers are imputed and scaled, categories become one-hot columns or embeddings, and dates become numeric
        columns for their parts. The preprocessing is fitted on the training set only. Arrays for other recipes are not
        changed. With None, no table is preprocessed: a numeric DataFrame and the equivalent array give bit-identical
        results. A dict sets settings such as `max_onehot`, `impute`, `scale` and `clip` (see the guide to tables). With
        a dict, arrays are preprocessed for any recipe.
    n_members : int, optional
        Number of networks in the ensemble; by default that of the recipe, or one. Predictions are averaged over them.
        Each further member has its own seed for initial weights, random layers, batch order and `bootstrap`. The seed
        is derived from `random_state` and does not depend on `n_members`. If the recipe has no folds, all members have
        the same validation set, and the first member equals the network for ``n_members=1``. If it has folds, 1 trains
        one network without folds and variants; other numbers select members that cover the folds first. With the engine
        "compiled", one program trains all members. With the engine "keras", they are trained one after the other.
    bootstrap : bool, optional
        Whether each member trains on a bootstrap sample of the training set: drawn with replacement, of the same size.
    callbacks : keras.callbacks.Callback or list of them, optional
        Keras callbacks; each fit uses its own copies. Pass callbacks of scikit-learn to `set_callbacks`.
    pretrained : estimator, str or path, optional
        Source of initial weights: a fitted estimator of nnbuild, or the path of a saved one. A layer takes the weights
        of the pretrained layer of the same name if all shapes are equal; `pretrained_layers_` lists these layers. The
        fitted preprocessing of the pretrained estimator is reused, with its vocabularies and columns. To freeze a
        layer, set ``"trainable": false`` for it in the recipe. `clone` does not reset the pretrained estimator. A saved
        model does not depend on it.
    warm_start : bool, default=False
        Whether `fit` starts from the weights of the previous fit, and from the state of its optimizer if that fit also
        had `warm_start`.
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
        Params of the recipe by name (`hidden`, `width`, `activation`, `dropout` and `skip` in the default recipe), and
        other values of the recipe by address, such as ``training__optimizer__weight_decay`` or ``layers__stem__units``.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of X. Not defined if X was a dict.
    feature_names_in_ : array of shape (n_features_in_,)
        Names of the columns. Defined only if X was a table and all names are strings.
    n_outputs_ : int
        Number of targets.
    auto_recipe_ : Recipe
        Recipe that was selected, without the parameters of the estimator. Defined only for ``recipe="auto"``.
    auto_reason_ : str
        Reason for its selection.
    recipe_ : ResolvedNetwork
        The recipe in resolved form: layers of the trained network with all their arguments, and all training settings.
    model_ : keras.Model
        Copy of the trained network, built on first access. Changes to the copy take effect only through
        `set_weights_from`. Not defined if there are several members.
    members_ : tuple of NNRegressor
        Each member as a fitted estimator, copied on each access, with its own `history_`, `model_` and `random_state`.
    history_ : History
        Losses and metrics per epoch of the last training, and the reason why it stopped (for the first member).
    preparation_ : fitted preparation, dict of str to preparation, or None
        Fitted preprocessing of a table, texts, ids, images or series; `summary()` describes it. A dict by input name if
        there are several inputs; None if X is not preprocessed.
    target_transforms_ : tuple of str
        Transform of each target, and the limits of its predictions. Not defined without them.
    pretrained_layers_ : tuple of str
        Names of the layers with initial weights from `pretrained`. Not defined without it.
    n_iter_ : int
        Number of epochs of the last training (for the first member).
    best_epoch_ : int
        Epoch, counted from 1, whose weights were kept (for the first member).
    oof_prediction_ : array of shape (n_samples,) or (n_samples, n_outputs)
        Out-of-fold predictions for the samples in `fit`, as from `predict`; NaN for samples of weight 0. This and the
        next four are defined only for an ensemble with folds. Not saved, and removed by `partial_fit`.
    oof_score_ : float
        Score of the out-of-fold predictions, as by `score`.
    member_weights_ : array of shape (n_members,)
        Weight of each member in the mean prediction, with a sum of 1.
    temperature_ : float
        1: the values of a regression are not rescaled.
    neighbor_weight_ : float
        Weight of the targets of the nearest training samples in the mean prediction; 0 if they do not count.

    Notes
    -----
    A training parameter that is None takes its value from the recipe. `fit` raises an error for invalid values, and for
    unknown names passed to the constructor; `set_params` raises an error for unknown names at once.

    The default recipe preprocesses DataFrames and arrays alike. If a recipe has no input of kind "table", as "mlp",
    ``prepare="auto"`` standardizes a DataFrame even if it contains only numbers, but no array. This depends on the type
    of X, not on its values. Otherwise one fold of a cross-validation could be preprocessed and another not, for example
    if only one contains missing values.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> regressor = NNRegressor(n_members=2, epochs=5, random_state=0).fit(X, y)
    >>> regressor.score(X, y) > 0.4
    True
    """

    def __init__(
        self,
        recipe="table",
        *,
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
        scale_target="auto",
        target_transform=None,
        clip_predictions=None,
        prepare="auto",
        n_members=None,
        bootstrap=None,
        callbacks=None,
        pretrained=None,
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
        self.scale_target = scale_target
        self.target_transform = target_transform
        self.clip_predictions = clip_predictions
        self.prepare = prepare
        self.n_members = n_members
        self.bootstrap = bootstrap
        self.callbacks = callbacks
        self.pretrained = pretrained
        self.warm_start = warm_start
        self.time_budget = time_budget
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
        The preprocessing fitted in the first call is used in all calls: medians, scales and vocabularies do not change,
        and columns that were constant stay dropped. If later samples differ clearly from those of
        the first call, such as by unseen categories or outliers, a `PreparationWarning` is issued, once for each column
        and reason.

        There is no validation and no early stopping. Targets are scaled as in the first call. With an int as
        `random_state`, k calls on the same samples give results bit-identical to one fit of k epochs. After `fit`
        without `warm_start`, the optimizer starts from its initial state.
        """
        previous = self._fitted if self._is_fitted() else None
        return self._fit(Given(X, y, sample_weight), previous=previous, one_epoch=True)

    def predict(self, X, return_std=False):
        """Predict targets in the units of y: the mean over members.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), sparse matrix, or dict of either
            As for `fit`.
        return_std : bool, default=False
            Whether to also return the standard deviation over members.

        Returns
        -------
        mean : array of shape (n_samples,) or (n_samples, n_outputs), float64
            Predictions, of the shape of `y` in `fit`. With the loss "Quantile", each member predicts the median.
        std : array of the same shape
            Only with `return_std`: standard deviation over members, with n_members - 1 as divisor. With weights of the
            members, it is weighted, with 1 minus the sum of squared weights as divisor.

        Raises
        ------
        ValueError
            If `return_std` is True and there is only one member.

        Notes
        -----
        The standard deviation estimates the variation of predictions with the seed and, with `bootstrap`, with the
        choice of training samples. It grows with the distance from the training samples. It does not include the noise
        of y, so it does not give a prediction interval. It can't be estimated from one network.
        """
        fitted, found, mean = self._mean_prediction(X)
        if return_std and len(found) == 1:
            raise ValueError("return_std requires at least two members, got one\n  hint: set n_members=5")
        return (mean, fitted.deviation(found)) if return_std else mean

    @available_if(_predicts_quantiles)
    def predict_quantiles(self, X):
        """Predict quantiles of the targets in the units of y: the mean over members.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), sparse matrix, or dict of either
            As for `fit`.

        Returns
        -------
        array of shape (n_samples, n_quantiles) or (n_samples, n_outputs, n_quantiles), float64
            Quantiles in increasing order, as in `quantiles` of the loss. The shape includes n_outputs if `y` in `fit`
            had two dimensions.

        Raises
        ------
        AttributeError
            If the loss is not "Quantile".

        Notes
        -----
        Quantiles may cross if the recipe defines the output layer. They are sorted for each sample, which reduces the
        estimation error.

        References
        ----------
        Chernozhukov, Fernandez-Val and Galichon, "Quantile and probability curves without crossing", Econometrica 78,
        2010.
        """
        fitted, outputs = self._outputs(X)
        n_values = head_of(loss_of(fitted.resolved)).n_values
        return fitted.mean([fitted.targets.values(output, n_values) for output in outputs])

    def _prediction(self, fitted: Fitted, output: np.ndarray) -> np.ndarray:
        targets: Any = fitted.targets
        assert fitted.resolved is not None
        return targets.decode(output, head_of(loss_of(fitted.resolved)))

    def _score_of(self, fitted: Fitted, y: np.ndarray, found: np.ndarray, weights: np.ndarray | None) -> float:
        return float(r2_score(y, found, sample_weight=weights)) if len(y) > 1 else float("nan")

    def _checked_y(self, y):
        return checked_quantities(self, y)

    def _targets_of(self, y, classes):
        network = self._effective_recipe().network
        loss, settings = loss_of(network), {**TRAINING_DEFAULTS, **network.training}
        scaling = checked_scaling(self.scale_target, loss)
        transform = checked_transform(settings["target_transform"], loss)
        clips = settings["clip_predictions"]
        return RegressionTargets.of(y, scaling != "none", scaling == "standard", transform, clips)

    def _checked_rows(self, spec, data, expected):
        loss, previous = loss_of(spec.recipe.network), spec.previous
        if previous:
            targets = previous.targets
            check_previous_scaling(targets.mean, targets.scale, loss, targets.transforms)
        rows = super()._checked_rows(spec, data, expected)
        weights = data.sample_weight
        numbers = None if weights is None else np.flatnonzero(np.asarray(weights))  # samples with weight 0 were dropped
        RegressionTargets.check_values(rows.y, loss, f"y{data.suffix}", numbers)
        check_logarithm(rows.y, spec.recipe.network.training, f"y{data.suffix}", numbers)
        return rows

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
