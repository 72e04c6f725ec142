"""Documentation of the parameters of the estimators, which `make_parameters.py` writes to them.

An entry has the form of numpydoc: name, type with its default, and text. The last part of a class lists all its names
in order; the parts before it are shared with other classes. A line of names without types copies the shared entries. A
type of ``...`` is that of the shared entry, and a text that begins with ``...`` continues the shared one. ``{params}``
is replaced by the params of the default recipe, ``{estimator}`` by the name of the class.
"""

from __future__ import annotations

SHARED = """
recipe : str, path, dict or Recipe
    Network and training settings: the name of a recipe in the gallery, the path of a recipe file, or a recipe.
epochs : int or dict, optional
    Number of passes over the training set. A dict derives it from a number of `steps`, with limits `min` and `max`.
batch_size : int or "auto", optional
    Number of samples in a batch; with "auto", from 32 to 256, depending on the number of training samples.
learning_rate : float or dict, optional
    Learning rate of the optimizer, or a Keras schedule as a dict: its name under the key `type`, and its arguments.
weight_decay : float, optional
    Decoupled weight decay: each step decreases the weights by this fraction, times the learning rate.
optimizer : str or dict, optional
    Name of a Keras optimizer, or a dict with its name under `type` and its arguments. It replaces the optimizer
    of the recipe, including its learning rate.
metrics : list of str and dict, optional
    Additional metrics, recorded in `history_`. Sample weights apply to them.
shuffle : bool, optional
    Whether to shuffle the training samples before each epoch.
validation_fraction : float, optional
    Fraction of the samples to hold out as validation set.
validation : {"random", "last"}, optional
    Samples to hold out: a random subset, or the last ones.
early_stopping : bool or dict, optional
    Whether to stop training when the monitored metric stops improving, and keep the weights of the best epoch. A dict
    sets any of `monitor`, `patience`, `min_delta` and `restore_best` (Keras: `restore_best_weights`).
label_smoothing : float, optional
    Fraction of the target probability that is distributed over all classes. It requires a cross-entropy loss.
precision : {"float32", "mixed_float16", "mixed_bfloat16", "float64"}, optional
    Precision of the layers: the name of a Keras dtype policy.
gradient_accumulation : int, optional
    Number of batches whose gradients are averaged for one weight update.
prepare : "auto", None or dict, default="auto"
    Preprocessing of tables. "auto" preprocesses DataFrames, and any data of inputs of kind "table" in the recipe:
    numbers are imputed and scaled, categories become one-hot columns or embeddings, and dates become numeric columns
    for their parts. The preprocessing is fitted on the training set only. Arrays for other recipes are not changed.
    With None, no table is preprocessed: a numeric DataFrame and the equivalent array give bit-identical results. A dict
    sets settings such as `max_onehot`, `impute`, `scale` and `clip` (see the guide to tables). With a dict, arrays are
    preprocessed for any recipe.
n_members : int, optional
    Number of networks in the ensemble; by default that of the recipe, or one. Predictions are averaged over them. Each
    further member has its own seed for initial weights, random layers, batch order and `bootstrap`. The seed is derived
    from `random_state` and does not depend on `n_members`. If the recipe has no folds, all members have the same
    validation set, and the first member equals the network for ``n_members=1``. If it has folds, 1 trains one network
    without folds and variants; other numbers select members that cover the folds first. With the engine
    "compiled", one program trains all members. With the engine "keras", they are trained one after the other.
bootstrap : bool, optional
    Whether each member trains on a bootstrap sample of the training set: drawn with replacement, of the same size.
callbacks : keras.callbacks.Callback or list of them, optional
    Keras callbacks; each fit uses its own copies. Pass callbacks of scikit-learn to `set_callbacks`.
pretrained : estimator, str or path, optional
    Source of initial weights: a fitted estimator of nnbuild, or the path of a saved one. A layer takes the weights of
    the pretrained layer of the same name if all shapes are equal; `pretrained_layers_` lists these layers. The fitted
    preprocessing of the pretrained estimator is reused, with its vocabularies and columns. To freeze a layer, set
    ``"trainable": false`` for it in the recipe. `clone` does not reset the pretrained estimator. A saved model does not
    depend on it.
warm_start : bool, default=False
    Whether `fit` starts from the weights of the previous fit, and from the state of its optimizer if that fit also had
    `warm_start`.
time_budget : float, optional
    Maximum seconds of training, of all members together, without the preparation of the data; by default there is no
    limit. After this time, training ends with the current epoch. With early stopping, the weights of the best epoch are
    kept, otherwise those of the last one. Results then depend on the speed of the machine.
device : {"cpu", "gpu"}, optional
    Device for training and prediction. The default is a GPU if TensorFlow finds one. Without a GPU, "gpu" raises an
    error in `fit`, while predictions are computed on the CPU.
engine : {"auto", "compiled", "keras"}, default="auto"
    Training engine. "compiled" runs each epoch as one program compiled by XLA. "keras" trains step by step, and
    supports all layers and optimizers of a recipe. "auto" selects "compiled" for fits
    inside the joblib backend "nnbuild" and for long fits, and "keras" for others. If a fit can't be compiled,
    "compiled" raises an error. Results agree except
    for rounding.
verbose : bool, default=False
    Whether to print progress: a bar in a terminal, otherwise lines. Fits trained together share one display.
random_state : int, RandomState instance or None, default=None
    Seed of the initial weights, random layers, validation set and order of batches. On a CPU, the same int
    gives bit-identical results.
**params : object
    Params of the recipe by name ({params} in the default recipe), and other values of the recipe by address, such as
    ``training__optimizer__weight_decay`` or ``layers__stem__units``.
"""

