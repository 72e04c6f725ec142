"""Findings about a training run, with commands that change the recipe as remedies."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from shlex import join
from shutil import which
from typing import Any

from nnbuild.catalog.kinds import is_number
from nnbuild.diagnosis.findings import Finding, Remedy
from nnbuild.diagnosis.training_evidence import TrainingRecord
from nnbuild.diagnosis.training_findings import findings
from nnbuild.errors import NNBuildError, NNBuildWarning
from nnbuild.estimators.findings import NO_BUDGET, REPORTED, as_trained, diagnosis_for, keeps_best, stopping_effect
from nnbuild.plan.sample_settings import epochs_of
from nnbuild.plan.settings import VALIDATION_FRACTION
from nnbuild.recipe import Recipe
from nnbuild.records import frozen_mapping

EPOCHS = "training__epochs"
TIME_BUDGET = "--time-budget"
MIN_WIDTH = 8  # units; narrower layers are not suggested
WIDTHS = ("hidden", "units", "filters")  # usual names of params for layer widths
Change = tuple[dict[str, object], str]  # values by address, and their effect


def training_findings(
    recipe: Recipe, training: Mapping[str, Any], record: TrainingRecord, command: Callable[[dict[str, object]], str]
) -> tuple[Finding, ...]:
    """Return the findings about a training run, with the remedies that suit its recipe.

    Parameters
    ----------
    recipe : Recipe
        The trained recipe.
    training : mapping
        Training settings with all defaults.
    record : TrainingRecord
        Curves and scores.
    command : callable
        Returns the command that trains with the given values by address.
    """
    history = record.history
    possible = remedies(recipe, as_trained(training, history), command)
    if history and history.stopped == "time_budget":
        possible["epochs"] = Remedy(command({TIME_BUDGET: None}), NO_BUDGET)
    return findings(replace(record, keeps_best=keeps_best(training), remedies=frozen_mapping(possible)))


def recipe_findings(recipe: Recipe, estimator: object) -> tuple[Finding, ...]:
    """Return the findings about a recipe, without hints: those that commands print before they train."""
    return tuple(finding for finding in diagnosis_for(recipe, estimator) if finding.severity != "hint")


def ignore_reported() -> None:
    """Ignore the warning of an estimator about findings that a command prints."""
    warnings.filterwarnings("ignore", REPORTED, NNBuildWarning)


def remedies(
    recipe: Recipe, training: Mapping[str, Any], command: Callable[[dict[str, object]], str]
) -> dict[str, Remedy]:
    """Return valid changes of the recipe, by the names in `nnbuild.diagnosis.training_findings.TRAINING_FINDINGS`.

    Parameters
    ----------
    recipe : Recipe
        The trained recipe.
    training : mapping
        Training settings with all defaults.
    command : callable
        Returns the command that trains with the given values by address.
    """
    found = {**_early_stopping(recipe, training), **_params(recipe), **_optimizer(recipe, training)}
    found["epochs"] = ({EPOCHS: 2 * epochs_of(training)}, "twice the epochs")
    return {
        name: Remedy(command(values), effect) for name, (values, effect) in found.items() if _is_valid(recipe, values)
    }


def program() -> str:
    """Return the name of this command, or its path if the name is not in PATH."""
    program = sys.argv[0]
    return program if Path(program).name == "nnbuild" and not which("nnbuild") else "nnbuild"


def train_command(call: Sequence[str], values: Mapping[str, object]) -> str:
    """Return the `nnbuild train` command with `values`, which replace those of `call` at the same addresses.

    Parameters
    ----------
    call : sequence of str
        Arguments of "nnbuild train".
    values : mapping of str to JSON value
        With "--time-budget", this option is left out.

    Examples
    --------
    >>> train_command(["mlp", "--set", "l2=0", "--epochs", "5"], {"l2": 0.01, "training__epochs": 10})
    'nnbuild train mlp --set l2=0.01 --epochs 10'
    """
    words: list[str] = []
    rest = iter(call)
    for word in rest:
        if word in ("--set", "--epochs", TIME_BUDGET):
            given = next(rest)
            address = {"--epochs": EPOCHS, TIME_BUDGET: TIME_BUDGET}.get(word, given.partition("=")[0])
            words += [] if address in values else [word, given]
        else:
            words.append(word)
    for address, value in values.items():
        if address == TIME_BUDGET:
            continue
        words += (
            ["--epochs", str(value)]
            if address == EPOCHS
            else ["--set", f"{address}={json.dumps(value, ensure_ascii=False)}"]
        )
    return join([program(), "train", *words])


def _early_stopping(recipe: Recipe, training: Mapping[str, Any]) -> dict[str, Change]:
    stopping = training["early_stopping"]
    if stopping and stopping["restore_best"]:
        return {}
    values: dict[str, object] = {"training__early_stopping": True}
    if recipe.network.training.get("validation_fraction") == 0:
        values["training__validation_fraction"] = VALIDATION_FRACTION
    return {"early_stopping": (values, stopping_effect(training))}


def _params(recipe: Recipe) -> dict[str, Change]:
    """Return changes of params with usual names."""
    params = recipe.params
    found: dict[str, Change] = {}
    if is_number(dropout := params.get("dropout", 1)) and dropout < 0.5:
        found["dropout"] = ({"dropout": 0.5}, "drops half of the units in each step of training")
    if "l2" in params and is_number(l2 := params["l2"]):
        found["l2"] = ({"l2": _tidy(10 * l2) or 0.001}, "a stronger penalty on large weights")
    return {**found, **next(filter(None, (_widths(name, params.get(name)) for name in WIDTHS)), {})}


def _widths(name: str, sizes: Any) -> dict[str, Change]:
    """Return changes to half and to twice the width."""
    widths = sizes if isinstance(sizes, list) else [sizes]
    if not widths or not all(isinstance(width, int) and not isinstance(width, bool) for width in widths):
        return {}
    found: dict[str, Change] = {"larger": (_scaled(name, sizes, 2.0), "layers of twice the width")}
    if min(widths) >= 2 * MIN_WIDTH:
        found["smaller"] = (_scaled(name, sizes, 0.5), "layers of half the width")
    return found


def _scaled(name: str, sizes: Any, factor: float) -> dict[str, object]:
    return {name: [int(factor * size) for size in sizes] if isinstance(sizes, list) else int(factor * sizes)}


def _optimizer(recipe: Recipe, training: Mapping[str, Any]) -> dict[str, Change]:
    optimizer = training["optimizer"]
    found: dict[str, Change] = {}
    rate = optimizer.get("learning_rate")
    if is_number(rate):
        address = _rate_address(recipe)
        found["learning_rate_down"] = ({address: _tidy(rate / 10)}, "a tenth of the learning rate")
        found["learning_rate_up"] = ({address: _tidy(rate * 3)}, "three times the learning rate")
    if all(optimizer.get(name) is None for name in ("clipnorm", "clipvalue", "global_clipnorm")):
        found["clip"] = ({"training__optimizer__clipnorm": 1.0}, "limits the norm of each gradient")
    return found


def _rate_address(recipe: Recipe) -> str:
    """Return the address of the learning rate: a param, a training setting, or an optimizer argument."""
    if "learning_rate" in recipe.params:
        return "learning_rate"
    training = recipe.network.training
    is_inside = "learning_rate" not in training and isinstance(training.get("optimizer"), Mapping)
    return "training__optimizer__learning_rate" if is_inside else "training__learning_rate"


def _is_valid(recipe: Recipe, values: Mapping[str, object]) -> bool:
    try:
        recipe.with_values(values)
    except NNBuildError:
        return False
    return True


def _tidy(value: float) -> float:
    return float(f"{value:.3g}")
