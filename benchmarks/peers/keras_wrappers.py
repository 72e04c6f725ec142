"""keras.wrappers, with a builder that derives shapes from X and y, as in its documentation."""

import keras
from keras.wrappers import SKLearnClassifier

PACKAGES = ("keras", "tensorflow")
ARCHITECTURES = ("model_kwargs", [{"hidden": [8]}, {"hidden": [16, 16]}])  # it has no parameter per hyperparameter
SEED = None


def network(X, y, hidden):
    model = keras.Sequential([keras.Input(X.shape[1:]), keras.layers.Flatten()])
    for units in hidden:
        model.add(keras.layers.Dense(units, activation="relu"))
    model.add(keras.layers.Dense(y.shape[1], "softmax"))  # y is one-hot encoded
    model.compile(loss="categorical_crossentropy", optimizer=keras.optimizers.Adam(0.01))
    return model


def make(hidden=(16,), epochs=30, **fit_settings):
    fit_kwargs = {"epochs": epochs, "verbose": 0, **fit_settings}
    return SKLearnClassifier(network, model_kwargs={"hidden": list(hidden)}, fit_kwargs=fit_kwargs)


def make_weighted(class_weight):
    return make(class_weight=class_weight)


def make_stopping(epochs):
    stopping = keras.callbacks.EarlyStopping(patience=2, restore_best_weights=True)
    return make(epochs=epochs, validation_split=0.2, callbacks=[stopping])


def n_epochs(fitted):
    return len(fitted.history_.history["loss"])


def n_weights(fitted):
    return fitted.model_.count_params()
