"""Recipe + arrays -> trained model and History: the whole way of one fit."""

from __future__ import annotations

import keras
import numpy as np

from nnbuild.builder.model import build
from nnbuild.plan.describe import AnyRecipe, resolve
from nnbuild.records import History, Resolved
from nnbuild.train.progress import ProgressListener
from nnbuild.train.trainer import train


def settings_of(resolved: Resolved) -> dict:
    """The settings that `train` takes, of a resolved network: losses and metrics by output where there are several."""
    outputs = resolved.outputs
    settings = dict(resolved.training)
    if len(outputs) == 1:
        (output,) = outputs.values()
        return {**settings, "loss": output["loss"], "metrics": output["metrics"], "loss_weights": None}
    return {
        **settings,
        "loss": {name: output["loss"] for name, output in outputs.items()},
        "metrics": {name: output["metrics"] for name, output in outputs.items()},
        "loss_weights": {name: output["weight"] for name, output in outputs.items()},
    }


def fit_recipe(
    recipe: AnyRecipe,
    X: np.ndarray,
    y: np.ndarray,
    *,
    task: str,
    n_outputs: int,
    seed: int,
    progress: ProgressListener | None = None,
) -> tuple[keras.Model, History]:
    """Build the network of a recipe for some arrays, and train it.

    Parameters
    ----------
    recipe : Recipe, dict, path or gallery name
        What to build.
    X : array of shape (n_samples, ...)
        Inputs.
    y : array of shape (n_samples,) or (n_samples, n_outputs)
        Class numbers from 0, or targets.
    task : {"binary", "multiclass", "multilabel", "regression"}
        What `y` is.
    n_outputs : int
        Classes or targets.
    seed : int
        Of the first weights, random layers, the validation split and the order of batches.
    progress : ProgressListener, optional
        Told how far training is.

    Returns
    -------
    model : keras.Model
        Trained.
    history : History
        How it went.
    """
    resolved = resolve(recipe, X.shape[1:], dtype=_dtype(X), task=task, n_outputs=n_outputs)
    model = build(resolved, seed=seed)
    return model, train(model, X, y, settings_of(resolved), seed=seed, progress=progress)


def _dtype(X: np.ndarray) -> str:
    """The dtype of the network's input for an array: real numbers are float32."""
    return str(X.dtype) if X.dtype.kind in "biu" else "float32"
