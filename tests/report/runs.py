"""Training runs made by hand: of few and many classes, odd names, one epoch, a divergence, quantities."""

import json
import random
from math import exp, inf, nan

from nnbuild.diagnosis.findings import Finding, Remedy
from nnbuild.diagnosis.kinds import FINDING_KINDS
from nnbuild.records import History, frozen_mapping
from nnbuild.report.run import RunReport
from nnbuild.report.scores import Classified, ClassScore, Labelled, Measured, Score, Scores
from report import plans

ODD_LABELS = ("<script>alert('1')</script>", '"quoted" & $x^2$', "\N{CAT FACE} cat", "a class of a very long name " * 2)
RECIPE = json.dumps({"nnbuild": 1, "name": "digits_mlp", "layers": [{"type": "Dense", "units": 128}]}, indent=2)


def history(n_epochs=40, metric="accuracy", best=None):
    """Falling losses, and a validation that is best at `best`."""
    loss = [2.2 * exp(-epoch / 6) + 0.05 for epoch in range(n_epochs)]
    best = best or max(1, round(0.7 * n_epochs))
    val_loss = [value + 0.1 + 0.004 * max(0, epoch - best + 1) for epoch, value in enumerate(loss)]
    curves = {"loss": loss, metric: [1 - value / 2.5 for value in loss]}
    curves |= {"val_loss": val_loss, f"val_{metric}": [1 - value / 2.5 for value in val_loss]}
    stopped = "epochs" if best == n_epochs else "early_stopping"
    return History(frozen_mapping({name: tuple(values) for name, values in curves.items()}), best, stopped, 12.34)


def diverged():
    curves = {"loss": (2.5, 80.0, 4e7, inf, nan), "val_loss": (2.7, 95.0, 3e8, inf, nan)}
    return History(frozen_mapping(curves), 1, "diverged", 0.8)


def classified(labels, n_rows=360, sure=0.9, seed=0):
    """Mostly right predictions; wrong ones are one of the next two classes."""
    rng = random.Random(seed)
    n = len(labels)
    counts = [[0] * n for _ in labels]
    for _ in range(n_rows):
        true = rng.randrange(n)
        counts[true][true if rng.random() < sure else (true + rng.choice([1, 1, 2])) % n] += 1
    return Classified(tuple(labels), tuple(map(tuple, counts)), tuple(0.05 + 0.02 * index for index in range(n)))


def measured(n_rows=400, outliers=0, seed=0):
    rng = random.Random(seed)
    true = [rng.uniform(50, 350) for _ in range(n_rows)]
    predicted = [value + rng.gauss(0, 25) for value in true]
    for row in range(outliers):
        true[row], predicted[row] = (25_000.0, 180.0) if row % 2 else (200.0, -9_000.0)
    return Measured("price", tuple(true), tuple(predicted), "kEUR")


def labelled():
    return Labelled((ClassScore("red", 30, 0.9, 0.8, 0.847, 0.21), ClassScore("round", 0, nan, nan, nan, nan)))


def report(outcome, training=None, title="digits_mlp", **others):
    values = (Score("accuracy", 0.9722, 0.1028), Score("log_loss", 0.10312, 2.3021))
    if isinstance(outcome, Measured):
        values = (Score("r2", 0.9134, 0.0), Score("mean_absolute_error", 19.87, 71.4, outcome.unit))
    baseline = "the shares of their classes" if isinstance(outcome, Classified) else "their mean"
    report = {
        "title": title,
        "recipe": RECIPE,
        "plan": plans.stack(),
        "data": frozen_mapping({"data": "digits: 1,797 rows of 64 columns", "rows": "1,437 to train, 360 to test"}),
        "history": training or history(),
        "scores": Scores(360, values, baseline, (outcome,)),
        "columns": (("pixel_0", "number, constant; this is omitted"), ("pixel_1", "number, scaled")),
        "seed": 0,
        "versions": frozen_mapping({"nnbuild": "0.1.0", "keras": "3.15.1", "tensorflow": "2.21.0"}),
        "commands": (("nnbuild describe digits_mlp --input 64 --outputs 10", "sizes of every layer"),),
        "files": (("model", "demo/digits_mlp.nnb"), ("this page", "demo/digits_mlp.html")),
    }
    return RunReport(**{**report, **others})


def finding(code, severity, evidence, remedies=()):
    kind = FINDING_KINDS[code]
    return Finding(code, severity, kind.title, evidence, kind.meaning, remedies)


def overfitted():
    """A run with findings of each severity and odd texts."""
    commands = (
        Remedy(f"nnbuild train x --set dropout={ODD_LABELS[0]}", "drops half of the units"),
        Remedy("b", ODD_LABELS[1]),
    )
    found = (
        finding(
            "overfitting",
            "error",
            ("accuracy 1.000 on training rows, 0.675 on 40 test rows (baseline 0.500)", ODD_LABELS[0]),
            commands,
        ),
        finding(
            "better_epoch",
            "warning",
            ("val_loss of 80 rows was lowest in epoch 17 (0.679); the kept epoch 100 has 0.93",),
        ),
        finding("still_improving", "hint", ("loss fell from 0.6 to 0.5 in the last epoch",)),
    )
    values = (
        Score("accuracy", 0.675, 0.5, error=0.07, training=1.0, gap_error=0.07),
        Score("log_loss", 1.5, 0.69, training=0.001),
    )
    return report(
        classified(["no", "yes"], 40), findings=found, scores=Scores(40, values, "the shares of their classes")
    )


def hostile():
    """A run with odd texts everywhere."""
    odd = ODD_LABELS[0]
    return report(
        None,
        title=odd,
        recipe=odd,
        plan=plans.hostile(),
        data=frozen_mapping({odd: odd}),
        columns=((odd, odd),),
        versions=frozen_mapping({odd: odd}),
        commands=((odd, odd),),
        files=((odd, odd),),
        scores=Scores(100, (Score(odd, nan, inf, odd),), odd, (classified(ODD_LABELS, 100),)),
    )


ALL = {
    "two classes": lambda: report(classified(["no", "yes"])),
    "thirty classes": lambda: report(classified([f"species number {index}" for index in range(30)], 3000)),
    "a hundred classes": lambda: report(classified([str(index) for index in range(100)], 20_000, 0.7)),
    "one epoch": lambda: report(classified(["no", "yes"]), history(1)),
    "diverged": lambda: report(classified(["no", "yes"]), diverged()),
    "outliers": lambda: report(measured(outliers=3), history(metric="mae")),
    "labels": lambda: report(labelled()),
    "odd names": hostile,
    "findings": overfitted,
}
