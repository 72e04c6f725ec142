"""nnbuild with the recipe `mlp`, and with an additional first layer that flattens images."""

from nnbuild import NNClassifier, Recipe

PACKAGES = ("nnbuild", "keras", "tensorflow")
ARCHITECTURES = ("hidden", [[8], [16, 16]])
LEARNING_RATE = "learning_rate"
SEED = "random_state"
CONVOLUTION = {"type": "Conv2D", "kernel_size": 3, "padding": "same", "activation": "relu"}
LAYERS = {
    "cnn": [
        {**CONVOLUTION, "filters": 16},
        {"type": "MaxPooling2D"},
        {**CONVOLUTION, "filters": 32},
        {"type": "Flatten"},
        {"type": "Dense", "units": 64, "activation": "relu"},
    ],
    "lstm": [{"type": "LSTM", "units": 32}],
}


def make(hidden=(16,), epochs=30, **settings):
    settings = {"early_stopping": False, "learning_rate": 0.01, "random_state": 0, **settings}
    return NNClassifier("mlp", hidden=list(hidden), epochs=epochs, **settings)


def make_for_images(**settings):
    mlp = Recipe.load("mlp").to_dict()
    return make(**settings).set_params(recipe={**mlp, "layers": [{"type": "Flatten"}, *mlp["layers"]]})


def make_network(kind, epochs):
    """Return a classifier with a convolutional or recurrent network."""
    return NNClassifier(Recipe(LAYERS[kind]), epochs=epochs, learning_rate=0.01, random_state=0)


def make_weighted(class_weight):
    return make(class_weight=class_weight)


def make_stopping(epochs):
    return make(epochs=epochs, validation_fraction=0.2, early_stopping={"patience": 2})


def n_epochs(fitted):
    return fitted.n_iter_


def n_weights(fitted):
    return fitted.model_.count_params()
