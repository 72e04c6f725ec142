"""Implementation of `nnbuild export`: write the network of a model file in a format of other programs."""

from __future__ import annotations

from typing import Any

from nnbuild.errors import show
from nnbuild.estimators.exporting import exported_model
from nnbuild.estimators.fitted import fit_of
from nnbuild.export.formats import checked_format, export
from nnbuild.loading import load


def export_file(model: str, path: str, name: str | None = None) -> str:
    """Export the network of a saved model, and return a text about its inputs and output.

    Parameters
    ----------
    model : str
        Model file.
    path, name
        As for `NNEstimator.export`.

    Raises
    ------
    ModelFileError
        If the model can't be read, or the export can't be written.
    """
    fitted = fit_of(load(model))
    network = export(lambda: exported_model(fitted), path, name)
    inputs = [f"input {show(one.name)}: {_array_text(one)}" for one in network.inputs]
    gives = "probabilities" if fitted.targets.row.has_probabilities else "values of the targets"
    lines = [*inputs, f"output: {_array_text(network.outputs[0])}, {gives}"]
    return "\n".join([f"{path}: {checked_format(path, name).title}", *(f"  {line}" for line in lines)])


def _array_text(tensor: Any) -> str:
    """Dtype and shape of a symbolic tensor."""
    sizes = ["n_samples", *("any" if size is None else str(size) for size in tensor.shape[1:])]
    return f"{tensor.dtype} of shape ({', '.join(sizes)}{',' * (len(sizes) == 1)})"