OF_TEXTS = """
metrics : ...
    Additional metrics, recorded in `history_`.
validation_fraction : ...
    Fraction of the text to hold out, from its end, as validation set. The vocabulary is learned from the rest.
label_smoothing : ...
    Fraction of the target probability that is distributed over all tokens.
warm_start : ...
    ... The vocabulary does not change.
"""

PARAMETERS = {
    "NNClassifier": (
        SHARED,
        """
recipe : str, path, dict or Recipe, default="table"
    ... With "auto", the kind of the data selects the recipe in `fit`. The default trains 16 networks, two for each of 8
    folds, with early stopping, and averages their predictions. ``n_members=1`` trains one of them without folds, in a
    fraction of the time, such as for a search. "mlp" is one plain network.
epochs, batch_size, learning_rate, weight_decay, optimizer
loss : str or dict, optional
    Name of a loss, or a dict with its name under `type` and its arguments. The default is the cross-entropy
    that matches `y`.
metrics, shuffle, validation_fraction
validation : ...
    ... A random subset is stratified by class.
early_stopping
class_weight : dict or "balanced", optional
    Class weights in the loss, for samples or pixels. A dict has a weight per label, by default 1;
    "balanced" gives weights inversely proportional to class frequencies. They do not apply to metrics.
label_smoothing, precision, gradient_accumulation, prepare, n_members, bootstrap, callbacks, pretrained, warm_start
time_budget, device, engine, verbose, random_state, **params
""",
    ),
    "NNRegressor": (
        SHARED,
        """
recipe : str, path, dict or Recipe, default="table"
    ... With "auto", the kind of the data selects the recipe in `fit`. The default trains 16 networks, two for each of 8
    folds, with early stopping, and averages their predictions. ``n_members=1`` trains one of them without folds, in a
    fraction of the time, such as for a search. "mlp" is one plain network.
epochs, batch_size, learning_rate, weight_decay, optimizer
loss : str or dict, optional
    Name of a loss, or a dict with its name under `type` and its arguments. The default is the mean squared
    error.
metrics, shuffle, validation_fraction, validation, early_stopping, precision, gradient_accumulation
scale_target : "auto" or bool, default="auto"
    Whether to train on standardized targets: y minus its mean, divided by its standard deviation, both of the training
    samples. Losses and metrics are then in these units; predictions are in the units of y. "auto" standardizes y if the
    loss allows it. For the losses "mean_absolute_percentage_error", "gamma" and "tweedie", it divides y by its mean
    absolute value. For losses that require y in its own units, such as "poisson" and "binary_crossentropy", it does not
    scale y.
target_transform : {"none", "log", "power", "auto"}, optional
    Transform of y before it is standardized: the logarithm (of y + its smallest positive value if there are zeros), or
    the Yeo-Johnson power transform with the maximum likelihood. "auto" transforms clearly skewed targets only. Losses
    and metrics are in these units; predictions are in the units of y, within the range of the training samples.
clip_predictions : bool, optional
    Whether to limit predictions to the range of y in the training samples.
prepare, n_members, bootstrap, callbacks, pretrained, warm_start, time_budget, device, engine, verbose, random_state
**params
""",
    ),
    "NNMultiOutput": (
        SHARED,
        """
recipe : str, path, dict or Recipe, default="mlp"
    ... It names its outputs, unless `outputs` does.
outputs : list of str, or dict of str to dict, optional
    Names of the outputs, or a dict of their settings by name, in place of `outputs` of the recipe: `node`, `task`,
    `loss`, `weight`, `metrics`, `class_weight` and `target`. Without `node`, an output layer is added after the last
    node.
epochs, batch_size, learning_rate, weight_decay, optimizer
loss_weighting : {"fixed", "uncertainty"}, optional
    Weights of the losses: those in `outputs`, or also divided by a trained variance of each output (Kendall, Gal and
    Cipolla 2018). `loss_weights_` contains the result.
shuffle, validation_fraction
validation : ...
    ... A random subset is stratified by the combination of classes and of missing targets.
early_stopping : ...
    ... The default is the loss of the validation set, `val_loss`: the weighted sum of the losses of all outputs. The
    loss of one output has a name such as `val_price_loss`.
label_smoothing : ...
    Fraction of the target probability that is distributed over all classes. It applies to outputs with a cross-entropy
    loss.
precision, gradient_accumulation
scale_target : "auto", bool, default="auto"
    Whether to standardize the targets of regressions. "auto" selects the scaling that the loss of an output allows.
target_transform : {"none", "log", "power", "auto"}, optional
    Transform of the targets of regressions before they are standardized; as for `NNRegressor`.
clip_predictions : bool, optional
    Whether to limit the predictions of regressions to the range of the training targets.
prepare, n_members, bootstrap, callbacks, pretrained, warm_start, time_budget, device, engine, verbose, random_state
**params
""",
    ),
    "NNRecommender": (
        SHARED,
        """
recipe : str, path, dict or Recipe, default="two_tower"
    ... The network has the input `item`, and `user`, `history` or both, all of kind "ids". `history` is the list of the
    user's other items.
n_negatives : int, default=4
    Number of negatives per interaction: items without an interaction of the user, drawn uniformly in each epoch.
epochs : ...
    ... An epoch has 1 + `n_negatives` samples per interaction.
batch_size, learning_rate, weight_decay, optimizer
loss : str or dict, optional
    Name of a loss, or a dict with its name under `type` and its arguments. The default is the binary
    cross-entropy.
metrics, shuffle
validation_fraction : ...
    Fraction of the interactions to hold out as validation set. Its negatives are the same in all epochs. Held-out items
    may be training negatives; otherwise the network could identify them.
validation, early_stopping, precision, gradient_accumulation
n_members : int, optional
    Number of networks, whose scores are averaged; by default that of the recipe, or one. The first member equals the
    network for ``n_members=1``.
callbacks, time_budget, device, verbose
random_state : ...
    Seed of the initial weights, random layers, validation set, negatives and order of batches. On a CPU,
    the same int gives bit-identical results.
**params
""",
    ),
    "NNLanguageModel": (
        SHARED,
        OF_TEXTS,
        """
recipe : str, path, dict or Recipe, default="small_gpt"
    ... The network has one input, of kind "text", and is causal: its outputs for a token do not depend on later tokens.
stride : int, optional
    Number of tokens between the starts of consecutive training windows. The default is the length of a window. With a
    smaller stride, windows overlap, and an epoch contains each token several times at different positions.
epochs, batch_size, learning_rate, weight_decay, optimizer, metrics, shuffle, validation_fraction, early_stopping
label_smoothing
precision, gradient_accumulation, callbacks, warm_start, time_budget, device, engine, verbose
random_state : ...
    Seed of the initial weights, random layers and order of batches. On a CPU, the same int gives bit-identical
    results.
**params
""",
    ),
    "NNMaskedLanguageModel": (
        SHARED,
        OF_TEXTS,
        """
recipe : str, path, dict or Recipe, default="small_bert_pretraining"
    ... The network has one input, of kind "text", and an output per token.
mask_fraction : float, default=0.15
    Fraction of the tokens to predict. Of these, 80 % are masked (replaced by the unknown token), 10 % are replaced by a
    random token, and 10 % are unchanged.
n_maskings : int, default=10
    Number of copies of each window in an epoch, with different masked tokens. All epochs have the same masks.
epochs, batch_size, learning_rate, weight_decay, optimizer, metrics, shuffle, validation_fraction, early_stopping
label_smoothing
precision, gradient_accumulation, callbacks, warm_start, time_budget, device, engine, verbose
random_state : ...
    Seed of the initial weights, masked tokens, random layers and order of batches. On a CPU, the same int gives
    bit-identical results.
**params
""",
    ),
    "NNTranslator": (
        SHARED,
        """
recipe : str, path, dict or Recipe, default="small_transformer"
    ...
max_length : int, optional
    Maximum number of tokens of a predicted text. The default is the length of the longest training text, rounded up,
    and at most 511.
beam_width : int, default=1
    Number of candidates in the beam search of `predict`. With 1, the search is greedy.
length_penalty : float, default=0.0
    Exponent a of the length penalty: candidates are ranked by log p / ((5 + length) / 6)^a. Larger values favour long
    texts.
epochs, batch_size, learning_rate, weight_decay, optimizer
loss : str or dict, optional
    Name of a loss, or a dict with its name under `type` and its arguments. The default is the cross-entropy
    of the next token. Padding is masked.
metrics, shuffle, validation_fraction, validation, early_stopping
label_smoothing : ...
    Fraction of the target probability that is distributed over all tokens.
precision, gradient_accumulation
n_members : ...
    Number of networks in the ensemble; by default that of the recipe, or one. Token probabilities are averaged over
    them. The first member equals the network for ``n_members=1``.
bootstrap, callbacks
warm_start : ...
    ... The vocabularies do not change.
time_budget, device, engine, verbose, random_state, **params
""",
    ),
}
