"""`NNMultiOutput`: neural network with several outputs of different tasks."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from nnbuild.errors import Problem, RecipeError
from nnbuild.estimators.fitted import Draft, Fitted
from nnbuild.estimators.output_settings import check_numbers, loss_weights, regression_of
from nnbuild.estimators.outputs import outputs_hint, with_outputs
from nnbuild.estimators.spec import Spec
from nnbuild.estimators.supervised import SupervisedEstimator
from nnbuild.estimators.training import Rows
from nnbuild.inputs.frames import in_pandas
from nnbuild.inputs.user_data import Given, checked_weights
from nnbuild.recipe import Recipe
from nnbuild.tasks.output_rows import OutputRows, output_rows
from nnbuild.tasks.output_targets import multioutput_targets


class NNMultiOutput(SupervisedEstimator):
    """Neural network with several outputs of different tasks, described by a recipe.

    The outputs are named in the recipe, or by the parameter `outputs`. Each is a classification into two or more
    classes, a classification with several labels, or a regression of one or several targets. A sample may lack the
    targets of some outputs.

    Parameters
    ----------
    recipe : str, path, dict or Recipe, default="mlp"
        Network and training settings: the name of a recipe in the gallery, the path of a recipe file, or a recipe. It
        names its outputs, unless `outputs` does.
    outputs : list of str, or dict of str to dict, optional
        Names of the outputs, or a dict of their settings by name, in place of `outputs` of the recipe: `node`, `task`,
        `loss`, `weight`, `metrics`, `class_weight` and `target`. Without `node`, an output layer is added after the
        last node.
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
    loss_weighting : {"fixed", "uncertainty"}, optional
        Weights of the losses: those in `outputs`, or also divided by a trained variance of each output (Kendall, Gal
        and Cipolla 2018). `loss_weights_` contains the result.
    shuffle : bool, optional
        Whether to shuffle the training samples before each epoch.
    validation_fraction : float, optional
        Fraction of the samples to hold out as validation set.
    validation : {"random", "last"}, optional
        Samples to hold out: a random subset, or the last ones. A random subset is stratified by the combination of
        classes and of missing targets.
    early_stopping : bool or dict, optional
        Whether to stop training when the monitored metric stops improving, and keep the weights of the best epoch. A
        dict sets any of `monitor`, `patience`, `min_delta` and `restore_best` (Keras: `restore_best_weights`). The
        default is the loss of the validation set, `val_loss`: the weighted sum of the losses of all outputs. The loss
        of one output has a name such as `val_price_loss`.
    label_smoothing : float, optional
        Fraction of the target probability that is distributed over all classes. It applies to outputs with a
        cross-entropy loss.
    precision : {"float32", "mixed_float16", "mixed_bfloat16", "float64"}, optional
        Precision of the layers: the name of a Keras dtype policy.
    gradient_accumulation : int, optional
        Number of batches whose gradients are averaged for one weight update.
    scale_target : "auto", bool, default="auto"
        Whether to standardize the targets of regressions. "auto" selects the scaling that the loss of an output allows.
    target_transform : {"none", "log", "power", "auto"}, optional
        Transform of the targets of regressions before they are standardized; as for `NNRegressor`.
    clip_predictions : bool, optional
        Whether to limit the predictions of regressions to the range of the training targets.
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
        Params of the recipe by name (`hidden`, `activation`, `dropout` and `l2` in the default recipe), and other
        values of the recipe by address, such as ``training__optimizer__weight_decay`` or ``layers__stem__units``.

    Attributes
    ----------
    tasks_ : dict of str to str
        Task of each output: "binary", "multiclass", "multilabel" or "regression".
    classes_ : dict of str to array of shape (n_classes,)
        Class labels of each output with classes, in sorted order; for several labels, the indices of their columns. Not
        defined if all outputs are regressions.
    loss_weights_ : dict of str to float
        Weight of the loss of each output in the objective (for the first member).
    n_features_in_ : int
        Number of columns of X. Not defined if X was a dict.
    feature_names_in_ : array of shape (n_features_in_,)
        Names of the columns. Defined only if X was a table and all names are strings.
    n_outputs_ : int
        Number of columns of y.
    recipe_ : ResolvedNetwork
        The recipe in resolved form: layers of the trained network with all their arguments, and all training settings.
    model_ : keras.Model
        Copy of the trained network, built on first access. Changes to the copy take effect only through
        `set_weights_from`. Not defined if there are several members.
    members_ : tuple of NNMultiOutput
        Each member as a fitted estimator, copied on each access, with its own `history_`, `model_` and `random_state`.
    history_ : History
        Losses and metrics per epoch of the last training, and the reason why it stopped (for the first member).
    preparation_ : fitted preparation, dict of str to preparation, or None
        Fitted preprocessing of a table, texts, ids, images or series; `summary()` describes it. A dict by input name if
        there are several inputs; None if X is not preprocessed.
    target_transforms_ : dict of str to tuple of str
        Transform of each target of the outputs that have any, and the limits of its predictions. Not defined without
        them.
    pretrained_layers_ : tuple of str
        Names of the layers with initial weights from `pretrained`. Not defined without it.
    n_iter_ : int
        Number of epochs of the last training (for the first member).
    best_epoch_ : int
        Epoch, counted from 1, whose weights were kept (for the first member).
    oof_prediction_ : dict of str to array
        Out-of-fold predictions of each output for the samples in `fit`: probabilities, or numbers in the units of y;
        NaN for samples of weight 0. This and the next three are defined only for an ensemble with folds. Not saved.
    oof_score_ : float
        Score of the out-of-fold predictions, as by `score`.
    member_weights_ : array of shape (n_members,)
        Weight of each member in the mean prediction, with a sum of 1.
    temperature_ : float
        Temperature of the mean probabilities; 1 if they are not rescaled.

    Notes
    -----
    y is a DataFrame with the columns of all outputs, or a dict of arrays by output. An output has the column of its
    name, or those in its key `target`. Its task follows from its keys `task` and `loss` in the recipe; otherwise text,
    booleans and few different integers are classes, and other numbers are regression targets.

    A sample with a missing value (NaN, None, pandas.NA) in a column of an output has no target for it. It does not
    count in the loss, the metrics and the scores of this output. The objective of a batch is the weighted sum over
    outputs of sum(w l) / sum(w), with the losses l and the weights w of the samples that have a target.

    pandas stores integers next to missing values as floats, and the labels are then floats. Its nullable dtype "Int64"
    keeps integers.

    The estimator is neither a classifier nor a regressor: splits of cross-validation are not stratified by default.
    Scorers of one output are made by `nnbuild.metrics.output_scorer`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> targets = X[["petal width (cm)"]].set_axis(["width"], axis=1).assign(kind=y)
    >>> model = NNMultiOutput(outputs=["kind", "width"], hidden=[16], epochs=30, random_state=0)
    >>> model = model.fit(X.drop(columns="petal width (cm)"), targets)
    >>> model.tasks_
    {'kind': 'multiclass', 'width': 'regression'}
    >>> model.predict(X[:2].drop(columns="petal width (cm)")).columns.tolist()
    ['width', 'kind']
    """

    _ensemble_settings: ClassVar[frozenset[str]] = frozenset(
        {"members", "bootstrap", "folds", "variants", "choose_epoch"}
    )

    def __init__(
        self,
        recipe="mlp",
        *,
        outputs=None,
        epochs=None,
        batch_size=None,
        learning_rate=None,
        weight_decay=None,
        optimizer=None,
        loss_weighting=None,
        shuffle=None,
        validation_fraction=None,
        validation=None,
        early_stopping=None,
        label_smoothing=None,
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
        self.outputs = outputs
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.optimizer = optimizer
        self.loss_weighting = loss_weighting
        self.shuffle = shuffle
        self.validation_fraction = validation_fraction
        self.validation = validation
        self.early_stopping = early_stopping
        self.label_smoothing = label_smoothing
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

    def predict(self, X):
        """Predict the targets of all outputs.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), sparse matrix, or dict of either
            As for `fit`.

        Returns
        -------
        DataFrame of shape (n_samples, n_outputs_)
            The columns of y: the most probable class, 0 or 1 for each label, or numbers in the units of y. It has the
            index of X, if X is a DataFrame of pandas.
        """
        X = in_pandas(X)
        fitted, predictions = self._predictions(X)
        index = X.index if isinstance(X, pd.DataFrame) else None
        return pd.DataFrame(fitted.targets.decode(predictions), index=index)

    def predict_proba(self, X):
        """Predict probabilities of the outputs with classes or labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), sparse matrix, or dict of either
            As for `fit`.

        Returns
        -------
        dict of str to array of shape (n_samples, n_classes)
            By output: probabilities in the order of `classes_`, with a sum of 1; the independent probability of each
            label for several labels. Outputs of a regression are left out.
        """
        fitted, predictions = self._predictions(in_pandas(X))
        parts = fitted.targets.parts
        found = fitted.targets.by_output(predictions).items()
        return {name: array for name, array in found if parts[name].targets.row.has_probabilities}

    def score(self, X, y, sample_weight=None):
        """Return the mean over outputs of accuracy or R2, for the samples that have a target.

        Parameters
        ----------
        X, y
            As for `fit`.
        sample_weight : array-like of shape (n_samples,), optional

        Returns
        -------
        float
            Mean over outputs of the accuracy, for classes, and R2, for numbers. For several labels, the accuracy is the
            fraction of samples with all labels correct.
        """
        predictions, rows, weights = self._scored(X, y, sample_weight)
        return self._fitted.targets.score(rows, predictions, weights)

    @property
    def loss_weights_(self):
        """Weight of the loss of each output in the objective; of the first member, if there are several."""
        check_is_fitted(self)
        return loss_weights(self._fitted)

    def _scored(self, X, y, sample_weight=None) -> tuple[np.ndarray, OutputRows, np.ndarray | None]:
        """Return the predictions for X, and the checked targets and weights."""
        rows = self._output_rows(y)
        predictions = self._predictions(in_pandas(X))[1]
        check_consistent_length(predictions, rows)
        return predictions, rows, checked_weights(sample_weight, predictions)

    def _output_rows(self, y) -> OutputRows:
        """Return targets with the columns of those in `fit`."""
        check_is_fitted(self)
        parts = self._fitted.targets.parts
        return output_rows(in_pandas(y, "y"), {name: {"target": list(part.columns)} for name, part in parts.items()})

    def _predictions(self, X) -> tuple[Fitted, np.ndarray]:
        """Return the fit, and the predictions of all outputs next to each other, averaged over members."""
        fitted, outputs = self._outputs(X)
        return fitted, fitted.mean([self._prediction(fitted, output) for output in outputs])

    def _prediction(self, fitted: Fitted, output: Any) -> np.ndarray:
        assert fitted.resolved is not None
        losses = {name: one["loss"] for name, one in fitted.resolved.outputs.items()}
        return fitted.targets.predictions(output, losses)  # type: ignore[attr-defined]

    def _score_of(self, fitted: Fitted, y: Any, found: np.ndarray, weights: np.ndarray | None) -> float:
        return fitted.targets.score(y, found, weights)  # type: ignore[attr-defined]

    def _given_recipe(self) -> Recipe:
        recipe = super()._given_recipe()
        return recipe if self.outputs is None else with_outputs(recipe, self.outputs)

    def _check_outputs(self, recipe: Recipe, data: Given) -> None:
        if isinstance(recipe.network.outputs, str):
            found = "NNMultiOutput requires outputs with names, but the recipe has one output without a name"
            raise RecipeError([Problem(("outputs",), found, hint=outputs_hint(data.y))])

    def _checked_y(self, y):
        return output_rows(y, self._effective_recipe().network.outputs)

    def _targets_of(self, y, classes):
        network = self._effective_recipe().network
        return multioutput_targets(y, network.outputs, regression_of(network.training, self.scale_target))

    def _samples(self, spec: Spec) -> tuple[Draft, Rows]:
        draft, rows = super()._samples(spec)
        check_numbers(spec, draft.targets, rows, "y")
        return draft, rows

    def _validation_rows(self, spec: Spec, draft: Draft) -> Rows:
        rows = super()._validation_rows(spec, draft)
        check_numbers(spec, draft.targets, rows, "y_val")
        return rows

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = False
        return tags
