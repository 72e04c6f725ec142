"""Settings of a training, from a resolved network."""

from __future__ import annotations

from nnbuild.records import ResolvedNetwork
from nnbuild.train.common.factors import weight_factors


def settings_of(resolved: ResolvedNetwork) -> dict:
    """Return the settings for `train` of a resolved network; with several outputs, losses and metrics are by output.

    `weight_factors` is only there if the network has factors.
    """
    outputs = resolved.outputs
    settings = dict(resolved.training)
    if factors := weight_factors(resolved):
        settings["weight_factors"] = factors
    if len(outputs) == 1:
        (output,) = outputs.values()
        return {**settings, "loss": output["loss"], "metrics": output["metrics"], "loss_weights": None}
    return {
        **settings,
        "loss": {name: output["loss"] for name, output in outputs.items()},
        "metrics": {name: output["metrics"] for name, output in outputs.items()},
        "loss_weights": {name: output["weight"] for name, output in outputs.items()},
    }
