"""Table of estimator classes, for model files and checks of names without an import of scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EstimatorRow:
    """Estimator class.

    Attributes
    ----------
    name, module : str
        Names of the class and its module.
    tasks : tuple of str
        Tasks that its model files may have.
    members : frozenset of str
        Its own methods and fitted attributes, in addition to those of all estimators. Params must not have these names.
    takes_pairs : bool
        Whether X contains pairs of a user and an item.
    title : str
        Description of the task; "" for the title of the task itself.
    version : int
        First version of model files that contain the class.
    """

    name: str
    module: str
    tasks: tuple[str, ...]
    members: frozenset[str]
    takes_pairs: bool = False
    title: str = ""
    version: int = 1

    @property
    def trained_tasks(self) -> tuple[str, ...]:
        """Tasks with a network."""
        return tuple(task for task in self.tasks if task != "constant")


_OF_TEXTS = frozenset({"bootstrap", "n_members", "prepare", "pretrained", "vocabulary_"})
_OF_SAMPLES = frozenset({"predict", "set_score_request"})
_ROWS = (
    EstimatorRow(
        "NNClassifier",
        "nnbuild.estimators.classifier",
        ("binary", "constant", "multiclass", "multilabel", "segmentation"),
        _OF_SAMPLES | {"partial_fit", "predict_proba", "set_partial_fit_request"},
    ),
    EstimatorRow(
        "NNLanguageModel",
        "nnbuild.estimators.language_model",
        ("tokens",),
        _OF_TEXTS | {"bits_per_character", "generate", "perplexity", "predict_proba"},
        title="prediction of the next token",
    ),
    EstimatorRow(
        "NNMaskedLanguageModel",
        "nnbuild.estimators.masked_language_model",
        ("tokens",),
        _OF_TEXTS | {"bits_per_token"},
        title="prediction of masked tokens",
    ),
    EstimatorRow(
        "NNMultiOutput",
        "nnbuild.estimators.multioutput",
        ("multioutput",),
        _OF_SAMPLES | {"predict_proba"},
        version=4,
    ),
    EstimatorRow(
        "NNRecommender",
        "nnbuild.estimators.recommender",
        ("binary",),
        _OF_SAMPLES | {"items_", "pretrained", "recommend"},
        takes_pairs=True,
        title="recommendation of items to users",
    ),
    EstimatorRow(
        "NNRegressor",
        "nnbuild.estimators.regressor",
        ("regression",),
        _OF_SAMPLES | {"partial_fit", "predict_quantiles", "set_partial_fit_request", "set_predict_request"},
    ),
    EstimatorRow(
        "NNTranslator",
        "nnbuild.estimators.translator",
        ("tokens",),
        _OF_SAMPLES | {"predict_candidates", "pretrained"},
        title="translation of texts",
    ),
)
ESTIMATORS = {row.name: row for row in _ROWS}
# Public fitted attributes. Params of a recipe must not have these names.
ATTRIBUTES = frozenset(
    {
        "auto_reason_", "auto_recipe_", "best_epoch_", "classes_", "feature_names_in_", "history_", "loss_weights_",
        "member_weights_", "members_", "model_", "neighbor_weight_",
        "n_features_in_", "n_iter_", "n_outputs_", "oof_prediction_", "oof_score_", "preparation_",
        "pretrained_layers_", "recipe_", "target_transforms_", "tasks_", "temperature_",
    }
)  # fmt: skip
# Fitted attributes and methods of all estimators. Params of a recipe must not have these names.
RESERVED_NAMES = ATTRIBUTES | {
    "diagnose", "export", "fit", "fit_transform", "get_feature_names_out", "get_metadata_routing", "get_params", "save",
    "score", "set_callbacks", "set_fit_request", "set_output", "set_params", "set_transform_request",
    "set_weights_from", "transform",
}  # fmt: skip
