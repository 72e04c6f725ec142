"""Examples for recipes of the gallery: Python code and commands, on data that ships with packages or is generated."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from nnbuild.language.gallery_facts import TYPICAL_USES
from nnbuild.recipe import Recipe
from tools.gallery_scripts import SCRIPTS, WIDTH, call_text


@dataclass(frozen=True)
class Data:
    """Lines of Python that create X and y.

    Attributes
    ----------
    imports, lines : str
    file : str
        File to which the lines save X and y for the commands; "" for none.
    """

    imports: str
    lines: str
    file: str = ""


@dataclass(frozen=True)
class Example:
    """A recipe with data to train it on.

    Attributes
    ----------
    data : str
        A key of `DATA`.
    settings : mapping of str to JSON value
        Changes to the recipe for training on a laptop.
    """

    data: str
    settings: Mapping = field(default_factory=dict)


def python(recipe: Recipe) -> str:
    """Return Python code that trains the recipe, or without an example, prints its size."""
    if recipe.name in SCRIPTS:
        return SCRIPTS[recipe.name].strip()
    if not (example := example_of(recipe)):
        return sized(recipe)
    data, kind = DATA[example.data], estimator(recipe)
    name = {"NNClassifier": "classifier", "NNRegressor": "regressor"}[kind]
    imports = "\n".join(filter(None, [data.imports, "from sklearn.model_selection import train_test_split"]))
    split = "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)"
    call = call_text(f"{name} = {kind}", [json.dumps(recipe.name), *named(example.settings), "random_state=0"])
    lines = [data.lines, split, "", *([SMALLER] if example.settings else []), call, f"{name}.fit(X_train, y_train)"]
    own = f"from nnbuild import {kind}"
    return "\n".join([imports, "", own, "", *lines, f"print({name}.score(X_test, y_test))"])


def commands(recipe: Recipe) -> Iterator[str]:
    """Yield commands for the recipe."""
    yield f"nnbuild describe {recipe.name}"
    if recipe.about.get("data") and recipe.name not in EXAMPLES:
        yield f"nnbuild train {recipe.name}"
    elif (example := example_of(recipe)) and (file := DATA[example.data].file):
        values = [f"--set '{SHORT.get(name, name)}={json.dumps(value)}'" for name, value in example.settings.items()]
        yield " \\\n    ".join(wrapped([f"nnbuild train {recipe.name} --data {file}", *values]))
    yield f"nnbuild recipes copy {recipe.name}  # write {recipe.name}.json, to edit it"


def example_of(recipe: Recipe) -> Example | None:
    """Return the example of a recipe: its own, or one on its bundled data."""
    data = recipe.about.get("data")
    return EXAMPLES.get(recipe.name) or (Example(data) if data in DATA else None)


def estimator(recipe: Recipe) -> str:
    return "NNRegressor" if TYPICAL_USES[recipe.name].n_outputs == 1 else "NNClassifier"


def named(settings: Mapping) -> list[str]:
    return [f"{name}={written(value)}" for name, value in settings.items()]


def written(value: object) -> str:
    """Return a value as Python code, with double quotes."""
    return repr(value).replace("'", '"')


def wrapped(words: list[str]) -> list[str]:
    """Join words to lines of limited width."""
    lines = words[:1]
    for word in words[1:]:
        if len(lines[-1]) + len(word) < WIDTH - 2:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def sized(recipe: Recipe) -> str:
    """Return Python code that prints the size of the published network."""
    typical = TYPICAL_USES[recipe.name]
    asked = {"task": typical.task, "n_outputs": typical.n_outputs}
    shape = dict(typical.input_shape) if isinstance(typical.input_shape, Mapping) else typical.input_shape
    arguments = [written(recipe.name), written(shape), *named({k: v for k, v in asked.items() if v is not None})]
    return f"import nnbuild\n\n{call_text('plan = nnbuild.describe', arguments)}\nprint(plan.n_parameters)"


# Parameters of every estimator that are not params of the recipe -> their addresses.
SHORT = {name: f"training__{name}" for name in ("epochs", "batch_size")}
SMALLER = "# Settings for a laptop. Omit them to use those of the recipe."


def _table(name: str) -> Data:
    """Return a table that is bundled with both scikit-learn and nnbuild."""
    return Data(f"from sklearn.datasets import load_{name}", f"X, y = load_{name}(return_X_y=True, as_frame=True)")


def _digits(words: str, made: str) -> Data:
    """Return 1,000 digits of 8x8 pixels, transformed to X by the expression `made`."""
    lines = f"digits, y = load_digits().images[:1000] / 16, load_digits().target[:1000]\nX = {made}  # {words}"
    saved = 'np.savez("digits.npz", X=X, y=y)  # data for the commands below'
    return Data("import numpy as np\nfrom sklearn.datasets import load_digits", f"{lines}\n{saved}", "digits.npz")


DATA = {
    **{name: _table(name) for name in ("breast_cancer", "diabetes", "digits", "iris", "wine")},
    "images_28": _digits(
        "28x28 images, from 0 to 255",
        "np.pad(255 * digits.repeat(3, axis=1).repeat(3, axis=2), [(0, 0), (2, 2), (2, 2)])",
    ),
    "images_32": _digits("32x32 images with one channel", "digits.repeat(4, axis=1).repeat(4, axis=2)[..., None]"),
    "images_8": _digits("8x8 images with one channel", "digits[..., None]"),
    "series": _digits("series of 8 steps with 8 channels", "digits"),
    "camera": Data(
        "import numpy as np",
        "rng = np.random.default_rng(0)\n"
        "y = rng.uniform(-10, 10, 200)  # steering angles in degrees\n"
        "rows, columns = np.mgrid[:66, :200]\n"
        "middle = 100 + 4 * y[:, None, None] * (1 - rows / 66)  # center of a road that narrows towards the horizon\n"
        "grey = np.where(abs(columns - middle) < 10 + rows, 90, 150)\n"
        "X = rng.normal(grey[..., None], 30, (200, 66, 200, 3)).clip(0, 255).astype(\"uint8\")\n"
        'np.savez("road.npz", X=X, y=y)  # data for the commands below',
        "road.npz",
    ),
}  # fmt: skip

VGG = {"units": 32, "dropout": 0.0, "batch_size": 32, "epochs": 6}
RESNET = {"strides": [1, 2], "learning_rate": 0.03, "batch_size": 32, "epochs": 6}
EXAMPLES = {
    "fcn": Example("series", {"filters": [32, 64, 32], "epochs": 5}),
    "gru": Example("series", {"units": 16, "learning_rate": 0.005, "epochs": 10}),
    "inception": Example("series", {"epochs": 15}),
    "lenet5": Example("images_32", {"epochs": 3}),
    "lstm": Example("series", {"units": 16, "learning_rate": 0.005, "epochs": 10}),
    "mnist_mlp": Example("images_28"),
    "mobilenet": Example(
        "images_32",
        {
            "filters": [32, 64, 64],
            "strides": [1, 2, 1],
            "width": 0.5,
            "learning_rate": 0.005,
            "batch_size": 16,
            "epochs": 20,
        },
    ),
    "pilotnet": Example("camera", {"learning_rate": 0.001, "epochs": 3}),
    "resnet18": Example("images_32", {"stem": 8, "filters": [8, 16], "blocks": [2, 2], **RESNET}),
    "resnet34": Example("images_32", {"stem": 8, "filters": [8, 16], "blocks": [2, 3], **RESNET}),
    "resnet50": Example("images_32", {"stem": 8, "filters": [8, 16], "blocks": [1, 1], **RESNET}),
    "small_cnn": Example("images_8", {"epochs": 5}),
    "vgg16": Example("images_32", {"filters": [8, 16, 16], "convolutions": [2, 2, 3], **VGG}),
    "vgg19": Example("images_32", {"filters": [8, 16, 16], "convolutions": [2, 2, 4], **VGG}),
    "vit_tiny": Example(
        "images_32",
        {
            "patch": 8,
            "patches": 16,
            "width": 32,
            "heads": 4,
            "depth": 2,
            "learning_rate": 0.003,
            "batch_size": 32,
            "epochs": 12,
        },
    ),
}
