"""`NNClassifier`."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.callback import with_callbacks
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from nnbuild.estimators.base import NO_ROWS, ONE_EPOCH, NNEstimator
from nnbuild.estimators.tables import checked_weights
from nnbuild.estimators.targets import ClassTargets, checked_labels


class NNClassifier(ClassifierMixin, NNEstimator):
    """A neural network, described by a recipe, that classifies.

    It takes two or more classes, several labels at once (multilabel: y of 0 and 1), or a class for each pixel
    (segmentation: y of shape (n_samples, height, width)), and labels of any kind.

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
        By default the cross-entropy that suits `y`.
    metrics : list of str and dict, optional
        Further curves of `history_`, weighted by sample weights.
    shuffle : bool, optional
        Whether each epoch has an order of its own.
    validation_fraction : float, optional
        Share of the rows that training does not see, to validate on after each epoch.
    validation : {"random", "last"}, optional
        Which rows these are: drawn with the shares of the classes kept, or the last ones.
    early_stopping : bool or dict, optional
        Whether to stop when there is no improvement any more, and keep the weights of the best epoch: a dict holds any
        of `monitor`, `patience`, `min_delta` and `restore_best`.
    class_weight : dict or "balanced", optional
        What the rows, or pixels, of each class count in the loss: by label (1 for labels that are left out), or in
        inverse proportion to their number. Metrics don't follow it.
    label_smoothing : float, optional
        Share of each label that is spread over all classes, in a loss of cross-entropy.
    precision : {"float32", "mixed_float16", "mixed_bfloat16", "float64"}, optional
        What layers compute in.
    gradient_accumulation : int, optional
        Batches whose gradients are averaged for one step of the optimizer.
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
    classes_ : array of shape (n_classes,)
        Labels in order; in a multilabel task the numbers of the columns.
    n_features_in_ : int
        Columns of X; not there where X was a dict.
    feature_names_in_ : array of shape (n_features_in_,)
        Their names, where X was a table whose columns are called by strings.
    n_outputs_ : int
        Number of classes, or of labels in a multilabel task.
    recipe_ : Resolved or None
        The network that was trained, as data: layers with all their arguments, and all training settings.
    model_ : keras.Model
        A copy of the trained network: changes of it reach predictions by `set_weights_from` alone. Made when first
        asked for; not there with several members.
    members_ : tuple of NNClassifier
        Each network as a fitted estimator of its own, with `history_`, `model_` and `random_state`. Made when asked
        for.
    history_ : History or None
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

    A fit on one class trains nothing: `recipe_` and `history_` are then None, and there is no `model_`.

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
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train one epoch on some rows, on from the weights and the optimizer's state that are there.

        Parameters
        ----------
        X, y
            As for `fit`.
        classes : array-like of shape (n_classes,), optional
            All labels, in the first call where `y` may lack some.
        sample_weight : array-like of shape (n_samples,), optional
            As for `fit`.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            For labels that are new, or `classes` that are not those of the first call; and as `fit` does.

        Notes
        -----
        Nothing is validated, and nothing stops early. With a whole number as `random_state`, k calls on the same rows
        give the bits of one fit of k epochs. After `fit` without `warm_start`, the optimizer is at its start.
        """
        before = self._fitted if self._is_fitted() else None
        if before and classes is not None and not np.array_equal(np.unique(classes), before.targets.classes):
            raise ValueError(
                f"classes={classes!r} is not the same as on last call to partial_fit, was: {before.targets.classes!r}"
            )
        return self._fit((X, y, sample_weight), NO_ROWS, before, classes, ONE_EPOCH)

    def predict_proba(self, X):
        """Probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, ...), sparse matrix, or dict of either
            As for `fit`.

        Returns
        -------
        array of shape (n_samples, n_classes), or (n_samples, height, width, n_classes) in a segmentation
            In the order of `classes_`, with a sum of 1 in each row; in a multilabel task of each label by itself.
        """
        return self._probabilities(X)[1]

    def predict(self, X):
        """The most probable class of each row, or of each pixel.

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
        """Share of the rows, or of the pixels, whose class is predicted.

        Parameters
        ----------
        X, y
            As for `fit`.
        sample_weight : array-like of shape (n_samples,), optional
            What each row counts, with all that it has.

        Returns
        -------
        float
            In a multilabel task, the share of rows in which all labels are right.
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
        return ClassTargets.of(y, classes)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
