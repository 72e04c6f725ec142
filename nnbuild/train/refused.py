"""Losses and metrics tried on one row, before training: what Keras raises there becomes a problem of the recipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from nnbuild.errors import Path, Problem, RecipeError
from nnbuild.plan.shapes import failure
from nnbuild.recipe import catalog
from nnbuild.recipe.forms import type_of


@contextmanager
def refused(path: Path, what: str) -> Iterator[None]:
    """Raise what Keras raises of a loss or metric as a `RecipeError`.

    Parameters
    ----------
    path : Path
        Where the recipe gives it.
    what : str
        Its name and what it is for.
    """
    try:
        yield
    except RecipeError:
        raise
    except Exception as error:
        raise RecipeError([Problem(path, f"{what}: {failure(error)}", hint=_HINT)]) from error


def needs_trial(loss: str | Mapping) -> bool:
    """Whether a loss may not suit the targets and predictions of its task: plain ones were compared with it already."""
    if type_of(loss) in _OF_OTHER_SHAPES:
        return True
    if not isinstance(loss, Mapping):
        return False
    known = catalog.find("losses", type_of(loss))
    usual = known.arguments if known else {}
    return any(key not in _PLAIN and (key not in usual or usual[key] != value) for key, value in loss.items())


def setting_path(output: str, key: str, settings: Mapping) -> Path:
    """Where a recipe gives the loss or the metrics of an output."""
    value = settings[key]
    return ("outputs", output, key) if isinstance(value, Mapping) and "type" not in value else ("training", key)


_PLAIN = {"type", "from_logits", "ignore_class", "label_smoothing", "reduction"}
_OF_OTHER_SHAPES = ("CTC", "ctc", "Circle", "circle")
_HINT = "its arguments and the shapes of targets and predictions must go together"
