"""Documentation of parameters and fitted attributes of the estimators, which `make_parameters.py` writes to them.

An entry has the form of numpydoc: name, type with its default, and text. The last part of a class lists all its names
in order; the parts before it are shared with other classes. A line of names without types copies the shared entries. A
type of ``...`` is that of the shared entry, and a text that begins with ``...`` continues the shared one. ``{params}``
is replaced by the params of the default recipe, ``{estimator}`` by the name of the class.
"""

from __future__ import annotations

SHARED = """
recipe : str, path, dict or Recipe
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
metrics : list of str and dict, optional
    Additional metrics, recorded in `history_`. Sample weights apply to them.
shuffle : bool, optional
    Whether to shuffle the training samples before each epoch.
validation_fraction : float, optional
    Fraction of the samples that is held out as validation set.
validation : {"random", "last"}, optional
    Which samples are held out: some drawn at random, or the last ones.
early_stopping : bool or dict, optional
    Whether to stop when the monitored metric stops improving, and to keep the weights of the best epoch. A dict sets
    any of `monitor`, `patience`, `min_delta` and `restore_best`.
label_smoothing : float, optional
    Share of each label that is spread evenly over all classes. It requires a cross-entropy as loss.
precision : {"float32", "mixed_float16", "mixed_bfloat16", "float64"}, optional
    Precision in which the layers compute, by the name of Keras' dtype policy.
gradient_accumulation : int, optional
    Number of batches whose gradients are averaged for one update of the weights.
prepare : "auto", None or dict, default="auto"
    "auto" prepares DataFrames, and inputs of kind "table" in the recipe: numbers are imputed and standardized,
    categories become one-hot columns or embeddings, dates become parts. All of it is learned from the training samples
    only, and arrays are not changed. None prepares no table: a DataFrame of numbers then gives the same bits as its
    array. A dict of settings (`max_onehot`, `rare_fraction`, `impute`, `scale`, `indicators`) prepares arrays too.
n_members : int, default=1
    Number of networks to train. Predictions are their mean. The first one is the network that `random_state` gives
    alone. The others have seeds of their own for initial weights, random layers, the order of batches and `bootstrap`;
    these follow from `random_state` and do not depend on `n_members`. All members have the same validation set. They
    train as one program inside the joblib backend "nnbuild", and elsewhere as `engine` selects.
bootstrap : bool, default=False
    Whether each network trains on a sample of the training samples, drawn with replacement, of the same size.
callbacks : keras.callbacks.Callback or list of them, optional
    Each fit trains with its own copies. Callbacks of scikit-learn are passed to `set_callbacks`.
pretrained : estimator, str or path, optional
    A fitted estimator of nnbuild, or the file of one, whose weights are the initial ones: a layer takes the weights of
    the layer that has its name there, if their shapes are the same. `pretrained_layers_` lists these layers. Words, ids
    and the columns of tables keep the numbers and places that they have there. ``"trainable": false`` of a layer in the
    recipe leaves its weights unchanged. `clone` passes on the fitted estimator; a saved file does not depend on it.
warm_start : bool, default=False
    Whether `fit` continues from the previous fit: from its weights and, if that fit had `warm_start` too, from the
    state of its optimizer.
device : {"cpu", "gpu"}, optional
    Device to train and predict on. The default is a GPU if TensorFlow finds one. Without a GPU, "gpu" is an error in
    `fit`, and predictions are computed on the CPU.
engine : {"auto", "compiled", "keras"}, default="auto"
    Engine of the training: one program that XLA compiles for the whole epoch, or Keras' layers and optimizer called
    step by step, which supports all of them. "auto" compiles fits that train beside others and long fits alone; what
    can't be compiled trains with Keras' engine, and is an error for "compiled". Results agree except for rounding.
verbose : bool, default=False
    Whether to show progress: a bar on a terminal, lines elsewhere. Fits that train together show one for all.
random_state : int, RandomState instance or None, default=None
    Seed of the initial weights, random layers, the validation set and the order of batches. The same int gives the same
    bits on a CPU.
**params : object
    Params of the recipe by name ({params} in the default recipe), and any other value by its address, such as
    ``training__optimizer__weight_decay`` or ``layers__stem__units``.
"""

