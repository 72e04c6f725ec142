"""Losses and metrics: one row per class, in alphabetical order."""

from __future__ import annotations

from nnbuild.catalog.facts.rows import LossFacts, MetricFacts

# Heads: an exponential is the log link of generalized linear models: predictions of any size are a few units away.
# Percentages of errors and deviances of a gamma distribution are the same for a target that is divided by a number, and
# those of a Tweedie distribution are divided too; no shifted target has this property.
# Stacked: not the losses of a batch as a whole (CTC, Circle, Dice, Tversky), where rows of padding would count, nor the
# hinges that infer the encoding of labels from the whole batch.
# fmt: off
LOSSES: dict[str, LossFacts] = {
    "BinaryCrossentropy": LossFacts(
        probabilities="sigmoid", targets=("labels", "numbers"), head=("sigmoid", "none", "shares"), stacked=True,
    ),
    "BinaryFocalCrossentropy": LossFacts(probabilities="sigmoid", targets=("labels",), stacked=True),
    "CTC": LossFacts(other_shapes=True),
    "CategoricalCrossentropy": LossFacts(probabilities="softmax", targets=("classes",), one_hot=True, stacked=True),
    "CategoricalFocalCrossentropy": LossFacts(
        probabilities="softmax", targets=("classes",), one_hot=True, stacked=True,
    ),
    "CategoricalGeneralizedCrossEntropy": LossFacts(
        probabilities="softmax", targets=("classes",), class_numbers=True, stacked=True,
    ),
    "CategoricalHinge": LossFacts(targets=("classes",), one_hot=True, stacked=True),
    "Circle": LossFacts(other_shapes=True),
    "CosineSimilarity": LossFacts(targets=("numbers",), head=("linear", "none", "directions"), stacked=True),
    "Dice": LossFacts(targets=("labels", "regions"), one_hot=True),
    "Gamma": LossFacts(
        own=True, targets=("numbers",), head=("exponential", "divided", "positive"), logarithm=True, stacked=True,
    ),
    "Hinge": LossFacts(targets=("labels",)),
    "Huber": LossFacts(targets=("numbers",), stacked=True),
    "KLDivergence": LossFacts(
        probabilities="softmax", targets=("numbers",), head=("softmax", "none", "distributions"), stacked=True,
    ),
    "LogCosh": LossFacts(targets=("numbers",), stacked=True),
    "MeanAbsoluteError": LossFacts(targets=("labels", "numbers"), stacked=True),
    "MeanAbsolutePercentageError": LossFacts(
        targets=("numbers",), head=("linear", "divided", "not zero"), stacked=True,
    ),
    "MeanSquaredError": LossFacts(targets=("labels", "numbers"), stacked=True),
    "MeanSquaredLogarithmicError": LossFacts(
        targets=("numbers",), head=("exponential", "none", "not negative"), stacked=True,
    ),
    "Poisson": LossFacts(
        targets=("numbers",), head=("exponential", "none", "not negative"), logarithm=True, stacked=True,
    ),
    "Quantile": LossFacts(
        own=True, targets=("numbers",), head=("OrderedQuantiles", "standard", "any"), per_target=("quantiles", 0.5),
        stacked=True,
    ),
    "SparseCategoricalCrossentropy": LossFacts(
        probabilities="softmax", targets=("classes", "tokens"), class_numbers=True, stacked=True,
    ),
    "SquaredHinge": LossFacts(targets=("labels",)),
    "Tversky": LossFacts(targets=("labels", "regions"), one_hot=True),
    "Tweedie": LossFacts(
        own=True, targets=("numbers",), head=("exponential", "divided", "not negative"), logarithm=True, stacked=True,
    ),
}

