"""Private names of scikit-learn: each function names the public interface that it replaces."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.utils import estimator_html_repr
from sklearn.utils._set_output import _get_container_adapter
from sklearn.utils.validation import _check_feature_names_in, _check_sample_weight


def check_sample_weight(weights: Any, rows: Any, ensure_non_negative: bool = False) -> np.ndarray:
    """Return sample weights as an array of shape (n_samples,), or raise scikit-learn's ValueError.

    Replaces the check of `fit` in scikit-learn's own estimators: `check_array` has other messages.
    """
    return _check_sample_weight(weights, rows, ensure_non_negative=ensure_non_negative)


def check_input_features(estimator: Any, input_features: Any) -> None:
    """Raise scikit-learn's ValueError for names that are not those of the features in `fit`; None is allowed.

    Replaces the check of `get_feature_names_out` in scikit-learn's mixins, each of which has names of its own.
    """
    _check_feature_names_in(estimator, input_features, generate_names=False)


def in_container(features: np.ndarray, X: Any, names: Callable[[], np.ndarray], estimator: Any) -> Any:
    """Return features in the container of `set_output`, with names of columns and the index of X; otherwise unchanged.

    Replaces the wrapper of `TransformerMixin`, which takes the names of `get_feature_names_out` without arguments.
    """
    adapter = _get_container_adapter("transform", estimator)
    return features if adapter is None else adapter.create_container(features, X, columns=names)


class ExtendedHTML:
    """Mixin of an estimator, before `BaseEstimator`: `_more_html` is added to the HTML form in notebooks.

    Replaces `_repr_html_` and `_repr_mimebundle_`, the methods that notebooks call: both depend on
    `sklearn.config_context(display=...)`.
    """

    def _html_repr(self) -> str:
        return estimator_html_repr(self) + self._more_html()

    def _more_html(self) -> str:
        """Return HTML to add; empty by default."""
        return ""


def fit_context(estimator: Any, max_subtasks: int) -> Any:
    """Return the root context of callbacks for a fit, in a method with `sklearn.callback.with_callbacks`.

    Replaces a public method: scikit-learn's guide for developers names the private one.
    """
    return estimator._init_callback_context(max_subtasks=max_subtasks)


def has_callbacks(estimator: Any) -> bool:
    """Return whether an estimator has callbacks of `set_callbacks`.

    Replaces a getter beside that setter.
    """
    return bool(getattr(estimator, "_skl_callbacks", None))


def is_fixed(scorer: Callable, name: str) -> bool:
    """Return whether a scorer passes an argument of that name to its metric.

    Replaces `repr(scorer)`, where the arguments are text.
    """
    return name in scorer._kwargs  # type: ignore[attr-defined]


def takes_argument(scorer: Callable, name: str) -> bool:
    """Return whether the metric of a scorer has a parameter of that name.

    Replaces a scorer's public access to its metric.
    """
    return name in inspect.signature(_metric_of(scorer)).parameters


def with_arguments(scorer: Callable, arguments: Mapping[str, Any]) -> Callable:
    """Return a copy of a scorer that passes further arguments to its metric.

    Replaces `make_scorer`, which needs the metric, its sign and its response methods, none of them public.
    """
    scorer = copy.copy(scorer)
    scorer._kwargs = {**scorer._kwargs, **arguments}  # type: ignore[attr-defined]
    return scorer


def kind_of_metric(scorer: Callable) -> str:
    """Return "clustering", "regression" or "classification": what the metric of a scorer compares.

    Replaces the table of scorers in scikit-learn's user guide.
    """
    module = _metric_of(scorer).__module__
    if ".cluster" in module:
        return "clustering"
    return "regression" if module.endswith("._regression") else "classification"


def _metric_of(scorer: Callable) -> Callable:
    return scorer._score_func  # type: ignore[attr-defined]
