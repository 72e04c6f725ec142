"""Check targets and weights before training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import numpy as np

from nnbuild.errors import show
from nnbuild.plan.memory import check_training
from nnbuild.tasks.losses import CLASS_NUMBERS, OF_REGIONS, ONE_HOT
from nnbuild.train.common.batches import TrainingData
from nnbuild.train.common.losses import by_output, is_of_batch, loss_types, make_losses
from nnbuild.train.common.outputs import by_name, float_dtype


def check_data(
    model: keras.Model,
    names: Sequence[str],
    settings: Mapping,
    training: TrainingData,
    held_out: TrainingData | None = None,
) -> None:
    """Check that the targets, weights and batches of a training suit the model and the losses.

    Parameters
    ----------
    model : keras.Model
        Its outputs determine the number of classes.
    names : sequence of str
        Outputs of the model.
    settings : mapping
        The resolved `training` section.
    training, held_out : TrainingData
        Only samples in use are checked.

    Raises
    ------
    ValueError
        If targets are not numbers, are classes that an output does not have, or a loss does not support the weights.
    MemoryLimitError
        If a batch needs more memory than the machine has.
    """
    for data in filter(None, (training, held_out)):
        _check_targets(data, model, names, settings)
        _check_weights(data, names, settings, float_dtype(model))
    check_training(model, min(settings["batch_size"], len(training)))


def _check_targets(data: TrainingData, model: keras.Model, names: Sequence[str], settings: Mapping) -> None:
    """Raise a `ValueError` for targets that are not numbers, and for classes that an output does not have."""
    output = getattr(model, "output", None)
    outputs = getattr(model, "outputs", None)  # a Sequential model has only these
    tensors = by_name(list(names), output if isinstance(output, Mapping) else outputs) if outputs else {}
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    types = loss_types(names, settings)
    written = by_output("loss", settings["loss"], names)
    for name, y in data.y.items():
        what = f"y[{name!r}]" if len(data.y) > 1 else "y"
        if y.dtype.kind not in "biuf":
            raise ValueError(f"{what} must be numeric, got {show(y.flat[0])}\n  hint: {_TEXT_HINT}")
        if name in shapes and name in types and _are_classes(y, shapes[name], types[name]):
            own = written[name] if isinstance(written[name], Mapping) else {}
            axis = -1 if types[name] in OF_REGIONS else own.get("axis", -1)
            _check_classes(y[data.rows], shapes[name][axis], own.get("ignore_class"), what)


def _check_weights(data: TrainingData, names: Sequence[str], settings: Mapping, float_dtype: str) -> None:
    """Raise a `ValueError` for weights that a loss over areas does not support."""
    for name, loss in make_losses(names, settings, float_dtype).items():
        if type(loss).__name__ not in OF_REGIONS:
            continue
        kind, weights = type(loss).__name__, data.weights[name][data.rows]
        if weights.ndim > 1:
            found = f"class_weight: {kind} does not support weights per pixel"
            raise ValueError(f"{found}\n  hint: use a cross-entropy loss")
        if is_of_batch(loss) and len(weights) and (weights != weights[0]).any():
            rank = data.y[name].ndim + (data.y[name].shape[-1] != 1)
            axes = list(range(1, max(rank, 2)))
            found = f"{kind} is one value per batch, so sample and class weights are not supported"
            hint = f"{{'type': '{kind}', 'axis': {axes}}} is one value per sample and supports sample_weight"
            raise ValueError(f"loss: {found}\n  hint: {hint}")


def _are_classes(y: np.ndarray, shape: tuple[int | None, ...], loss: str) -> bool:
    """Return whether targets are class indices, not in one-hot form."""
    if loss in OF_REGIONS and shape[-1] == 1:
        return False  # 0 and 1
    return loss in CLASS_NUMBERS or (loss in ONE_HOT and (y.ndim < len(shape) or y.shape[-1] == 1))


def _check_classes(y: np.ndarray, n_classes: int | None, ignored: int | None, what: str) -> None:
    if n_classes is None:
        return
    good = (y >= 0) & (y < n_classes) & (y % 1 == 0)
    if ignored is not None:
        good |= y == ignored
    if good.all():
        return
    found = f"{what} must contain class indices from 0 to {n_classes - 1}, because the output has {n_classes} units"
    raise ValueError(
        f"{found}, got {y[~good][0]}\n"
        "  hint: encode the classes as 0 to n_classes - 1, or set n_outputs to their number"
    )


_TEXT_HINT = "encode the classes as 0 to n_classes - 1, or use nnbuild.NNClassifier, which accepts any labels"
