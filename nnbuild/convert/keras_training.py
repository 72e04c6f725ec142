"""How a Keras model was compiled -> what a recipe says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nnbuild import catalog
from nnbuild.catalog.registered import registered_name
from nnbuild.convert.keras_config import Described, object_of
from nnbuild.language.values import UnwritableError
from nnbuild.private.keras import compiled_with, function_of


def training_of(model: object, outputs: Sequence[str]) -> tuple[dict, dict[str, dict], list[str]]:
    """The training section of a compiled model, as far as a recipe can say it.

    Parameters
    ----------
    model : keras.Model
        Nothing is said where it is not compiled.
    outputs : sequence of str
        Keras' names of its outputs, in its order; losses and metrics of several are said of each.

    Returns
    -------
    training : dict
        `optimizer`, and `loss` and `metrics` of a model with one output.
    by_output : dict of str to dict
        `loss`, `metrics` and `weight` of each of several outputs.
    left_out : list of str
        What a recipe has no words for.
    """
    reader = _Reader(list(outputs))
    if getattr(model, "compiled", False):
        reader.read(model)
    return reader.training, reader.by_output, reader.left_out


class _Reader:
    """Collects what can be said, and what can't."""

    def __init__(self, outputs: list[str]):
        self.outputs = outputs
        self.training: dict = {}
        self.by_output: dict[str, dict] = {name: {} for name in outputs} if len(outputs) > 1 else {}
        self.left_out: list[str] = []

    def read(self, model: object) -> None:
        """Read optimizer, losses and metrics."""
        optimizer = getattr(model, "optimizer", None)
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # mixed_float16 scales the loss around it
        if optimizer is not None:
            self._say("the optimizer", self.training, "optimizer", _optimizer, optimizer)
        said = compiled_with(model)
        self._each("loss", getattr(model, "loss", None), _loss)
        self._each("metrics", said.metrics, _metrics)
        if said.loss_weights is not None and self.by_output:
            self._each("weight", said.loss_weights, lambda weight: weight)
        elif said.loss_weights is not None:
            self.left_out.append("loss_weights")
        if said.weighted_metrics:
            self.left_out.append("weighted_metrics")

    def _each(self, key: str, value: object, describe: Callable[[object], object]) -> None:
        """Say `value`, which is for the only output or holds a part for each of several."""
        if value is None:
            return
        if not self.by_output:
            whole = key == "metrics" and isinstance(value, list | tuple) and not _holds_lists(value)
            only = value if whole else _only(value)
            self._say(key, self.training, key, describe, only)
            return
        parts = _parts(value, self.outputs, key)
        if parts is None:
            self.left_out.append(key)
        for name, part in (parts or {}).items():
            if part is not None:
                self._say(f"{key} of {name}", self.by_output[name], key, describe, part)

    def _say(self, what: str, target: dict, key: str, describe: Callable[[object], object], value: object) -> None:
        try:
            target[key] = describe(value)
        except UnwritableError as error:
            self.left_out.append(f"{what} ({error.found})")


def _parts(value: object, outputs: list[str], key: str) -> dict[str, object] | None:
    """The part of each output; None where it can't be told."""
    if isinstance(value, Mapping):
        return {name: value.get(name) for name in outputs} if set(value) <= set(outputs) else None
    if isinstance(value, list | tuple):
        return dict(zip(outputs, value, strict=True)) if len(value) == len(outputs) else None
    return dict.fromkeys(outputs, value) if key == "loss" else None


def _only(value: object) -> object:
    """The part of the only output."""
    if isinstance(value, Mapping) and len(value) == 1:
        return next(iter(value.values()))
    return value[0] if isinstance(value, list | tuple) and len(value) == 1 else value


def _holds_lists(values: Sequence) -> bool:
    return any(isinstance(value, list | tuple) for value in values)


def _optimizer(optimizer: object) -> object:
    return object_of("optimizers", Described.of(optimizer, "keras.optimizers"))


def _loss(value: object) -> object:
    return _named_or_object("losses", value)


def _metrics(values: object) -> list:
    values = values if isinstance(values, list | tuple) else [values]
    return [_named_or_object("metrics", value) for value in values]


def _named_or_object(family: str, value: object) -> object:
    """A loss or metric that was given by name, as a function of Keras, or as an object."""
    # Keras keeps a function inside a metric of its own, and nnbuild inside a loss.
    of_user = map(registered_name, (value, getattr(value, "function", None), function_of(value)))
    of_function = next(filter(None, of_user), "")
    if of_function and not registered_name(type(value)):
        return of_function
    name = getattr(value, "__name__", None) if callable(value) and not hasattr(value, "get_config") else value
    if isinstance(name, str):
        own = isinstance(value, str) or getattr(value, "__module__", "").startswith("keras.")
        if not own or catalog.find(family, name) is None:
            raise UnwritableError(name)
        return name
    if not hasattr(value, "get_config"):
        raise UnwritableError(type(value).__name__)
    return object_of(family, Described.of(value, f"keras.{family}"))