OF_TEXTS = """
metrics : ...
    Additional metrics, recorded in `history_`.
validation_fraction : ...
    Fraction of the text, at its end, that is held out as validation set. The vocabulary is learned without it.
label_smoothing : ...
    Share of each label that is spread evenly over all tokens.
warm_start : ...
    ... The vocabulary stays as it is.
"""

PARAMETERS = {
    "NNClassifier": (
        SHARED,
        """
recipe : str, path, dict or Recipe, default="mlp"
    ...
epochs, batch_size, learning_rate, optimizer
loss : str or dict, optional
    The default is the cross-entropy that matches `y`.
metrics, shuffle, validation_fraction
validation : ...
    ... A random draw is stratified by class.
early_stopping
class_weight : dict or "balanced", optional
    Weights of classes in the loss, for samples or pixels: by label, with 1 for labels that are left out, or "balanced"
    for weights inversely proportional to class frequencies. They do not apply to metrics.
label_smoothing, precision, gradient_accumulation, prepare, n_members, bootstrap, callbacks, pretrained, warm_start
device, engine, verbose, random_state, **params
""",
    ),
    "NNRegressor": (
        SHARED,
        """
recipe : str, path, dict or Recipe, default="mlp"
    ...
epochs, batch_size, learning_rate, optimizer
loss : str or dict, optional
    The default is the mean squared error.
metrics, shuffle, validation_fraction, validation, early_stopping, precision, gradient_accumulation
scale_target : "auto" or bool, default="auto"
    Whether the network learns standardized targets: y minus its mean, divided by its standard deviation, both of the
    training samples. Losses and metrics are then in these units; predictions are in the units of y. "auto" does so if
    the loss allows it. For "mean_absolute_percentage_error", "gamma" and "tweedie" y is divided by its mean absolute
    value. For losses of y in its own units, such as "poisson" and "binary_crossentropy", y is not scaled.
prepare, n_members, bootstrap, callbacks, pretrained, warm_start, device, engine, verbose, random_state, **params
""",
    ),
    "NNRecommender": (
        SHARED,
        """
recipe : str, path, dict or Recipe, default="two_tower"
    ... The network has the inputs `item` and `user`, or `item` and the user's `history` (the other items of the user,
    as a list), or all three: inputs of kind "ids".
n_negatives : int, default=4
    Number of items without an interaction that are drawn for each interaction, uniformly, and anew in each epoch.
epochs : ...
    ... An epoch has 1 + `n_negatives` samples for each interaction.
batch_size, learning_rate, optimizer
loss : str or dict, optional
    The default is the binary cross-entropy.
metrics, shuffle
validation_fraction : ...
    Fraction of the interactions that is held out as validation set. They have their own negatives, the same in all
    epochs. In training, held-out items are drawn as negatives like all others: without that, never being drawn would
    give them away.
validation, early_stopping, precision, gradient_accumulation
n_members : int, default=1
    Number of networks to train. Scores are their mean. The first one is the network that `random_state` gives alone.
callbacks, device, verbose
random_state : ...
    Seed of the initial weights, random layers, the validation set, the negatives and the order of batches. The same int
    gives the same bits on a CPU.
**params
""",
    ),
    "NNLanguageModel": (
        SHARED,
        OF_TEXTS,
        """
recipe : str, path, dict or Recipe, default="small_gpt"
    ... The network has one input, of kind "text". Its output has values for each token that do not depend on later
    tokens.
stride : int, optional
    Number of tokens from the start of one training window to the start of the next one. The default is the length of a
    window. With a smaller stride, each epoch has each token several times, at other positions of a window.
epochs, batch_size, learning_rate, optimizer, metrics, shuffle, validation_fraction, early_stopping, label_smoothing
precision, gradient_accumulation, callbacks, warm_start, device, engine, verbose
random_state : ...
    Seed of the initial weights, random layers and the order of batches. The same int gives the same bits on a CPU.
**params
""",
    ),
    "NNMaskedLanguageModel": (
        SHARED,
        OF_TEXTS,
        """
recipe : str, path, dict or Recipe, default="small_bert_pretraining"
    ... The network has one input, of kind "text". Its output has values for each token.
mask_fraction : float, default=0.15
    Fraction of the tokens to predict. Of these, 80 % are hidden, which means replaced by the unknown token, 10 % are
    replaced by a random token, and 10 % stay as they are.
n_maskings : int, default=10
    Number of times that each epoch has each window, with other tokens hidden each time. All epochs are the same.
epochs, batch_size, learning_rate, optimizer, metrics, shuffle, validation_fraction, early_stopping, label_smoothing
precision, gradient_accumulation, callbacks, warm_start, device, engine, verbose
random_state : ...
    Seed of the initial weights, the hidden tokens, random layers and the order of batches. The same int gives the same
    bits on a CPU.
**params
""",
    ),
    "NNTranslator": (
        SHARED,
        """
recipe : str, path, dict or Recipe, default="small_transformer"
    ...
max_length : int, optional
    Maximum number of tokens of a predicted text. The default is that of the longest training text, rounded up, and 511
    at most.
beam_width : int, default=1
    Number of candidate texts that `predict` keeps in its beam search. With 1, it takes the most probable token in each
    step.
length_penalty : float, default=0.0
    Exponent a of the length penalty: the search compares log p / ((5 + length) / 6)^a. Larger values favour long texts.
epochs, batch_size, learning_rate, optimizer
loss : str or dict, optional
    The default is the cross-entropy of the next token. Padding is masked.
metrics, shuffle, validation_fraction, validation, early_stopping
label_smoothing : ...
    Share of each label that is spread evenly over all tokens.
precision, gradient_accumulation
n_members : ...
    Number of networks to train. Each token is the most probable one by the mean over them. The first one is the network
    that `random_state` gives alone.
bootstrap, callbacks
warm_start : ...
    ... The vocabularies stay as they are.
device, engine, verbose, random_state, **params
""",
    ),
}

