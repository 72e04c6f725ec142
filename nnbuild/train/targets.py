"""Targets that no training can use, told before it starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import numpy as np

from nnbuild.errors import show
from nnbuild.plan.fits import CLASS_NUMBERS, ONE_HOT
from nnbuild.train.batches import Data
from nnbuild.train.losses import by_output, loss_types
from nnbuild.train.program import by_name


def check_targets(data: Data, model: keras.Model, names: Sequence[str], settings: Mapping) -> None:
    """Raise a `ValueError` for targets that are no numbers, and for classes that an output does not have.

    Parameters
    ----------
    data : Data
        Only its rows in use count.
    model : keras.Model
        Its outputs say how many classes there are.
    names : sequence of str
        The model's outputs.
    settings : mapping
        The resolved `training` section.
    """
    output = getattr(model, "output", None)
    outputs = getattr(model, "outputs", None)  # a Sequential model has these alone
    tensors = by_name(list(names), output if isinstance(output, Mapping) else outputs) if outputs else {}
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    types = loss_types(names, settings)
    written = by_output("loss", settings["loss"], names)
    for name, y in data.y.items():
        what = f"y[{name!r}]" if len(data.y) > 1 else "y"
        if y.dtype.kind not in "biuf":
            raise ValueError(f"{what} must hold numbers, got {show(y.flat[0])}\n  hint: {_TEXT_HINT}")
        if name in shapes and name in types and _are_classes(y, shapes[name], types[name]):
            own = written[name] if isinstance(written[name], Mapping) else {}
            _check_classes(y[data.rows], shapes[name][own.get("axis", -1)], own.get("ignore_class"), what)


def _are_classes(y: np.ndarray, shape: tuple[int | None, ...], loss: str) -> bool:
    """Whether targets are numbers of classes, and not in one-hot form."""
    return loss in CLASS_NUMBERS or (loss in ONE_HOT and (y.ndim < len(shape) or y.shape[-1] == 1))


def _check_classes(y: np.ndarray, n_classes: int | None, ignored: int | None, what: str) -> None:
    if n_classes is None:
        return
    good = (y >= 0) & (y < n_classes) & (y % 1 == 0)
    if ignored is not None:
        good |= y == ignored
    if good.all():
        return
    found = f"{what} must hold classes from 0 to {n_classes - 1}, as the output has {n_classes} values"
    raise ValueError(f"{found}, got {y[~good][0]}\n  hint: number the classes from 0, or set n_outputs to their number")


_TEXT_HINT = "give each class a number from 0 on, or use nnbuild.NNClassifier, which takes any labels"
