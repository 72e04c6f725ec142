"""MLPClassifier of scikit-learn."""

from sklearn.neural_network import MLPClassifier

PACKAGES = ()
ARCHITECTURES = ("hidden_layer_sizes", [(8,), (16, 16)])
LEARNING_RATE = "learning_rate_init"
SEED = "random_state"


def make(hidden=(16,), epochs=30, **settings):
    settings = {"learning_rate_init": 0.01, "batch_size": 32, "random_state": 0, **settings}
    return MLPClassifier(tuple(hidden), max_iter=epochs, **settings)


def make_weighted(class_weight):
    return make(class_weight=class_weight)


def make_stopping(epochs):
    return make(epochs=epochs, early_stopping=True, validation_fraction=0.2, n_iter_no_change=2)


def n_epochs(fitted):
    return fitted.n_iter_


def n_weights(fitted):
    return sum(weights.size for weights in (*fitted.coefs_, *fitted.intercepts_))