SHARED_ATTRIBUTES = """
n_features_in_ : int
    Number of columns of X. Missing if X was a dict.
feature_names_in_ : array of shape (n_features_in_,)
    Names of the columns, if X was a table and all names are strings.
recipe_ : Resolved
    The trained network as data: layers with all their arguments, and all training settings.
model_ : keras.Model
    A copy of the trained network, made on first use. Changes of the copy take effect by `set_weights_from` only.
    Missing if there are several members.
members_ : tuple of {estimator}
    Each network as a fitted estimator of its own, with `history_`, `model_` and `random_state`. Made on each access.
history_ : History
    Curves of the last training, and why it ended. Of several members, those of the first.
preparation_ : TablePreparation, TextPreparation and the like, dict of str to any of them, or None
    Preparation of tables, texts, ids, images or series: its `summary()` describes it in words. A dict by input if there
    are several inputs; None if X is not prepared.
pretrained_layers_ : tuple of str
    Names of the layers whose initial weights are those of `pretrained`. Missing without it.
n_iter_ : int
    Number of epochs of the last training (of the first member).
best_epoch_ : int
    Epoch, counted from 1, whose weights were kept (of the first member).
"""

OF_TEXTS_ATTRIBUTES = """
vocabulary_ : array of str
    Tokens of the vocabulary, the most frequent one first.
model_ : ...
    A copy of the trained network, made on first use. It takes token ids. Changes of the copy take effect by
    `set_weights_from` only.
history_ : ...
    Curves of the last training, and why it ended.
preparation_ : TextPreparation
    Converts texts into token ids.
n_outputs_ : int
    Vocabulary size, including padding, unknown token, and start and end of a text, rounded up.
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
    Class labels in sorted order. In a multilabel task, the numbers of the columns of y.
n_features_in_, feature_names_in_
n_outputs_ : int
    Number of classes, or of labels in a multilabel task.
recipe_ : Resolved or None
    ...
model_, members_
history_ : History or None
    ...
preparation_, pretrained_layers_, n_iter_, best_epoch_
""",
    ),
    "NNRegressor": (
        SHARED_ATTRIBUTES,
        """
n_features_in_, feature_names_in_
n_outputs_ : int
    Number of targets.
recipe_, model_, members_, history_, preparation_, pretrained_layers_, n_iter_, best_epoch_
""",
    ),
    "NNRecommender": (
        SHARED_ATTRIBUTES,
        """
n_features_in_ : int
    2: a user and an item.
feature_names_in_ : array of shape (2,)
    Names of the columns, if X was a table.
items_ : array of shape (n_items,)
    Items that can be recommended, in sorted order.
preparation_ : InteractionsPreparation
    Interactions of users and items in `fit`.
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
    Size of the vocabulary that is written, including padding, unknown token, and start and end of a text, rounded up.
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
