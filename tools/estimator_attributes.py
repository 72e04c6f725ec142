"""Documentation of the fitted attributes of the estimators, in the form of `estimator_parameters.py`."""

from __future__ import annotations

SHARED_ATTRIBUTES = """
n_features_in_ : int
    Number of columns of X. Not defined if X was a dict.
feature_names_in_ : array of shape (n_features_in_,)
    Names of the columns. Defined only if X was a table and all names are strings.
auto_recipe_ : Recipe
    Recipe that was selected, without the parameters of the estimator. Defined only for ``recipe="auto"``.
auto_reason_ : str
    Reason for its selection.
recipe_ : ResolvedNetwork
    The recipe in resolved form: layers of the trained network with all their arguments, and all training settings.
model_ : keras.Model
    Copy of the trained network, built on first access. Changes to the copy take effect only through
    `set_weights_from`. Not defined if there are several members.
members_ : tuple of {estimator}
    Each member as a fitted estimator, copied on each access, with its own `history_`, `model_` and `random_state`.
history_ : History
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
oof_score_ : float
    Score of the out-of-fold predictions, as by `score`.
member_weights_ : array of shape (n_members,)
    Weight of each member in the mean prediction, with a sum of 1.
temperature_ : float
    Temperature of the mean probabilities; 1 if they are not rescaled.
neighbor_weight_ : float
    Weight of the targets of the nearest training samples in the mean prediction; 0 if they do not count.
"""

OF_TEXTS_ATTRIBUTES = """
vocabulary_ : array of str
    Tokens of the vocabulary, the most frequent one first.
model_ : ...
    Copy of the trained network, built on first access. It takes token ids. Changes to the copy take effect only through
    `set_weights_from`.
history_ : ...
    Losses and metrics per epoch of the last training, and the reason why it stopped.
preparation_ : TextPreparation
    Conversion of texts to token ids.
n_outputs_ : int
    Vocabulary size, including padding, unknown token, start and end of a text; rounded up.
n_iter_ : ...
    Number of epochs of the last training.
best_epoch_ : ...
    Epoch, counted from 1, whose weights were kept.
"""

ATTRIBUTES = {
    "NNClassifier": (
        SHARED_ATTRIBUTES,
        """
classes_ : array of shape (n_classes,)
    Class labels in sorted order. In a multilabel task, the indices of the columns of y.
n_features_in_, feature_names_in_
n_outputs_ : int
    Number of classes, or of labels in a multilabel task.
auto_recipe_, auto_reason_
recipe_ : ResolvedNetwork or None
    ...
model_, members_
history_ : History or None
    ...
preparation_, pretrained_layers_, n_iter_, best_epoch_
oof_prediction_ : array of shape (n_samples, n_classes)
    Out-of-fold probabilities for the samples in `fit`, as from `predict_proba`; NaN for samples of weight 0. This and
    the next four are defined only for an ensemble with folds. Not saved, and removed by `partial_fit`.
oof_score_, member_weights_, temperature_, neighbor_weight_
""",
    ),
    "NNRegressor": (
        SHARED_ATTRIBUTES,
        """
n_features_in_, feature_names_in_
n_outputs_ : int
    Number of targets.
auto_recipe_, auto_reason_, recipe_, model_, members_, history_, preparation_
target_transforms_ : tuple of str
    Transform of each target, and the limits of its predictions. Not defined without them.
pretrained_layers_, n_iter_, best_epoch_
oof_prediction_ : array of shape (n_samples,) or (n_samples, n_outputs)
    Out-of-fold predictions for the samples in `fit`, as from `predict`; NaN for samples of weight 0. This and the next
    four are defined only for an ensemble with folds. Not saved, and removed by `partial_fit`.
oof_score_, member_weights_
temperature_ : ...
    1: the values of a regression are not rescaled.
neighbor_weight_
""",
    ),
    "NNMultiOutput": (
        SHARED_ATTRIBUTES,
        """
tasks_ : dict of str to str
    Task of each output: "binary", "multiclass", "multilabel" or "regression".
classes_ : dict of str to array of shape (n_classes,)
    Class labels of each output with classes, in sorted order; for several labels, the indices of their columns. Not
    defined if all outputs are regressions.
loss_weights_ : dict of str to float
    Weight of the loss of each output in the objective (for the first member).
n_features_in_, feature_names_in_
n_outputs_ : int
    Number of columns of y.
recipe_, model_, members_, history_, preparation_
target_transforms_ : dict of str to tuple of str
    Transform of each target of the outputs that have any, and the limits of its predictions. Not defined without them.
pretrained_layers_, n_iter_, best_epoch_
oof_prediction_ : dict of str to array
    Out-of-fold predictions of each output for the samples in `fit`: probabilities, or numbers in the units of y; NaN
    for samples of weight 0. This and the next three are defined only for an ensemble with folds. Not saved.
oof_score_, member_weights_, temperature_
""",
    ),
    "NNRecommender": (
        SHARED_ATTRIBUTES,
        """
n_features_in_ : int
    2: a user and an item.
feature_names_in_ : array of shape (2,)
    Names of the columns. Defined only if X was a table.
items_ : array of shape (n_items,)
    Items that can be recommended, in sorted order.
preparation_ : InteractionsPreparation
    Users, items and interactions in `fit`.
recipe_, model_, members_, history_, n_iter_, best_epoch_
""",
    ),
    "NNLanguageModel": (
        SHARED_ATTRIBUTES,
        OF_TEXTS_ATTRIBUTES,
        "vocabulary_, recipe_, model_, history_, preparation_, n_outputs_, n_iter_, best_epoch_",
    ),
    "NNMaskedLanguageModel": (
        SHARED_ATTRIBUTES,
        OF_TEXTS_ATTRIBUTES,
        "vocabulary_, recipe_, model_, history_, preparation_, n_outputs_, n_iter_, best_epoch_",
    ),
    "NNTranslator": (
        SHARED_ATTRIBUTES,
        """
n_outputs_ : int
    Size of the target vocabulary, including padding, unknown token, start and end of a text; rounded up.
recipe_
model_ : ...
    ... It takes token ids as `source` and `target`.
members_
history_ : ...
    ... Losses are means over tokens.
preparation_ : dict of str to TextPreparation
    Vocabularies (`tokens`) and settings of `source` and `target`.
n_iter_, best_epoch_
""",
    ),
}
