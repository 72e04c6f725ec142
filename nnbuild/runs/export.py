"""Implementation of `nnbuild export`: write the network of a model file in a format of other programs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from nnbuild.errors import show
from nnbuild.estimators.exporting import exported_model
from nnbuild.estimators.fitted import fit_of
from nnbuild.export.formats import checked_format, export
from nnbuild.loading import load
from nnbuild.plan.settings import loss_of
from nnbuild.records import ResolvedNetwork
from nnbuild.runs.data.new_data import noted_texts
from nnbuild.saved.model_info import model_info
from nnbuild.tasks.losses import head_of


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
    row = checked_format(path, name)
    names = noted_texts(model_info(model).notes, "targets")
    named = names if len(names) == fitted.targets.n_outputs else ()
    assert fitted.resolved is not None  # else there is no network
    lines = [
        *(f"input {show(one.name)}: {_array_text(one)}" for one in network.inputs),
        *_output_texts(fitted.targets, fitted.resolved, network, named),
        *(_classes_text(network) if row.needs_layers else ()),
    ]
    return "\n".join([f"{path}: {row.title}", *(f"  {line}" for line in lines)])


def _output_texts(targets: Any, resolved: ResolvedNetwork, network: Any, names: Sequence[str]) -> list[str]:
    """Return a line about each output; `names` are those of the targets if there is one output."""
    if not isinstance(network.output, Mapping):
        columns = targets.output_text(names, head_of(loss_of(resolved)))
        return [f"output: {_array_text(network.outputs[0])}, {columns}"]
    texts = {
        name: part.targets.output_text(part.columns, head_of(resolved.outputs[name]["loss"]))
        for name, part in targets.parts.items()
    }
    return [f"output {show(name)}: {_array_text(network.output[name])}, {text}" for name, text in texts.items()]


def _classes_text(network: Any) -> list[str]:
    """Return a line about the classes that Keras loads only after an import; none for classes of Keras."""
    own = sorted(set(re.findall(r'"registered_name": "nnbuild>(\w+)"', network.to_json())))
    return [f"classes of nnbuild: {', '.join(own)}; import nnbuild.keras_layers before loading"] if own else []


def _array_text(tensor: Any) -> str:
    """Dtype and shape of a symbolic tensor."""
    sizes = ["n_samples", *("any" if size is None else str(size) for size in tensor.shape[1:])]
    return f"{tensor.dtype} of shape ({', '.join(sizes)}{',' * (len(sizes) == 1)})"
