"""Convert the compile settings of a Keras model to the training section of a recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nnbuild import catalog
from nnbuild.catalog.registered import registered_name
from nnbuild.convert.keras_config import Described, object_of
from nnbuild.language.values import UnwritableError
from nnbuild.private.keras import compiled_with, function_of


def training_of(model: object, outputs: Sequence[str]) -> tuple[dict, dict[str, dict], list[str]]:
    """Return the training section of a compiled model, as far as a recipe can express it.

    Parameters
    ----------
    model : keras.Model
        If it is not compiled, all results are empty.
    outputs : sequence of str
        Keras' names of its outputs, in its order. With several outputs, losses and metrics belong to each.

    Returns
    -------
    training : dict
        `optimizer`, and `loss` and `metrics` of a model with one output.
    by_output : dict of str to dict
        `loss`, `metrics` and `weight` of each of several outputs.
    left_out : list of str
        Settings that a recipe can't express.
    """
    reader = _Reader(list(outputs))
    if getattr(model, "compiled", False):
        reader.read(model)
    return reader.training, reader.by_output, reader.left_out


class _Reader:
    """Collects the settings that a recipe can express, and descriptions of those that it can't."""

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
            self._store("the optimizer", self.training, "optimizer", _optimizer, optimizer)
        compiled = compiled_with(model)
        self._store_parts("loss", getattr(model, "loss", None), _loss)
        self._store_parts("metrics", compiled.metrics, _metrics)
        if compiled.loss_weights is not None and self.by_output:
            self._store_parts("weight", compiled.loss_weights, lambda weight: weight)
        elif compiled.loss_weights is not None:
            self.left_out.append("loss_weights")
        if compiled.weighted_metrics:
            self.left_out.append("weighted_metrics")

    def _store_parts(self, key: str, value: object, describe: Callable[[object], object]) -> None:
        """Store `value`, which is for the only output or contains a part for each of several."""
        if value is None:
            return
        if not self.by_output:
            whole = key == "metrics" and isinstance(value, list | tuple) and not _holds_lists(value)
            only = value if whole else _only_part(value)
            self._store(key, self.training, key, describe, only)
            return
        parts = _parts(value, self.outputs, key)
        if parts is None:
            self.left_out.append(key)
        for name, part in (parts or {}).items():
            if part is not None:
                self._store(f"{key} of {name}", self.by_output[name], key, describe, part)

    def _store(self, what: str, target: dict, key: str, describe: Callable[[object], object], value: object) -> None:
        try:
            target[key] = describe(value)
        except UnwritableError as error:
            self.left_out.append(f"{what} ({error.found})")


def _parts(value: object, outputs: list[str], key: str) -> dict[str, object] | None:
    """Return the part of each output; None if the structure does not match the outputs."""
    if isinstance(value, Mapping):
        return {name: value.get(name) for name in outputs} if set(value) <= set(outputs) else None
    if isinstance(value, list | tuple):
        return dict(zip(outputs, value, strict=True)) if len(value) == len(outputs) else None
    return dict.fromkeys(outputs, value) if key == "loss" else None


def _only_part(value: object) -> object:
    """Return the part of the only output."""
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
    """Return the JSON form of a loss or metric given by name, as a function of Keras, or as an object."""
    # Keras wraps a function in its own metric, nnbuild in a loss.
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
