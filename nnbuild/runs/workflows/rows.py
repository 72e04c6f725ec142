"""Table of the workflows: estimators, data files, commands and options of each.

The module needs only the standard library, so that unsupported commands are refused at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from nnbuild.tasks.rows import TASKS

SUPERVISED, SEGMENTATION, RECOMMENDER, FORECASTS = "supervised", "segmentation", "recommender", "forecasts"
SEVERAL_OUTPUTS = "several outputs"
LANGUAGE_MODEL, MASKED, TRANSLATOR = "language model", "masked language model", "translator"
FORECAST = "forecast"  # key in the notes of a model file
# Commands that depend on the estimator.
COMMANDS = (
    "train", "search", "evaluate", "predict", "gradients", "recommend", "generate", "translate", "show", "describe",
    "doctor", "export",
)  # fmt: skip
# Commands of one estimator.
OWN_COMMANDS = {"recommend": "NNRecommender", "generate": "NNLanguageModel", "translate": "NNTranslator"}


@dataclass(frozen=True)
class WorkflowRow:
    """Workflow of estimators that commands treat alike.

    Attributes
    ----------
    name : str
    estimators : tuple of str
        Names of the classes.
    task : str
        Task of their models; "" for any.
    title : str
        Estimators in words.
    data : str
        Contents of a data file.
    options : frozenset of str
        Supported options that not all workflows have, by their names in Python.
    refused : mapping of str to str
        Unsupported commands, each with the reason in a sentence.
    use : tuple of str
        Arguments of "nnbuild" that the report of a training suggests first, with {model} and {data}. It may be empty.
    use_effect : str
        Effect of this command, in words.
    has_probabilities : bool
        Whether `predict` may add probabilities, if the task has them.
    predicts_images : bool
        Whether `predict` writes a folder of images.
    unit : str
        Name of a sample of a data file.
    """

    name: str
    estimators: tuple[str, ...]
    title: str
    data: str
    task: str = ""
    options: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)
    use: tuple[str, ...] = ("predict", "{model}", "--data", "{data}")
    use_effect: str = "predictions for each row, as CSV"
    has_probabilities: bool = False
    predicts_images: bool = False
    unit: str = "row"

    def refusal(self, command: str) -> str:
        """Return the reason why a command does not support the estimators, as a sentence; "" if it does."""
        return self.refused.get(command, "")

    def supports(self, option: str) -> bool:
        """Return whether an option is for the estimators: one of their own, or one that no workflow has for itself."""
        return option in self.options or not any(option in one.options for one in _ROWS)

    def predicts_probabilities(self, task: str) -> bool:
        """Return whether models of a task predict probabilities."""
        return self.has_probabilities and (TASKS[task].has_probabilities or TASKS[task].has_parts)


def workflow_of(estimators: Sequence[str] = (), task: str = "", is_forecast: bool = False) -> WorkflowRow:
    """Return the workflow of a recipe or of a model.

    Parameters
    ----------
    estimators : sequence of str
        Estimators of a recipe, or the class of a model. Without any, the data select a classifier or a regressor.
    task : str
        Task of the recipe or the model; "" if it is not fixed.
    is_forecast : bool, default=False
        Whether samples are windows of a series.

    Examples
    --------
    >>> workflow_of(["NNRecommender"]).name, workflow_of().name
    ('recommender', 'supervised')
    """
    if is_forecast:
        return WORKFLOW_ROWS[FORECASTS]
    if not estimators:
        return WORKFLOW_ROWS[SUPERVISED]
    found = {one.task: one for one in _ROWS if estimators[0] in one.estimators and one.name != FORECASTS}
    return found.get(task, found.get("", next(iter(found.values()))))


def fixed_task(estimators: Sequence[str]) -> str | None:
    """Return "classification" or "regression" if a recipe is for one of them only, else None."""
    tasks = {_TASK_OF.get(name) for name in estimators}
    return tasks.pop() if len(tasks) == 1 else None


def _in_python(command: str, title: str, more: str = "") -> str:
    return f"`nnbuild {command}` does not support {title}: use it in Python{more}"


_TASK_OF = {"NNClassifier": "classification", "NNRegressor": "regression"}
_READING = frozenset({"drop", "decimal", "thousands", "dates"})
_MASKS = frozenset({"masks", "class_names", "size", "test_masks"})
_WINDOWS = frozenset({"lags", "horizon", "time"})
_TEXTS = "a text file, a folder of text files, or a table with a column of texts"
_TEXT_OPTIONS = frozenset({"column", "by_line"})
_TABLES = frozenset({"targets", "task", "drop_missing_target", "prepare", "scale_target", "members", "pretrained"})


def _with_own_commands(row: WorkflowRow) -> WorkflowRow:
    """Return a row that refuses the commands of other estimators."""
    others = {command: name for command, name in OWN_COMMANDS.items() if name not in row.estimators}
    refused = {command: f"`nnbuild {command}` is only for models of {name}" for command, name in others.items()}
    return replace(row, refused={**row.refused, **refused})


_DRAFTS = (
    WorkflowRow(
        SUPERVISED,
        ("NNClassifier", "NNRegressor"),
        "NNClassifier and NNRegressor",
        "a table with features and targets, arrays X and y, or a folder of images",
        options=_READING | _TABLES,
        has_probabilities=True,
    ),
    WorkflowRow(
        SEGMENTATION,
        ("NNClassifier",),
        "segmentation (NNClassifier)",
        "a folder of images, with a folder of masks as --masks FOLDER",
        task="segmentation",
        options=_MASKS | {"members"},
        refused={
            "search": _in_python("search", "segmentation", ", in GridSearchCV with scoring=make_scorer(mean_iou)"),
        },
        use=("predict", "{model}", "--data", "{data}", "--out", "predictions"),
        use_effect="a folder with a PNG file of class indices for each image",
        predicts_images=True,
        unit="image",
    ),
    WorkflowRow(
        FORECASTS,
        ("NNRegressor",),
        "forecasts with --lags (NNRegressor)",
        "a table with a row for each time",
        task="regression",
        options=_READING | _WINDOWS | {"targets", "scale_target", "members"},
        refused={
            "search": _in_python("search", "forecasts", ", in GridSearchCV with make_windows and TimeSeriesSplit"),
        },
        use_effect="the rows after those of the file, as CSV",
    ),
    WorkflowRow(
        SEVERAL_OUTPUTS,
        ("NNMultiOutput",),
        "NNMultiOutput",
        "a table with features and targets of several outputs",
        options=_READING | (_TABLES - {"task"}),
        refused={"search": _in_python("search", "NNMultiOutput", ", in GridSearchCV")},
        has_probabilities=True,
    ),
    WorkflowRow(
        RECOMMENDER,
        ("NNRecommender",),
        "NNRecommender",
        "a table with a column of users and a column of items",
        options=_READING | {"weight", "members"},
        use=("recommend", "{model}", "--data", "{data}"),
        use_effect="the best items for each user, as CSV",
        refused={"search": _in_python("search", "NNRecommender", ", in GridSearchCV with cv=[leave_one_out(X)]")},
    ),
    WorkflowRow(
        LANGUAGE_MODEL,
        ("NNLanguageModel",),
        "NNLanguageModel",
        _TEXTS,
        options=_TEXT_OPTIONS,
        refused={
            "search": _in_python("search", "NNLanguageModel", ", in GridSearchCV with a list of texts"),
            "predict": "`nnbuild predict` does not support NNLanguageModel: continue texts with `nnbuild generate`",
        },
        unit="character",
        use=("generate", "{model}"),
        use_effect="a new text",
    ),
    WorkflowRow(
        MASKED,
        ("NNMaskedLanguageModel",),
        "NNMaskedLanguageModel",
        _TEXTS,
        options=_TEXT_OPTIONS,
        refused={
            "search": _in_python("search", "NNMaskedLanguageModel", ", in GridSearchCV with a list of texts"),
            "predict": (
                "`nnbuild predict` does not support NNMaskedLanguageModel, which pretrains a network: "
                "pass its model file to `nnbuild train --pretrained`"
            ),
        },
        unit="character",
        use=(),
    ),
    WorkflowRow(
        TRANSLATOR,
        ("NNTranslator",),
        "NNTranslator",
        "a table with a column of source texts and a column of target texts",
        options=frozenset({"column", "targets", "members"}),
        refused={"search": _in_python("search", "NNTranslator", ", in GridSearchCV")},
        use=("translate", "{model}", "TEXT"),
        use_effect="the translation of a text",
    ),
)
_ROWS = tuple(map(_with_own_commands, _DRAFTS))
WORKFLOW_ROWS: Mapping[str, WorkflowRow] = {row.name: row for row in _ROWS}
