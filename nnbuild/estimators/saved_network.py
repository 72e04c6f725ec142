"""A resolved network -> what its weights must be."""

from __future__ import annotations

from nnbuild.errors import RecipeError
from nnbuild.plan.model import skeleton
from nnbuild.records import Resolved, Shape
from nnbuild.saved.archive import NETWORK, Refused
from nnbuild.saved.network import refused_for
from nnbuild.saved.tensors import Slot


def weight_slots(resolved: Resolved) -> tuple[dict[str, Slot], Shape | None]:
    """What the arrays of a network must be, in the order of the model's variables; nothing is allocated.

    Returns
    -------
    slots : dict of str to (str, tuple of int)
        Dtype and shape by name: the number of the variable, and its path in the model.
    output_shape : Shape or None
        Shape of the output, the batch axis (None) first; None where there are several.

    Raises
    ------
    Refused
        For a network whose layers don't fit together.
    """
    try:
        model = skeleton(resolved)
    except RecipeError as error:
        raise refused_for(error.problems[0]) from error
    except Exception as error:  # of a network from a file: Keras raises whatever it meets
        raise Refused(f"{NETWORK}: Keras can't build this network") from error
    slots = {f"{i:03d}_{v.path}": Slot(v.dtype, tuple(v.shape)) for i, v in enumerate(model.variables)}
    return slots, tuple(model.output_shape) if len(resolved.outputs) == 1 else None
