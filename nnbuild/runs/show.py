"""Implementation of `nnbuild show`: the facts of a model file as text and JSON, without building a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap

from nnbuild.diagnosis.findings import Finding, findings_document, findings_from_document
from nnbuild.diagnosis.training_findings import findings
from nnbuild.estimators.findings import training_record
from nnbuild.estimators.rows import ESTIMATORS
from nnbuild.report.cells import ROOM, table_lines
from nnbuild.report.outline_text import network_outline, value_text
from nnbuild.report.terminal import finding_lines, sections_text, training_lines, wrapped
from nnbuild.report.units import counted, data_size, first_names, number, printable
from nnbuild.runs.workflows.rows import workflow_of
from nnbuild.saved.model_info import ModelInfo
from nnbuild.tasks.rows import TASKS

MAX_LAYERS = 40
MAX_NAMES = 12  # listed classes or columns
SETTINGS = ("optimizer", "loss", "batch_size", "early_stopping", "class_weight", "label_smoothing", "precision")
NOTED = ("source", "targets", "task", "reason", "n_train", "n_test", "test_source", "columns")


def facts_text(facts: ModelInfo) -> str:
    """Return the facts of a model file as text: data, network, training and scores."""
    return sections_text(_sections(facts))


def facts_document(facts: ModelInfo) -> dict:
    """Return the facts of a model file as JSON values."""
    history, network = facts.history, facts.network
    training = history and {
        "seed": facts.seed,
        "n_members": facts.n_members,
        "n_epochs": history.n_epochs,
        "best_epoch": history.best_epoch,
        "stopped": history.stopped,
        "elapsed_s": history.elapsed_s,
    }
    return {
        "path": facts.path,
        "model": facts.path,
        "n_bytes": facts.n_bytes,
        "written": facts.written.isoformat(timespec="seconds"),
        "estimator": facts.estimator,
        "task": facts.task,
        "recipe": facts.recipe,
        "reason": facts.reason,
        "params": facts.params,
        "left_out": facts.left_out,
        "classes": facts.classes,
        "target_transforms": facts.target_transforms,
        "feature_names": facts.feature_names,
        "n_features": facts.n_features,
        "n_parameters": facts.n_parameters,
        "layers": [{"name": node.name, "type": node.type} for node in network.nodes] if network else [],
        "data": _noted_data(facts.notes),
        "training": training,
        "curves": history.curves if history else {},
        "findings": findings_document(findings_of(facts)),
        "metrics": facts.metrics,
        "notes": facts.notes,
        "versions": facts.versions,
    }


def _noted_data(notes: Mapping) -> dict | None:
    """Return the facts about the data that `nnbuild train` stored; None for a model saved in Python."""
    names = ("source", "targets", "task", "reason", "n_train", "n_test")
    return {name: notes[name] for name in names} if all(name in notes for name in names) else None


def findings_of(facts: ModelInfo) -> tuple[Finding, ...]:
    """Return the findings in the notes of the file, or for a model saved in Python those about its curves."""
    if "findings" in facts.notes or facts.history is None or facts.network is None:
        return findings_from_document(facts.notes.get("findings"))
    return findings(training_record(facts.history, facts.network.training))


def _sections(facts: ModelInfo) -> Iterator[tuple[str, list[str]]]:
    notes = {name: value for name, value in facts.notes.items() if value not in (None, "")}
    training_metrics = notes.pop("training_metrics", {})
    notes.pop("findings", None)
    written = facts.written.astimezone().strftime("%Y-%m-%d %H:%M")
    yield "model", wrapped(f"{facts.path}: {facts.estimator}, {data_size(facts.n_bytes)}, written {written}")
    yield "recipe", wrapped(f"{facts.recipe}, because {facts.reason}") if facts.reason else []
    yield "findings", finding_lines(findings_of(facts))
    yield from _data(facts, notes)
    yield "network", _network(facts)
    if facts.network:
        training = facts.network.training
        values = (f"{name}={value_text(training[name])}" for name in SETTINGS if training[name])
        yield "settings", wrapped(", ".join(values))
    yield "training", training_lines(facts.history, facts.n_members, facts.combination) if facts.history else []
    yield "scores", _score_lines(facts.metrics, training_metrics)
    yield "notes", [line for name, value in notes.items() for line in wrapped(f"{name}: {value_text(value)}")]
    yield "versions", wrapped(", ".join(f"{name} {version}" for name, version in facts.versions.items()))


def _score_lines(metrics: Mapping[str, float], training_metrics: object) -> list[str]:
    """Return scores by name, with those on training samples if the notes have them."""
    noted = training_metrics if isinstance(training_metrics, Mapping) else {}
    rows = [
        (printable(name.replace("_", " ")), number(value), _seen(noted.get(name))) for name, value in metrics.items()
    ]
    return table_lines(rows, width=ROOM, n_words=1) if rows else []


def _seen(value: object) -> str:
    return f"(training set {number(value)})" if isinstance(value, float) else ""


def _data(facts: ModelInfo, notes: dict[str, object]) -> Iterator[tuple[str, list[str]]]:
    """Remove the facts about the data from the notes, and yield them."""
    match notes:
        case {"source": str(source), "targets": list(targets), "n_train": int(n_train), "n_test": int(n_test)}:
            yield "data", wrapped(f"{source} -> {', '.join(map(str, targets))}" if targets else source)
            yield "task", wrapped(f"{_task(facts)}{_because(notes)}")
            where = f" of {notes['test_source']}" if notes.get("test_source", source) != source else ""
            unit = workflow_of([facts.estimator], facts.task).unit
            yield f"{unit}s", wrapped(f"{n_train:,} to train, {n_test:,}{where} to test")
            for name in NOTED:
                notes.pop(name, None)
        case _:
            yield "task", wrapped(_task(facts))
    if facts.target_transforms:
        yield "targets", wrapped("; ".join(facts.target_transforms))
    if facts.feature_names:
        yield "columns", wrapped(f"{len(facts.feature_names):,}: {first_names(facts.feature_names, MAX_NAMES)}")


def _because(notes: dict[str, object]) -> str:
    return f", {notes['reason']}" if "reason" in notes else ""


def _task(facts: ModelInfo) -> str:
    if title := ESTIMATORS[facts.estimator].title:
        return title
    task = TASKS[facts.task]
    words = task.in_words(facts.n_outputs)
    return f"{words}: {first_names(facts.classes or (), MAX_NAMES)}" if task.has_classes and task.is_trained else words


def _network(facts: ModelInfo) -> list[str]:
    """Return the layers in order, with their numbers of parameters."""
    if facts.network is None:
        return []
    name = f"{facts.recipe}: " if facts.recipe else ""
    each = f"{facts.n_members} members, each of " if facts.n_members > 1 else ""
    lines = network_outline(facts.network, facts.layer_parameters).splitlines()
    rest = len(lines) - MAX_LAYERS
    more = [f"... and {counted(rest, 'layer')} more"] if rest > 0 else []
    shown = [part for line in lines[:MAX_LAYERS] for part in wrap(line, ROOM, subsequent_indent="    ")]
    return [*wrapped(f"{name}{each}{counted(facts.n_parameters, 'parameter')}"), *shown, *more]
