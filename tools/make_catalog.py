"""Write nnbuild/catalog/catalog.json: names, arguments and defaults of the classes of Keras and nnbuild.

Run it for each minor version of Keras: ``python tools/make_catalog.py``. A test compares the file with its output.
"""

from __future__ import annotations

import inspect
import json
import re
from importlib import import_module
from pathlib import Path

import keras

from nnbuild import factor_schedules, keras_initializers, keras_layers, keras_losses
from nnbuild.catalog.facts.layers import LAYERS
from nnbuild.catalog.facts.losses import LOSSES
from nnbuild.catalog.facts.objects import INITIALIZERS

FILE = Path(__file__).parents[1] / "nnbuild" / "catalog" / "catalog.json"

# Classes that run code from a recipe, represent data that nnbuild provides, or are only base classes.
EXCLUDED = {
    "layers": {"Layer", "Wrapper", "InputLayer", "Lambda", "TFSMLayer", "TorchModuleWrapper", "FlaxLayer", "JaxLayer"},
    "initializers": {"Initializer"},
    "regularizers": {"Regularizer"},
    "constraints": {"Constraint"},
    "optimizers": {"Optimizer", "OptimizerMap", "MultiOptimizer", "LossScaleOptimizer"},
    "schedules": {"LearningRateSchedule"},
    "factor_schedules": set(),
    "losses": {"Loss"},
    "metrics": {"Metric", "MeanMetricWrapper"},
}
# Classes of nnbuild, by family: those whose facts have `own`.
OWN = {
    "initializers": (keras_initializers, INITIALIZERS),
    "layers": (keras_layers, LAYERS),
    "losses": (keras_losses, LOSSES),
}
# Arguments that a recipe sets elsewhere (name), that are arrays, or that only Keras' own code uses.
NOT_ARGUMENTS = {"self", "name", "args", "kwargs", "weights", "input_tensor", "quantization_config"}
# Arguments that every layer has.
BASE_ARGUMENTS = {"trainable": True, "dtype": None}
# Names that Keras supports only in `compile`, by family.
COMPILE_NAMES = {"metrics": {"acc": "Accuracy"}}
# Layers with arguments that are valid as activations, because they keep the shape.
ACTIVATION_LAYERS = ["ELU", "LeakyReLU", "OrderedQuantiles", "PReLU", "ReLU", "Softmax"]


def main() -> None:
    FILE.write_text(text())


def text() -> str:
    """Return the catalog as the text of its file, with one class per line."""
    lines = ["{", f' "keras": {json.dumps(minor_version())},']
    families = catalog()
    for family, parts in families.items():
        comma = "" if family == list(families)[-1] else ","
        lines.append(f" {json.dumps(family)}: {{")
        for part, rows in parts.items():
            rows = [f"   {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items()]
            body = ",\n".join(rows)
            lines.append(f"  {json.dumps(part)}: {{\n{body}\n  }}{'' if part == list(parts)[-1] else ','}")
        lines.append(f" }}{comma}")
    return "\n".join([*lines, "}", ""])


def minor_version() -> str:
    return ".".join(keras.__version__.split(".")[:2])


def catalog() -> dict:
    families = {
        "layers": keras.layers,
        "initializers": keras.initializers,
        "regularizers": keras.regularizers,
        "constraints": keras.constraints,
        "optimizers": keras.optimizers,
        "schedules": keras.optimizers.schedules,
        "factor_schedules": factor_schedules,
        "losses": keras.losses,
        "metrics": keras.metrics,
    }
    result = {family: family_of(family, module) for family, module in families.items()}
    layers = result["layers"]["classes"]
    for name, facts in LAYERS.items():
        if facts.call_arguments:
            layers[name]["arguments"] |= facts.call_arguments
    result["layers"]["classes"] = layers = dict(sorted(layers.items()))
    cells = [name for name in layers if name.endswith("Cell") or name == "StackedRNNCells"]
    result["cells"] = {"classes": {name: layers.pop(name) for name in cells}, "aliases": {}}
    functions = activation_functions()
    result["activations"] = {
        "classes": {name: layers[name] for name in ACTIVATION_LAYERS},
        "aliases": {name: functions[name] for name in sorted(functions)},
    }
    return result


def family_of(family: str, module) -> dict:
    """Return the signatures of classes by name, and the aliases of the classes."""
    classes, aliases = {}, {}
    members = {name: getattr(module, name) for name in dir(module)} | own_classes(family)
    for name, value in sorted(members.items()):
        if inspect.isclass(value) and value.__name__ not in EXCLUDED[family] and is_member(family, value):
            own = value.__name__ if value.__name__ in members else name
            classes[own] = signature(family, value)
            if name != own:
                aliases[name] = own
    for own in classes:
        for name in (snake_case(own), own.lower() if family == "optimizers" else snake_case(own)):
            if family != "layers" and name != own:
                aliases.setdefault(name, own)
    for name, value in known_objects(family).items():
        own = value.__name__ if inspect.isclass(value) else aliases.get(value.__name__)
        if own in classes and name != own:
            aliases[name] = own
    aliases |= COMPILE_NAMES.get(family, {})
    return {"classes": classes, "aliases": dict(sorted(aliases.items()))}


def own_classes(family: str) -> dict[str, type]:
    module, facts = OWN.get(family, (None, {}))
    return {name: getattr(module, name) for name, row in facts.items() if row.own}


def is_member(family: str, value: type) -> bool:
    base = {"layers": keras.layers.Layer, "optimizers": keras.optimizers.Optimizer}.get(family, object)
    return issubclass(value, base)


def known_objects(family: str) -> dict:
    """Return the names that Keras' `get` functions accept as strings."""
    module = {"schedules": None, "factor_schedules": None, "layers": None}.get(family, family)
    return import_module(f"keras.src.{module}").ALL_OBJECTS_DICT if module else {}


def signature(family: str, value: type) -> dict:
    """Return ``{"required": [...], "arguments": {name: default}}`` of a class, in the order of Keras."""
    parameters = inspect.signature(value.__init__).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    named = [p for p in parameters if p.kind in kinds and p.name not in NOT_ARGUMENTS]
    arguments = {p.name: None if p.default is p.empty else p.default for p in named}
    if family == "layers" and any(p.kind is p.VAR_KEYWORD for p in parameters):
        arguments |= {name: default for name, default in BASE_ARGUMENTS.items() if name not in arguments}
    return {"required": [p.name for p in named if p.default is p.empty], "arguments": arguments}


def activation_functions() -> dict:
    """Return activation names, each with the name of its function (``swish`` is ``silu``)."""
    from keras.src.activations import ALL_OBJECTS_DICT

    return {name: function.__name__ for name, function in ALL_OBJECTS_DICT.items()}


def snake_case(name: str) -> str:
    name = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name.replace("_", ""))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


if __name__ == "__main__":
    main()
