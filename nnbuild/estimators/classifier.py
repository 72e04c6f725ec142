"""`NNClassifier`: neural network classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.callback import with_callbacks
from sklearn.metrics import accuracy_score
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from nnbuild.estimators.auto import AutoRecipe
from nnbuild.estimators.fitted import Fitted
from nnbuild.estimators.supervised import SupervisedEstimator
from nnbuild.inputs.user_data import Given, checked_weights
from nnbuild.tasks.behaviours import class_targets
from nnbuild.tasks.checks import checked_labels


class NNClassifier(ClassifierMixin, AutoRecipe, SupervisedEstimator):
    """Neural network classifier, described by a recipe.

    It supports binary, multiclass and multilabel targets, and segmentation. Multilabel y contains 0 and 1. For
    segmentation, y has a class for each pixel: shape (n_samples, height, width). Labels may have any type.

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
        Name of a loss, or a dict with its name under `type` and its arguments. The default is the cross-entropy that
        matches `y`.
    metrics : list of str and dict, optional
        Additional metrics, recorded in `history_`. Sample weights apply to them.
    shuffle : bool, optional
        Whether to shuffle the training samples before each epoch.
    validation_fraction : float, optional
        Fraction of the samples to hold out as validation set.
    validation : {"random", "last"}, optional
        Samples to hold out: a random subset, or the last ones. A random subset is stratified by class.
    early_stopping : bool or dict, optional
        Whether to stop training when the monitored metric stops improving, and keep the weights of the best epoch. A
        dict sets any of `monitor`, `patience`, `min_delta` and `restore_best` (Keras: `restore_best_weights`).
    class_weight : dict or "balanced", optional
        Class weights in the loss, for samples or pixels. A dict has a weight per label, by default 1; "balanced" gives
        weights inversely proportional to class frequencies. They do not apply to metrics.
    label_smoothing : float, optional
        Fraction of the target probability that is distributed over all classes. It requires a cross-entropy loss.
    precision : {"float32", "mixed_float16", "mixed_bfloat16", "float64"}, optional
        Precision of the layers: the name of a Keras dtype policy.
    gradient_accumulation : int, optional
        Number of batches whose gradients are averaged for one weight update.
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
    classes_ : array of shape (n_classes,)
        Class labels in sorted order. In a multilabel task, the indices of the columns of y.
    n_features_in_ : int
        Number of columns of X. Not defined if X was a dict.
    feature_names_in_ : array of shape (n_features_in_,)
        Names of the columns. Defined only if X was a table and all names are strings.
    n_outputs_ : int
        Number of classes, or of labels in a multilabel task.
    auto_recipe_ : Recipe
        Recipe that was selected, without the parameters of the estimator. Defined only for ``recipe="auto"``.
    auto_reason_ : str
        Reason for its selection.
    recipe_ : ResolvedNetwork or None
        The recipe in resolved form: layers of the trained network with all their arguments, and all training settings.
    model_ : keras.Model
        Copy of the trained network, built on first access. Changes to the copy take effect only through
        `set_weights_from`. Not defined if there are several members.
    members_ : tuple of NNClassifier
        Each member as a fitted estimator, copied on each access, with its own `history_`, `model_` and `random_state`.
    history_ : History or None
        Losses and metrics per epoch of the last training, and the reason why it stopped (for the first member).
    preparation_ : fitted preparation, dict of str to preparation, or None
        Fitted preprocessing of a table, texts, ids, images or series; `summary()` describes it. A dict by input name if
        there are several inputs; None if X is not preprocessed.
    pretrained_layers_ : tuple of str
        Names of the layers with initial weights from `pretrained`. Not defined without it.
    n_iter_ : int
        Number of epochs of the last training (for the first member).
    best_epoch_ : int
        Epoch, counted from 1, whose weights were kept (for the first member).
    oof_prediction_ : array of shape (n_samples, n_classes)
        Out-of-fold probabilities for the samples in `fit`, as from `predict_proba`; NaN for samples of weight 0. This
        and the next four are defined only for an ensemble with folds. Not saved, and removed by `partial_fit`.
    oof_score_ : float
        Score of the out-of-fold predictions, as by `score`.
    member_weights_ : array of shape (n_members,)
        Weight of each member in the mean prediction, with a sum of 1.
    temperature_ : float
        Temperature of the mean probabilities; 1 if they are not rescaled.
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

    If y has one class only, no network is trained: `recipe_` and `history_` are None, and `model_` is not defined.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = NNClassifier(n_members=2, epochs=10, random_state=0).fit(X, y)
    >>> classifier.score(X, y) > 0.9
    True
    >>> classifier.predict_proba(X[:2]).shape
    (2, 3)
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
        class_weight=None,
        label_smoothing=None,
        precision=None,
        gradient_accumulation=None,
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
        self.class_weight = class_weight
        self.label_smoothing = label_smoothing
        self.precision = precision
        self.gradient_accumulation = gradient_accumulation
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
    def partial_fit(self, X, y=None, classes=None, sample_weight=None):
        """Train one epoch on a batch of samples, starting from the current weights and state of the optimizer.

        Parameters
        ----------
        X, y
            As for `fit`.
        classes : array-like of shape (n_classes,), optional
            All labels. Required in the first call if `y` lacks some of them.
        sample_weight : array-like of shape (n_samples,), optional
            As for `fit`.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If `y` has new labels, or `classes` differ from those of the first call; and as in `fit`.

        Notes
        -----
        The preprocessing fitted in the first call is used in all calls: medians, scales and vocabularies do not change,
        and columns that were constant stay dropped. If later samples differ clearly from those of
        the first call, such as by unseen categories or outliers, a `PreparationWarning` is issued, once for each column
        and reason.

        There is no validation and no early stopping. With an int as `random_state`, k calls on the same samples give
        results bit-identical to one fit of k epochs. After `fit` without `warm_start`, the optimizer starts from its
        initial state.
        """
        previous = self._fitted if self._is_fitted() else None
        if previous and classes is not None and not np.array_equal(np.unique(classes), previous.targets.classes):
            raise ValueError(
                f"classes={classes!r} is not the same as on last call to partial_fit, was: {previous.targets.classes!r}"
            )
        return self._fit(Given(X, y, sample_weight), previous=previous, classes=classes, one_epoch=True)

    def predict_proba(self, X):
        """Predict class probabilities.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), sparse matrix, or dict of either
            As for `fit`.

        Returns
        -------
        array of shape (n_samples, n_classes), or (n_samples, height, width, n_classes) for segmentation
            Probabilities in the order of `classes_`, with a sum of 1. In a multilabel task, the independent probability
            of each label.
        """
        return self._probabilities(X)[1]

    def predict(self, X):
        """Predict the most probable class of each sample, or of each pixel.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), sparse matrix, or dict of either
            As for `fit`.

        Returns
        -------
        array of shape (n_samples,), or (n_samples, n_labels) of 0 and 1 in a multilabel task
            Predicted labels. For segmentation, the shape is (n_samples, height, width), as for `y` in `fit`.
        """
        targets, probabilities = self._probabilities(X)
        return targets.decode(probabilities)

    def score(self, X, y, sample_weight=None):
        """Return the accuracy: the fraction of samples, or of pixels, with a correct prediction.

        Parameters
        ----------
        X, y
            As for `fit`.
        sample_weight : array-like of shape (n_samples,), optional
            Sample weights. The weight of a sample applies to all of its pixels.

        Returns
        -------
        float
            Accuracy from 0 to 1. In a multilabel task, the fraction of samples with all labels correct.
        """
        check_is_fitted(self)
        targets: Any = self._fitted.targets
        if np.ndim(y) < 3 and not targets.positions:
            return super().score(X, y, sample_weight)
        found = self.predict(X)
        check_consistent_length(found, y)
        if found.shape != np.shape(y):
            raise ValueError(f"y must be of shape {found.shape}, like the predictions, got {np.shape(y)}")
        return _accuracy(self._checked_y(y), found, checked_weights(sample_weight, found))

    def _probabilities(self, X) -> tuple[Any, np.ndarray]:
        """Return the targets of the fit, and class probabilities averaged over members."""
        fitted, _, mean = self._mean_prediction(X)
        targets: Any = fitted.targets
        return targets, targets.tempered(mean, fitted.temperature)

    def _prediction(self, fitted: Fitted, output: np.ndarray) -> np.ndarray:
        targets: Any = fitted.targets
        return targets.probabilities(output, fitted.gives_logits)

    def _score_of(self, fitted: Fitted, y: np.ndarray, found: np.ndarray, weights: np.ndarray | None) -> float:
        targets: Any = fitted.targets
        labels = targets.decode(found)
        if targets.positions:
            return _accuracy(y, labels, weights)
        return float(accuracy_score(y, labels, sample_weight=weights))

    def _checked_y(self, y):
        return checked_labels(self, y)

    def _targets_of(self, y, classes):
        return class_targets(y, classes)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _accuracy(y: np.ndarray, found: np.ndarray, weights: np.ndarray | None) -> float:
    """Return the fraction of positions with a correct label; the weight of a sample applies to its positions."""
    right = found == y
    return float(np.average(right.mean(axis=tuple(range(1, right.ndim))), weights=weights))
