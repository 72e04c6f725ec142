"""SciKeras, with a builder that reads shapes and task from `meta`, as in its documentation."""

import keras
from scikeras.wrappers import KerasClassifier

PACKAGES = ("scikeras", "keras", "tensorflow")
ARCHITECTURES = ("model__hidden", [[8], [16, 16]])
LEARNING_RATE = "optimizer__learning_rate"
SEED = "random_state"


def network(meta, hidden, compile_kwargs):
    binary = meta["target_type_"] == "binary"
    model = keras.Sequential([keras.Input(meta["X_shape_"][1:]), keras.layers.Flatten()])
    for units in hidden:
        model.add(keras.layers.Dense(units, activation="relu"))
    model.add(keras.layers.Dense(1, "sigmoid") if binary else keras.layers.Dense(meta["n_classes_"], "softmax"))
    loss = "binary_crossentropy" if binary else "sparse_categorical_crossentropy"
    model.compile(loss=loss, optimizer=compile_kwargs["optimizer"])
    return model


def make(hidden=(16,), epochs=30, **settings):
    return KerasClassifier(
        network,
        model__hidden=list(hidden),
        epochs=epochs,
        optimizer="adam",
        optimizer__learning_rate=0.01,
        random_state=0,
        verbose=0,
        **settings,
    )


def layers_of(kind):
    layers = keras.layers
    if kind == "lstm":
        return [layers.LSTM(32)]
    convolution = {"kernel_size": 3, "padding": "same", "activation": "relu"}
    first, second = layers.Conv2D(16, **convolution), layers.Conv2D(32, **convolution)
    return [first, layers.MaxPooling2D(), second, layers.Flatten(), layers.Dense(64, "relu")]


def other_network(meta, kind, compile_kwargs):
    inner = [keras.Input(meta["X_shape_"][1:]), *layers_of(kind)]
    model = keras.Sequential([*inner, keras.layers.Dense(meta["n_classes_"], "softmax")])
    model.compile(loss="sparse_categorical_crossentropy", optimizer=compile_kwargs["optimizer"])
    return model


def make_network(kind, epochs):
    """Return a classifier with a convolutional or recurrent network."""
    settings = {"optimizer": "adam", "optimizer__learning_rate": 0.01, "random_state": 0, "verbose": 0}
    return KerasClassifier(other_network, model__kind=kind, epochs=epochs, **settings)


def make_weighted(class_weight):
    return make(class_weight=class_weight)


def make_stopping(epochs):
    stopping = {"callbacks__patience": 2, "callbacks__restore_best_weights": True}
    return make(epochs=epochs, validation_split=0.2, callbacks=keras.callbacks.EarlyStopping, **stopping)


def n_epochs(fitted):
    return len(fitted.history_["loss"])


def n_weights(fitted):
    return fitted.model_.count_params()
