"""A small convolutional network on images of digits, with shifts of the image that only training sees."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from nnbuild import NNClassifier

recipe = {
    "nnbuild": 1,
    "params": {"filters": 16},
    "layers": [
        {"type": "Rescaling", "scale": 0.0625},  # grey values are 0 to 16
        {"type": "RandomTranslation", "height_factor": 0.1, "width_factor": 0.1, "fill_mode": "constant"},
        {"type": "Repeat", "over": {"n": ["$filters", "$2 * filters"]}, "layers": [
            {"type": "Conv2D", "filters": "$n", "kernel_size": 3, "padding": "same", "activation": "relu"},
            {"type": "MaxPooling2D"}]},
        {"type": "Flatten"},
    ],
    "training": {"optimizer": "adam", "learning_rate": 0.003, "epochs": 10, "batch_size": 32},
}  # fmt: skip
images, y = load_digits(return_X_y=True)
images = images.reshape(-1, 8, 8, 1).astype("float32")
X_train, X_test, y_train, y_test = train_test_split(images, y, stratify=y, random_state=0)

network = NNClassifier(recipe, filters=24, random_state=0).fit(X_train, y_train)

print(f"layers: {', '.join(layer.name for layer in network.model_.layers)}")
print(f"predicts the same twice: {np.array_equal(network.predict_proba(X_test), network.predict_proba(X_test))}")
print(f"accuracy: {network.score(X_test, y_test):.3f}")
