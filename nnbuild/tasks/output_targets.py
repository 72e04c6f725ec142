"""Targets of several outputs, from the values of y and the outputs of a recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from nnbuild.errors import DataError, show
from nnbuild.inputs.table.reading import kind_of
from nnbuild.tasks.behaviours import class_targets
from nnbuild.tasks.inference import has_classes, has_labels
from nnbuild.tasks.losses import kind_of_output
from nnbuild.tasks.multioutput import MultiOutputTargets, OutputTargets, checked_values
from nnbuild.tasks.output_rows import OutputRows
from nnbuild.tasks.targets import Targets


def multioutput_targets(
    y: OutputRows, outputs: Mapping[str, Mapping], regression: Callable[[np.ndarray, Mapping], Targets]
) -> MultiOutputTargets:
    """Return the targets of several outputs, not yet fitted to the training set.

    Parameters
    ----------
    y : OutputRows
    outputs : mapping of str to mapping
        Named outputs of a recipe.
    regression : callable
        Returns the targets of a regression, from the values of y and the output.

    Raises
    ------
    DataError
        If an output has no targets, one class only, or targets of another kind than its task.
    """
    parts = {
        name: OutputTargets(_targets(name, y, output, regression), y.columns[name]) for name, output in outputs.items()
    }
    return MultiOutputTargets(parts, y.order)


def _targets(
    name: str, y: OutputRows, output: Mapping, regression: Callable[[np.ndarray, Mapping], Targets]
) -> Targets:
    """Return the targets of one output."""
    values, what = y.values[name][y.known[name]], f"y[{name!r}]"
    if not len(values):
        raise DataError(f"{what} has only missing values\n  hint: add samples with this target, or remove the output")
    if not _are_classes(values, y.columns[name], output, what):
        return regression(checked_values(values, False, what), output)
    labels = checked_values(values, True, what)
    targets = class_targets(labels)
    if not targets.row.is_trained:
        label = targets.classes.tolist()[0]
        hint = "remove the output, or pass samples of other classes"
        if isinstance(label, int | float) and "task" not in output:
            hint += ", or set its 'task' to 'regression'"
        raise DataError(f"{what} has only one class, {show(label)}\n  hint: {hint}")
    return targets


def _are_classes(values: np.ndarray, columns: tuple[str, ...], output: Mapping, name: str) -> bool:
    """Return whether the targets of an output are classes: by its task or loss in the recipe, else by the values."""
    kinds = [kind_of(name, pd.Series(column)) for column in values.reshape(len(values), -1).T]
    given = kind_of_output(output)
    if given == "regression" and "text" in kinds:
        text = values.reshape(len(values), -1)[0, kinds.index("text")]
        raise DataError(f"{name}: regression requires numbers, but the targets are text, such as {show(str(text))}")
    if values.ndim == 2 and "text" in kinds:
        found = f"{name}: several columns must be numeric or boolean, but {show(columns[kinds.index('text')])} is text"
        raise DataError(f"{found}\n  hint: name an output for each column")
    if given is not None:
        return given == "classification"
    return has_labels(values) if values.ndim == 2 else has_classes(name, pd.Series(values))[0]
