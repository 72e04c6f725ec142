"""Complete scripts for recipes of the gallery with several inputs, or with outputs other than one class per sample."""

from __future__ import annotations

import json

WIDTH = 100  # characters per line of code


def call_text(function: str, arguments: list[str]) -> str:
    """Return a call on one line, or on one line per argument."""
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{function}(", *(f"    {argument}," for argument in arguments), ")"])


def _forecast(name: str) -> str:
    """Return code that trains on a series with changing seasons and predicts the next three values."""
    return f"""
import numpy as np

from nnbuild import NNRegressor, make_windows

months = np.arange(240)
series = 20 + (1 + months // 12 % 2) * np.sin(2 * np.pi * months / 12)  # the amplitude alternates between years
X, y = make_windows(series, lags=24, horizon=3)

regressor = NNRegressor("{name}", units=16, epochs=30, random_state=0)
regressor.fit(X[:150], y[:150])
print(regressor.score(X[152:], y[152:]))  # windows 150 and 151 contain values of both sets
print(regressor.predict(series[None, -24:, None]))  # forecasts of the next three months
"""


def _recommendation(name: str, *settings: str) -> str:
    """Return code that trains on customers with items from one of three shelves."""
    call = call_text("recommender = NNRecommender", [json.dumps(name), *settings, "random_state=0"])
    return f"""
import numpy as np
import pandas as pd

from nnbuild import NNRecommender
from nnbuild.model_selection import leave_one_out

rng = np.random.default_rng(0)
bought = [(f"customer {{n}}", 15 * (n % 3) + item) for n in range(60) for item in rng.choice(15, 7, replace=False)]
X = pd.DataFrame(bought, columns=["customer", "product"])  # each customer buys from one of three shelves
train, test = leave_one_out(X, random_state=0)

# Settings for a small data set.
{call}
recommender.fit(X.iloc[train])
print(recommender.score(X.iloc[test]))  # hit rate at 10
print(recommender.recommend(["customer 0", "customer 1"], n_items=3))
"""


def _of_texts(code: str, imports: str = "NNClassifier") -> str:
    """Return code with the lines of two descriptions as X, and which description they are from as y."""
    return f"""
from sklearn.datasets import load_breast_cancer, load_diabetes

from nnbuild import {imports}

of_tumours, of_patients = (load().DESCR.splitlines() for load in (load_breast_cancer, load_diabetes))
X = [*of_tumours, *of_patients]  # 166 lines of two descriptions
y = [True] * len(of_tumours) + [False] * len(of_patients)
{code}"""


QUICK = ("batch_size=64", "learning_rate=0.02")

