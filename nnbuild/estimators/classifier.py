"""`NNClassifier`."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.callback import with_callbacks
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from nnbuild.estimators.base import Commands
from nnbuild.estimators.supervised import SupervisedEstimator
from nnbuild.inputs.user_data import Given, checked_weights
from nnbuild.tasks.behaviours import class_targets
from nnbuild.tasks.checks import checked_labels


class NNClassifier(ClassifierMixin, SupervisedEstimator):
    """Neural network classifier, described by a recipe.

    It supports binary, multiclass and multilabel targets (y of 0 and 1), and a class for each pixel (segmentation: y of
    shape (n_samples, height, width)). Labels are of any type.

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
        The default is the cross-entropy that matches `y`.
    metrics : list of str and dict, optional
        Additional metrics, recorded in `history_`. Sample weights apply to them.
    shuffle : bool, optional
        Whether to shuffle the training samples before each epoch.
    validation_fraction : float, optional
        Fraction of the samples that is held out as validation set.
    validation : {"random", "last"}, optional
        Which samples are held out: some drawn at random, or the last ones. A random draw is stratified by class.
    early_stopping : bool or dict, optional
        Whether to stop when the monitored metric stops improving, and to keep the weights of the best epoch. A dict
        sets any of `monitor`, `patience`, `min_delta` and `restore_best`.
    class_weight : dict or "balanced", optional
        Weights of classes in the loss, for samples or pixels: by label, with 1 for labels that are left out, or
        "balanced" for weights inversely proportional to class frequencies. They do not apply to metrics.
    label_smoothing : float, optional
        Share of each label that is spread evenly over all classes. It requires a cross-entropy as loss.
    precision : {"float32", "mixed_float16", "mixed_bfloat16", "float64"}, optional
        Precision in which the layers compute, by the name of Keras' dtype policy.
    gradient_accumulation : int, optional
        Number of batches whose gradients are averaged for one update of the weights.
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
    classes_ : array of shape (n_classes,)
        Class labels in sorted order. In a multilabel task, the numbers of the columns of y.
    n_features_in_ : int
        Number of columns of X. Missing if X was a dict.
    feature_names_in_ : array of shape (n_features_in_,)
        Names of the columns, if X was a table and all names are strings.
    n_outputs_ : int
        Number of classes, or of labels in a multilabel task.
    recipe_ : Resolved or None
        The trained network as data: layers with all their arguments, and all training settings.
    model_ : keras.Model
        A copy of the trained network, made on first use. Changes of the copy take effect by `set_weights_from` only.
        Missing if there are several members.
    members_ : tuple of NNClassifier
        Each network as a fitted estimator of its own, with `history_`, `model_` and `random_state`. Made on each
        access.
    history_ : History or None
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

    A fit on one class trains nothing: `recipe_` and `history_` are None, and `model_` is missing.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = NNClassifier(hidden=[16], epochs=20, learning_rate=0.01, random_state=0).fit(X, y)
    >>> classifier.score(X, y) > 0.9
    True
    >>> classifier.predict_proba(X[:2]).shape
    (2, 3)
    """

    _commands = Commands(tasks=("binary", "multiclass", "multilabel"))

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
        class_weight=None,
        label_smoothing=None,
        precision=None,
        gradient_accumulation=None,
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
            All labels. Needed in the first call if `y` lacks some of them.
        sample_weight : array-like of shape (n_samples,), optional
            As for `fit`.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For new labels, and for `classes` other than those of the first call; and as `fit` does.

        Notes
        -----
        Inputs are prepared as in the first call: medians, scales and vocabularies stay as they were learned there, and
        columns that were constant stay dropped. A `PreparationWarning` reports each column that contradicts this, once.

        There is no validation and no early stopping. With an int as `random_state`, k calls on the same samples give
        the bits of one fit of k epochs. After `fit` without `warm_start`, the optimizer starts anew.
        """
        previous = self._fitted if self._is_fitted() else None
        if previous and classes is not None and not np.array_equal(np.unique(classes), previous.targets.classes):
            raise ValueError(
                f"classes={classes!r} is not the same as on last call to partial_fit, was: {previous.targets.classes!r}"
            )
        return self._fit(Given(X, y, sample_weight), previous=previous, classes=classes, one_epoch=True)

    def predict_proba(self, X):
        """Class probabilities.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), sparse matrix, or dict of either
            As for `fit`.

        Returns
        -------
        array of shape (n_samples, n_classes), or (n_samples, height, width, n_classes) in a segmentation
            In the order of `classes_`, with a sum of 1 in each row. In a multilabel task, of each label independently.
        """
        return self._probabilities(X)[1]

    def predict(self, X):
        """Most probable class of each sample, or of each pixel.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), sparse matrix, or dict of either
            As for `fit`.

        Returns
        -------
        array of shape (n_samples,), or (n_samples, n_labels) of 0 and 1 in a multilabel task
            Of the shape of `y` in `fit`, in a segmentation too: (n_samples, height, width).
        """
        targets, probabilities = self._probabilities(X)
        return targets.decode(probabilities)

    def score(self, X, y, sample_weight=None):
        """Accuracy: fraction of the samples, or of the pixels, whose class is predicted.

        Parameters
        ----------
        X, y
            As for `fit`.
        sample_weight : array-like of shape (n_samples,), optional
            Sample weights; all pixels of a sample have its weight.

        Returns
        -------
        float
            In a multilabel task, the fraction of samples in which all labels are right.
        """
        check_is_fitted(self)
        targets: Any = self._fitted.targets
        if np.ndim(y) < 3 and not targets.positions:
            return super().score(X, y, sample_weight)
        found = self.predict(X)
        check_consistent_length(found, y)
        if found.shape != np.shape(y):
            raise ValueError(f"y must be of shape {found.shape}, as predictions are, got {np.shape(y)}")
        weights = checked_weights(sample_weight, found)
        right = found == self._checked_y(y)
        return float(np.average(right.mean(axis=tuple(range(1, right.ndim))), weights=weights))

    def _probabilities(self, X) -> tuple[Any, np.ndarray]:
        """The targets of the fit, and the probability of each class: the mean over members."""
        fitted, outputs = self._outputs(X)
        targets: Any = fitted.targets
        found = [targets.probabilities(output, fitted.gives_logits) for output in outputs]
        return targets, found[0] if len(found) == 1 else np.mean(found, axis=0)

    def _checked_y(self, y):
        return checked_labels(self, y)

    def _targets_of(self, y, classes):
        return class_targets(y, classes)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