METRICS: dict[str, MetricFacts] = {
    "AUC": MetricFacts(targets=("columns",), improves="up", one_hot=True, clash="thresholds"),
    "Accuracy": MetricFacts(targets=("classes", "labels", "tokens"), improves="up", stacked=True),
    "BinaryAccuracy": MetricFacts(targets=("columns",), improves="up", one_hot=True, stacked=True),
    "BinaryCrossentropy": MetricFacts(targets=("labels", "numbers"), improves="down", stacked=True),
    "BinaryIoU": MetricFacts(targets=("labels",), improves="up", overlaps=True),
    "CategoricalAccuracy": MetricFacts(targets=("classes",), improves="up", one_hot=True, stacked=True),
    "CategoricalCrossentropy": MetricFacts(targets=("classes",), improves="down", one_hot=True, stacked=True),
    "CategoricalHinge": MetricFacts(targets=("classes",), improves="down", one_hot=True),
    "ConcordanceCorrelation": MetricFacts(targets=("numbers",), improves="up"),
    "CosineSimilarity": MetricFacts(targets=("numbers",), improves="up"),
    "F1Score": MetricFacts(targets=("columns",), improves="up", one_hot=True),
    "FBetaScore": MetricFacts(targets=("columns",), improves="up", one_hot=True),
    "FalseNegatives": MetricFacts(targets=("columns",), improves="down", one_hot=True),
    "FalsePositives": MetricFacts(targets=("columns",), improves="down", one_hot=True),
    "Hinge": MetricFacts(targets=("labels",), improves="down"),
    "IoU": MetricFacts(improves="up", overlaps=True, clash="class_ids"),
    "KLDivergence": MetricFacts(targets=("numbers",), improves="down"),
    "LogCoshError": MetricFacts(targets=("numbers",), improves="down"),
    "MeanAbsoluteError": MetricFacts(targets=("labels", "numbers"), improves="down", stacked=True),
    "MeanAbsolutePercentageError": MetricFacts(targets=("numbers",), improves="down", stacked=True),
    "MeanIoU": MetricFacts(improves="up", overlaps=True),
    "MeanSquaredError": MetricFacts(targets=("labels", "numbers"), improves="down", stacked=True),
    "MeanSquaredLogarithmicError": MetricFacts(targets=("numbers",), improves="down", stacked=True),
    "OneHotIoU": MetricFacts(targets=("classes",), improves="up", one_hot=True, overlaps=True, clash="class_ids"),
    "OneHotMeanIoU": MetricFacts(targets=("classes",), improves="up", one_hot=True, overlaps=True),
    "PearsonCorrelation": MetricFacts(targets=("numbers",), improves="up"),
    "Poisson": MetricFacts(targets=("numbers",), improves="down"),
    "Precision": MetricFacts(targets=("columns",), improves="up", one_hot=True),
    "PrecisionAtRecall": MetricFacts(targets=("columns",), improves="up", one_hot=True),
    "R2Score": MetricFacts(targets=("numbers",), improves="up"),
    "Recall": MetricFacts(targets=("columns",), improves="up", one_hot=True),
    "RecallAtPrecision": MetricFacts(targets=("columns",), improves="up", one_hot=True),
    "RootMeanSquaredError": MetricFacts(targets=("labels", "numbers"), improves="down", stacked=True),
    "SensitivityAtSpecificity": MetricFacts(targets=("columns",), improves="up", one_hot=True),
    "SparseCategoricalAccuracy": MetricFacts(targets=("classes", "tokens"), improves="up", stacked=True),
    "SparseCategoricalCrossentropy": MetricFacts(targets=("classes", "tokens"), improves="down", stacked=True),
    "SparseTopKCategoricalAccuracy": MetricFacts(targets=("classes", "tokens"), improves="up"),
    "SpecificityAtSensitivity": MetricFacts(targets=("columns",), improves="up", one_hot=True),
    "SquaredHinge": MetricFacts(targets=("labels",), improves="down"),
    "TopKCategoricalAccuracy": MetricFacts(targets=("classes",), improves="up", one_hot=True),
    "TrueNegatives": MetricFacts(targets=("columns",), improves="up", one_hot=True),
    "TruePositives": MetricFacts(targets=("columns",), improves="up", one_hot=True),
}

# fmt: on