# Complete examples, for recipes with several inputs or with outputs other than one class per sample.
SCRIPTS = {
    "bert_base": """
import numpy as np

from nnbuild import NNClassifier

ids = np.random.default_rng(0).integers(1, 50, (1000, 16))  # 1,000 texts of 16 tokens
X = {"ids": ids, "segments": np.zeros_like(ids)}
y = (ids < 3).any(axis=1)  # whether token 1 or 2 is in the text

# Smaller than the recipe, for a laptop.
classifier = NNClassifier(
    "bert_base", vocabulary=50, max_length=16, width=32, heads=2, depth=2, learning_rate=0.003, random_state=0
)
classifier.fit(X, y)
print(classifier.score(X, y))
""",
    "char_lstm": """
from sklearn.datasets import load_iris

from nnbuild import NNLanguageModel

text = load_iris().DESCR * 5  # 3,000 characters, repeated

# Smaller than the recipe, for a laptop.
model = NNLanguageModel("char_lstm", units=64, learning_rate=0.01, epochs=8, stride=16, random_state=0)
model.fit(text)
print(model.bits_per_character(text))
print(model.generate("Iris", max_new_tokens=100, temperature=0.5, seed=0))
""",
    "forecast_gru": _forecast("forecast_gru"),
    "forecast_lstm": _forecast("forecast_lstm"),
    "gpt2_small": """
import numpy as np

from nnbuild import Recipe, build

# Smaller than the recipe, for a laptop.
recipe = Recipe.load("gpt2_small")
small = recipe.with_values(vocabulary=50, max_length=16, width=32, heads=2, depth=2, learning_rate=0.003)
model = build(small, seed=0, compile=True)

ids = np.arange(400)[:, None] % 30 + np.arange(17)  # 400 sequences of 17 consecutive token ids
model.fit(ids[:, :-1], ids[:, 1:], epochs=4, verbose=0)  # predict the next token
print(model.predict(ids[:1, :-1], verbose=0).argmax(axis=-1))
""",
    "item_set": _recommendation("item_set", "dim=8", "length=10", *QUICK),
    "kind_and_position": """
from sklearn.model_selection import train_test_split

from nnbuild import NNMultiOutput
from nnbuild.datasets import make_shapes

X, y = make_shapes(600, random_state=0)  # y has the columns kind, x and y
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

# Settings for a laptop. Omit them to use those of the recipe.
model = NNMultiOutput("kind_and_position", filters=[8, 16], epochs=10, random_state=0)
model.fit(X_train, y_train)
print(model.score(X_test, y_test))
print(model.predict(X_test[:3]))
""",
    "kind_and_size": """
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

from nnbuild import NNMultiOutput

X, kind = load_iris(return_X_y=True, as_frame=True)
y = X[["petal width (cm)"]].assign(kind=kind)  # two targets: a number and a class
X = X.drop(columns="petal width (cm)")
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

model = NNMultiOutput("kind_and_size", outputs__size__target="petal width (cm)", random_state=0)
model.fit(X_train, y_train)
print(model.score(X_test, y_test), model.loss_weights_)
""",
    "neumf": _recommendation("neumf", *QUICK),
    "small_gpt": """
from sklearn.datasets import load_iris

from nnbuild import NNLanguageModel

text = load_iris().DESCR * 5  # 3,000 characters, repeated

# Smaller than the recipe, for a laptop.
model = NNLanguageModel("small_gpt", length=64, width=64, depth=2, epochs=4, stride=16, steps=200, random_state=0)
model.fit(text)
print(model.bits_per_character(text))
print(model.generate("Iris", max_new_tokens=100, temperature=0.5, seed=0))
""",
    "small_transformer": """
from nnbuild import NNTranslator
from nnbuild.datasets import make_dates

X, y = make_dates(3000, random_state=0)  # "the 4th of March, 2003" -> "2003-03-04"

# Smaller than the recipe, for a laptop. The full recipe, trained on 20,000 dates, matches 99.8 % of new dates exactly.
translator = NNTranslator(
    "small_transformer", width=32, inner=64, depth=1, learning_rate=0.004, batch_size=16, random_state=0
)
translator.fit(X, y)
print(translator.predict(["4 March 2003", "the 5th of May, 2017"]))
""",
    "transformer": """
import numpy as np

from nnbuild import Recipe, build

# Smaller than the recipe, for a laptop.
recipe = Recipe.load("transformer")
small = recipe.with_values(vocabulary=50, width=32, inner=64, heads=2, depth=1, learning_rate=0.003)
model = build(small, seed=0, compile=True)

source = np.random.default_rng(0).integers(2, 50, (1000, 8))  # 1,000 texts of 8 tokens
target = 51 - source  # translations, token by token
shifted = np.pad(target[:, :-1], [(0, 0), (1, 0)], constant_values=1)  # the preceding target tokens
model.fit({"source": source, "target": shifted}, target, epochs=10, verbose=0)
print(model.predict({"source": source[:1], "target": shifted[:1]}, verbose=0).argmax(axis=-1), target[:1])
""",
    "two_tower": _recommendation("two_tower", "dim=8", *QUICK),
    "unet": """
import numpy as np

from nnbuild import NNClassifier
from nnbuild.metrics import class_iou

# Class of each pixel: 0 background, 1 disc, 2 square.
rng = np.random.default_rng(0)
rows, columns = np.mgrid[:32, :64]
masks = np.zeros((200, 32, 64), "uint8")
for mask, (y, x, top, left) in zip(masks, rng.integers((6, 6, 0, 0), (26, 58, 22, 54), (200, 4))):
    mask[(rows - y) ** 2 + (columns - x) ** 2 < 36] = 1
    mask[top : top + 10, left : left + 10] = 2
images = rng.normal(0.3 + 0.4 * (masks[..., None] > 0), 0.1, (200, 32, 64, 3))  # discs and squares have the same colour

# Smaller than the recipe, for a laptop.
classifier = NNClassifier("unet", filters=8, dropout=0.0, batch_size=4, learning_rate=0.003, epochs=6, random_state=0)
classifier.fit(images[:160], masks[:160])
print(class_iou(masks[160:], classifier.predict(images[160:])))
""",
    "wide_and_deep": """
from sklearn.datasets import load_breast_cancer

from nnbuild import NNClassifier

X, y = load_breast_cancer(return_X_y=True, as_frame=True)

classifier = NNClassifier("wide_and_deep", random_state=0)
classifier.fit(X, y)  # or other columns per input: {"wide": X[["mean radius"]], "deep": X}
print(classifier.score(X, y))
""",
    "xor": """
from nnbuild import NNClassifier

X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
classifier = NNClassifier("xor", random_state=0)
classifier.fit(X, y)
print(classifier.predict(X))
""",
    "text_ensemble": _of_texts("""
classifier = NNClassifier("text_ensemble", random_state=0)
classifier.fit(X, y)
print(classifier.oof_score_)  # accuracy for lines that a network was not trained on
"""),
    "text_mlp": _of_texts("""
classifier = NNClassifier("text_mlp", random_state=0)
classifier.fit(X, y)
print(classifier.score(X, y))
short = NNClassifier("text_mlp", split="character", ngrams=4, random_state=0)  # for short messages
"""),
    "text_cnn": _of_texts("""
classifier = NNClassifier("text_cnn", length=20, random_state=0)  # tokens per line
classifier.fit(X, y)
print(classifier.score(X, y))
"""),
    "small_bert": _of_texts(
        """
# Pretraining on texts without labels improves accuracy if there are few labels.
pretrained = NNMaskedLanguageModel(length=20, n_maskings=5, random_state=0)
pretrained.fit(X)
classifier = NNClassifier("small_bert", length=20, pretrained=pretrained, random_state=0)
classifier.fit(X[::2], y[::2])
print(classifier.score(X[1::2], y[1::2]))
""",
        "NNClassifier, NNMaskedLanguageModel",
    ),
    "small_bert_pretraining": """
from sklearn.datasets import load_breast_cancer, load_diabetes

from nnbuild import NNMaskedLanguageModel

X = [*load_breast_cancer().DESCR.splitlines(), *load_diabetes().DESCR.splitlines()]  # 166 lines of text

pretrained = NNMaskedLanguageModel("small_bert_pretraining", length=20, n_maskings=5, random_state=0)
pretrained.fit(X)  # no labels
print(pretrained.score(X))  # accuracy on masked tokens
pretrained.save("pretrained.nnb")  # then: NNClassifier("small_bert", length=20, pretrained="pretrained.nnb")
""",
}
