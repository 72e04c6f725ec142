"""Training settings that do not suit the task or the outputs."""

import pytest

import nnbuild

MULTICLASS = (
    "CategoricalCrossentropy, CategoricalFocalCrossentropy, CategoricalGeneralizedCrossEntropy, CategoricalHinge, "
    "SparseCategoricalCrossentropy"
)
DENSE = {"type": "Dense", "units": 3, "name": "last"}


def resolve(task, n_outputs=3, outputs="auto", **training):
    recipe = {"nnbuild": 1, "layers": [DENSE], "outputs": outputs, "training": training}
    return nnbuild.resolve(recipe, (4,), task=task, n_outputs=n_outputs)


def message(*arguments, **settings):
    with pytest.raises(nnbuild.RecipeError) as caught:
        resolve(*arguments, **settings)
    return str(caught.value)


def test_a_loss_of_another_task():
    assert message("multiclass", loss="mae") == (
        f"training.loss: MeanAbsoluteError does not suit a multiclass task\n  allowed: {MULTICLASS}"
    )


def test_a_loss_of_an_output_is_reported_at_that_output():
    outputs = {"kind": {"node": "last", "loss": "mse"}}
    assert message("multiclass", outputs=outputs) == (
        f"outputs.kind.loss: MeanSquaredError does not suit a multiclass task\n  allowed: {MULTICLASS}"
    )


def test_a_metric_of_another_task():
    assert message("regression", metrics=["mae", "auc"]) == (
        "training.metrics[1]: AUC does not suit a regression task\n"
        "  allowed: BinaryCrossentropy, ConcordanceCorrelation, CosineSimilarity, KLDivergence, LogCoshError, "
        "MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError, "
        "PearsonCorrelation, Poisson, R2Score, RootMeanSquaredError"
    )


def test_metrics_of_the_same_task():
    metrics = ["accuracy", "AUC", "F1Score", "SparseCategoricalAccuracy"]
    assert resolve("multiclass", metrics=metrics).training["metrics"] == metrics


def test_tokens_have_losses_and_metrics_of_their_own():
    recipe = {"nnbuild": 1, "layers": [DENSE], "training": {"loss": "categorical_crossentropy", "metrics": ["auc"]}}
    with pytest.raises(nnbuild.RecipeError) as caught:
        nnbuild.resolve(recipe, (7, 4), task="tokens", n_outputs=3)
    assert str(caught.value) == (
        "training.loss: CategoricalCrossentropy does not suit a tokens task\n"
        "  allowed: SparseCategoricalCrossentropy\n"
        "training.metrics[0]: AUC does not suit a tokens task\n"
        "  allowed: Accuracy, SparseCategoricalAccuracy, SparseCategoricalCrossentropy, SparseTopKCategoricalAccuracy"
    )


def test_class_weight_in_a_regression():
    assert message("regression", class_weight="balanced") == (
        "training.class_weight: a regression task does not support class_weight\n"
        "  hint: pass sample_weight to fit instead"
    )


def test_label_smoothing_of_numbers():
    assert message("regression", label_smoothing=0.1) == (
        "training.label_smoothing: label_smoothing requires a cross-entropy loss, got 'mean_squared_error'"
    )


def test_a_monitor_that_will_not_exist():
    assert message("multiclass", metrics=["auc"], early_stopping={"monitor": "val_acc"}) == (
        "training.early_stopping.monitor: unknown curve 'val_acc'\n"
        "  allowed: auc, loss, val_auc, val_loss\n"
        "  hint: did you mean 'val_auc'?"
    )


def test_one_class():
    assert message("multiclass", 1) == (
        "a multiclass task has 2 classes or more, got n_outputs=1\n  hint: use the task 'binary' for two classes"
    )
