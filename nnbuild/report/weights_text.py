"""Tables of weights: shapes as in Keras and as in textbooks, and statistics of their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from nnbuild.catalog.facts import layer_facts
from nnbuild.records import Plan, Step, Weight
from nnbuild.report.cells import table_lines
from nnbuild.report.gradients import share
from nnbuild.report.units import number, printable, sizes_text


@dataclass(frozen=True)
class WeightStatistics:
    """Statistics of the values of a weight.

    Attributes
    ----------
    mean, std, min, max : float
    zeros : float
        Share of values that are 0.
    """

    mean: float
    std: float
    min: float
    max: float
    zeros: float


Statistics = Mapping[tuple[str, str], WeightStatistics]  # by layer and weight


def weights_table(plan: Plan, batch_size: int | None = None, statistics: Statistics | None = None) -> str:
    """Return a table of the weights of a network as text.

    Parameters
    ----------
    plan : Plan
    batch_size : int, optional
        Adds the matrix product of dense layers for a batch, Z = W A, with samples as columns.
    statistics : mapping of (str, str) to WeightStatistics, optional
        By layer and weight.
    """
    rows = [_cells(*pair, batch_size, statistics) for pair in _weights(plan)]
    if not rows:
        return "no weights"
    titles = ["layer", "weight", "Keras", "textbook", *(["Z = W A"] if batch_size else [])]
    titles += ["mean", "std", "min", "max", "zeros"] if statistics else []
    return "\n".join(line.rstrip() for line in table_lines([titles, *rows], 5 if batch_size else 4))


def weights_document(plan: Plan, statistics: Statistics | None = None) -> list[dict]:
    """Return the weights as JSON values: layer, name, shape, textbook_shape (or null), and statistics if given."""
    return [
        {
            "layer": step.name,
            "name": weight.name,
            "shape": list(weight.shape),
            "textbook_shape": _or_none(textbook_shape(step.type, weight)),
            **(asdict(statistics[step.name, weight.name]) if statistics else {}),
        }
        for step, weight in _weights(plan)
    ]


def textbook_shape(layer: str, weight: Weight) -> tuple[int, ...] | None:
    """Return the shape of a weight in the convention of textbooks; None where there is none.

    Examples
    --------
    >>> textbook_shape("Dense", Weight("kernel", (100, 50), True)), textbook_shape("Dense", Weight("bias", (50,), True))
    ((50, 100), (50, 1))
    >>> textbook_shape("Conv2D", Weight("kernel", (3, 3, 16, 32), True))
    (32, 16, 3, 3)
    """
    if not layer_facts(layer).linear:
        return None
    if weight.name == "bias":
        return (*weight.shape, 1)
    *places, n_in, n_out = weight.shape if len(weight.shape) > 1 else (0, 0)
    return (n_out, n_in, *places) if weight.name == "kernel" else None


def _weights(plan: Plan) -> Iterator[tuple[Step, Weight]]:
    return ((step, weight) for step in plan.steps for weight in step.weights)


def _cells(step: Step, weight: Weight, batch_size: int | None, statistics: Statistics | None) -> Sequence[str]:
    shape = textbook_shape(step.type, weight)
    cells = [printable(step.name), printable(weight.name), sizes_text(weight.shape), sizes_text(shape) if shape else ""]
    if batch_size:
        is_product = shape is not None and weight.name == "kernel" and len(shape) == 2
        cells.append(_product(shape, batch_size) if shape and is_product else "")
    if statistics:
        found = statistics[step.name, weight.name]
        cells += [*map(number, (found.mean, found.std, found.min, found.max)), share(found.zeros)]
    return cells


def _product(shape: tuple[int, ...], batch_size: int) -> str:
    n_out, n_in = shape
    return f"{n_out}x{batch_size} = {n_out}x{n_in} {n_in}x{batch_size}"


def _or_none(shape: tuple[int, ...] | None) -> list[int] | None:
    return None if shape is None else list(shape)
