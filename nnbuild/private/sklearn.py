"""Private names of scikit-learn: each function names the public interface that it replaces."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer
from sklearn.utils import _safe_indexing, estimator_html_repr
from sklearn.utils._set_output import _get_container_adapter
from sklearn.utils.metadata_routing import MetadataRequest, _MetadataRequester
from sklearn.utils.validation import _check_feature_names_in, _check_sample_weight


def check_sample_weight(weights: Any, rows: Any, ensure_non_negative: bool = False) -> np.ndarray:
    """Return sample weights as an array of shape (n_samples,), or raise scikit-learn's ValueError.

    Replaces `check_array`, whose messages differ from those of scikit-learn's estimators.
    """
    return _check_sample_weight(weights, rows, ensure_non_negative=ensure_non_negative)


def check_input_features(estimator: Any, input_features: Any) -> None:
    """Raise scikit-learn's ValueError if names differ from those of the features in `fit`; None is allowed.

    Replaces `get_feature_names_out` of scikit-learn's mixins, which also determine the output names.
    """
    _check_feature_names_in(estimator, input_features, generate_names=False)


def in_container(features: np.ndarray, X: Any, names: Callable[[], np.ndarray], estimator: Any) -> Any:
    """Return features in the container of `set_output`, with column names and the index of X; unchanged by default.

    Replaces the wrapper of `TransformerMixin`, which calls `get_feature_names_out` without arguments.
    """
    adapter = _get_container_adapter("transform", estimator)
    return features if adapter is None else adapter.create_container(features, X, columns=names)


class ExtendedHTML:
    """Mixin that adds the result of `_more_html` to the HTML form of an estimator. It must precede `BaseEstimator`.

    Replaces `_repr_html_` and `_repr_mimebundle_`, both of which depend on `sklearn.config_context(display=...)`.
    """

    def _html_repr(self) -> str:
        return estimator_html_repr(self) + self._more_html()

    def _more_html(self) -> str:
        """Return HTML to add; empty by default."""
        return ""


def fit_context(estimator: Any, max_subtasks: int) -> Any:
    """Return the root context of callbacks for a fit, in a method decorated by `sklearn.callback.with_callbacks`.

    Replaces a public method: scikit-learn's developer guide uses this private one.
    """
    return estimator._init_callback_context(max_subtasks=max_subtasks)


def has_callbacks(estimator: Any) -> bool:
    """Return whether an estimator has callbacks from `set_callbacks`.

    Replaces a public getter, which does not exist.
    """
    return bool(getattr(estimator, "_skl_callbacks", None))


def is_fixed(scorer: Callable, name: str) -> bool:
    """Return whether a scorer passes an argument of this name to its metric.

    Replaces `repr(scorer)`, which contains the arguments as text.
    """
    return name in scorer._kwargs  # type: ignore[attr-defined]


def takes_argument(scorer: Callable, name: str) -> bool:
    """Return whether the metric of a scorer has a parameter of this name.

    Replaces a public attribute with the metric, which does not exist.
    """
    return name in inspect.signature(_metric_of(scorer)).parameters


def with_arguments(scorer: Callable, arguments: Mapping[str, Any]) -> Callable:
    """Return a copy of a scorer that passes further arguments to its metric.

    Replaces `make_scorer`, which requires the metric, its sign and its response methods. None of them is public.
    """
    scorer = copy.copy(scorer)
    scorer._kwargs = {**scorer._kwargs, **arguments}  # type: ignore[attr-defined]
    return scorer


def kind_of_metric(scorer: Callable) -> str:
    """Return the kind of a scorer's metric: "clustering", "regression" or "classification".

    Replaces the table of scorers in scikit-learn's user guide.
    """
    module = _metric_of(scorer).__module__
    if ".cluster" in module:
        return "clustering"
    return "regression" if module.endswith("._regression") else "classification"


def _metric_of(scorer: Callable) -> Callable:
    return scorer._score_func  # type: ignore[attr-defined]


def selected_rows(X: Any, rows: np.ndarray) -> Any:
    """Return some rows of an array, list, table or sparse matrix. Replaces a public function of searches."""
    return _safe_indexing(X, rows)


class WeightedScorer(_MetadataRequester):
    """Base of scorers that pass `sample_weight` to another scorer, `scoring`.

    Replaces a public base class of scorers: `make_scorer` accepts functions of targets and predictions only.
    """

    scoring: Any = None

    def set_score_request(self, **requests: Any) -> Any:
        """Set the requested metadata by name, with metadata routing: True, False, None or an alias."""
        self._metadata_request = MetadataRequest(owner=self)
        for name, alias in requests.items():
            self._metadata_request.score.add_request(param=name, alias=alias)
        return self

    def _accept_sample_weight(self) -> bool:
        """Return whether the score has sample weights; searches call this method of scorers."""
        if self.scoring is None:
            return True
        scorer = get_scorer(self.scoring)
        known = getattr(scorer, "_accept_sample_weight", None)
        return known() if known else "sample_weight" in inspect.signature(scorer).parameters
