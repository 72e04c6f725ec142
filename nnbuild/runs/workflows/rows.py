"""Table of the workflows: estimators, data files, commands and options of each.

The module needs only the standard library, so that unsupported commands are refused at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nnbuild.tasks.rows import TASKS

SUPERVISED, SEGMENTATION, RECOMMENDER = "supervised", "segmentation", "recommender"
SEVERAL_OUTPUTS = "several outputs"
LANGUAGE_MODEL, MASKED, TRANSLATOR = "language model", "masked language model", "translator"
# Commands that depend on the estimator.
COMMANDS = ("train", "search", "evaluate", "predict", "gradients", "recommend", "show", "describe", "export")


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
    has_probabilities : bool
        Whether `predict` may add probabilities, if the task has them.
    """

    name: str
    estimators: tuple[str, ...]
    title: str
    data: str
    task: str = ""
    options: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)
    has_probabilities: bool = False

    def refusal(self, command: str) -> str:
        """Return the reason why a command does not support the estimators, as a sentence; "" if it does."""
        return self.refused.get(command, "")

    def supports(self, option: str) -> bool:
        """Return whether an option is for the estimators: one of their own, or one that no workflow has for itself."""
        return option in self.options or not any(option in one.options for one in _ROWS)

    def predicts_probabilities(self, task: str) -> bool:
        """Return whether models of a task predict probabilities."""
        return self.has_probabilities and (TASKS[task].has_probabilities or TASKS[task].has_parts)


def workflow_of(estimators: Sequence[str] = (), task: str = "") -> WorkflowRow:
    """Return the workflow of a recipe or of a model.

    Parameters
    ----------
    estimators : sequence of str
        Estimators of a recipe, or the class of a model. Without any, the data select a classifier or a regressor.
    task : str
        Task of the recipe or the model; "" if it is not fixed.

    Examples
    --------
    >>> workflow_of(["NNRecommender"]).name, workflow_of().name
    ('recommender', 'supervised')
    """
    if not estimators:
        return WORKFLOW_ROWS[SUPERVISED]
    found = {one.task: one for one in _ROWS if estimators[0] in one.estimators}
    return found.get(task, found.get("", next(iter(found.values()))))


def fixed_task(estimators: Sequence[str]) -> str | None:
    """Return "classification" or "regression" if a recipe is for one of them only, else None."""
    tasks = {_TASK_OF.get(name) for name in estimators}
    return tasks.pop() if len(tasks) == 1 else None


def _in_python(command: str, title: str, more: str = "") -> str:
    return f"`nnbuild {command}` does not support {title}: use it in Python{more}"


_ONLY_RECOMMENDERS = {"recommend": "`nnbuild recommend` is only for models of NNRecommender"}
_TASK_OF = {"NNClassifier": "classification", "NNRegressor": "regression"}
_READING = frozenset({"drop", "decimal", "thousands", "dates"})
_TABLES = frozenset({"targets", "task", "drop_missing_target", "prepare", "scale_target", "members"})


def _unsupported(title: str) -> dict[str, str]:
    """Return the sentences for estimators that are only shown, described and exported."""
    commands = ("train", "search", "evaluate", "predict", "gradients")
    return {name: _in_python(name, title) for name in commands} | _ONLY_RECOMMENDERS


_ROWS = (
    WorkflowRow(
        SUPERVISED,
        ("NNClassifier", "NNRegressor"),
        "NNClassifier and NNRegressor",
        "a table with features and targets, arrays X and y, or a folder of images",
        options=_READING | _TABLES,
        refused=_ONLY_RECOMMENDERS,
        has_probabilities=True,
    ),
    WorkflowRow(
        SEGMENTATION,
        ("NNClassifier",),
        "segmentation (NNClassifier)",
        "images with masks",
        task="segmentation",
        refused=_unsupported("segmentation"),
    ),
    WorkflowRow(
        SEVERAL_OUTPUTS,
        ("NNMultiOutput",),
        "NNMultiOutput",
        "a table with features and targets of several outputs",
        options=_READING | {"targets", "drop_missing_target", "prepare", "scale_target", "members"},
        refused={"search": _in_python("search", "NNMultiOutput", ", in GridSearchCV"), **_ONLY_RECOMMENDERS},
        has_probabilities=True,
    ),
    WorkflowRow(
        RECOMMENDER,
        ("NNRecommender",),
        "NNRecommender",
        "a table with a column of users and a column of items",
        options=_READING | {"weight", "members"},
        refused={"search": _in_python("search", "NNRecommender", ", in GridSearchCV with cv=[leave_one_out(X)]")},
    ),
    WorkflowRow(
        LANGUAGE_MODEL,
        ("NNLanguageModel",),
        "NNLanguageModel",
        "a text",
        refused=_unsupported("NNLanguageModel"),
    ),
    WorkflowRow(
        MASKED,
        ("NNMaskedLanguageModel",),
        "NNMaskedLanguageModel",
        "a text",
        refused=_unsupported("NNMaskedLanguageModel"),
    ),
    WorkflowRow(
        TRANSLATOR,
        ("NNTranslator",),
        "NNTranslator",
        "a table with a column of texts and a column of translations",
        refused=_unsupported("NNTranslator"),
    ),
)
WORKFLOW_ROWS: Mapping[str, WorkflowRow] = {row.name: row for row in _ROWS}
