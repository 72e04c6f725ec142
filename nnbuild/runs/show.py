"""A model file -> what it is, as text and as JSON values; light, as nothing of it is run or built."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from nnbuild.report.text import history_table
from nnbuild.report.units import data_size, printable
from nnbuild.runs.text import aligned, count, section
from nnbuild.saved.facts import Facts

MOST_LAYERS = 40
MOST_NAMES = 12  # of classes and columns
ROOM = 89  # characters beside the word of a section


def facts_text(facts: Facts) -> str:
    """What a model file says, for people: what was learned of which data, the network, its training, how good it is."""
    return "\n".join(section(word, lines) for word, lines in _sections(facts) if lines)


def facts_document(facts: Facts) -> dict:
    """The same as values that JSON has."""
    history, network = facts.history, facts.network
    training = history and {
        "seed": facts.seed,
        "n_epochs": history.n_epochs,
        "best_epoch": history.best_epoch,
        "stopped": history.stopped,
        "elapsed_s": history.elapsed_s,
    }
    return {
        "path": facts.path,
        "n_bytes": facts.n_bytes,
        "written": facts.written.isoformat(timespec="seconds"),
        "estimator": facts.estimator,
        "task": facts.task,
        "recipe": facts.recipe,
        "params": facts.params,
        "left_out": facts.left_out,
        "classes": facts.classes,
        "feature_names": facts.feature_names,
        "n_features": facts.n_features,
        "n_parameters": facts.n_parameters,
        "layers": [{"name": node.name, "type": node.type} for node in network.nodes] if network else [],
        "training": training,
        "curves": history.curves if history else {},
        "metrics": facts.metrics,
        "notes": facts.notes,
        "versions": facts.versions,
    }


def _sections(facts: Facts) -> Iterator[tuple[str, list[str]]]:
    notes = facts.notes
    written = facts.written.astimezone().strftime("%Y-%m-%d %H:%M")
    yield "model", _wrapped(f"{facts.path}: {facts.estimator}, {data_size(facts.n_bytes)}, written {written}")
    if isinstance(notes.get("source"), str):  # notes may be anyone's
        yield "data", _wrapped(f"{notes['source']} -> {', '.join(map(str, notes.get('targets', ())))}")
    yield "task", _wrapped(_task(facts))
    if isinstance(notes.get("n_train"), int) and isinstance(notes.get("n_test"), int):
        yield "rows", [f"{notes['n_train']:,} to train, {notes['n_test']:,} to test"]
    if facts.feature_names:
        yield "columns", _wrapped(f"{len(facts.feature_names):,}: {_some(facts.feature_names)}")
    yield "network", _network(facts)
    if facts.history:
        summary, _, *curves = history_table(facts.history).splitlines()
        seed = "" if facts.seed is None else f"; seed {facts.seed}"
        yield "training", [*_wrapped(summary + seed), *curves]
    yield "scores", [f"{name.replace('_', ' ')} {value:.4g}" for name, value in facts.metrics.items()]
    yield "versions", _wrapped(", ".join(f"{name} {version}" for name, version in facts.versions.items()))


def _task(facts: Facts) -> str:
    if facts.task == "constant":
        return "one class only: nothing was trained"
    if facts.task == "regression":
        return "regression" if facts.n_outputs == 1 else f"regression of {facts.n_outputs} targets"
    if facts.task == "multilabel":
        return f"classification with {count(facts.n_outputs, 'label')}"
    return f"classification into {facts.n_outputs} classes: {_some(facts.classes or ())}"


def _network(facts: Facts) -> list[str]:
    """The layers in their order, and what each has to learn."""
    if facts.network is None:
        return []
    name = f"{printable(facts.recipe)}: " if facts.recipe else ""
    nodes = facts.network.nodes
    names = [printable(node.name) for node in nodes[:MOST_LAYERS]]
    wide = max(map(len, names))
    rows = [
        [f"{name:{wide}}  {node.type}", _parameters(facts, node.name)] for name, node in zip(names, nodes, strict=False)
    ]
    rest = len(nodes) - len(rows)
    more = [f"... and {count(rest, 'layer')} more"] if rest else []
    return [f"{name}{count(facts.n_parameters, 'parameter')}", *aligned(rows), *more]


def _parameters(facts: Facts, layer: str) -> str:
    n_parameters = facts.layer_parameters.get(layer)
    return f"{n_parameters:,}" if n_parameters else ""


def _some(names: tuple) -> str:
    rest = len(names) - MOST_NAMES
    return ", ".join(map(str, names[:MOST_NAMES])) + (f" and {rest:,} more" if rest > 0 else "")


def _wrapped(text: str) -> list[str]:
    return wrap(printable(text), ROOM, subsequent_indent="  ")
