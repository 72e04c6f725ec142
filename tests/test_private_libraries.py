"""Private names of TensorFlow and scikit-learn that nnbuild/private uses.

A failure names the function and what to check at an update; CONTRIBUTING has the procedure.
"""

import os

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.dummy import DummyClassifier
from sklearn.metrics import get_scorer
from sklearn.preprocessing import StandardScaler
from tensorflow.core.protobuf import config_pb2
from tensorflow.python.eager import context
from tensorflow.python.framework.ops import gradient_registry

import nnbuild.private.sklearn as of_sklearn
import nnbuild.private.tensorflow as of_tensorflow
from private_api import relies_on

# --- TensorFlow


@relies_on(of_tensorflow.has_started, "the global context in tensorflow.python.eager.context")
def test_has_started(monkeypatch):
    tf.constant(1.0) + 1.0
    assert of_tensorflow.has_started()
    monkeypatch.setattr(context, "_context", context.Context())
    assert not of_tensorflow.has_started()
    monkeypatch.setattr(context, "_context", None)
    assert not of_tensorflow.has_started()


@relies_on(of_tensorflow.run_function, "how a ConcreteFunction of TensorFlow is called")
def test_run_function():
    concrete = tf.function(lambda x, y: [x + y, x - y], autograph=False).get_concrete_function(
        *[tf.TensorSpec((None,), tf.float32)] * 2
    )
    tensors = [tf.constant([3.0]), tf.constant([1.0])]
    found = of_tensorflow.run_function(concrete.name.decode(), 2, tensors)
    assert [one.numpy().tolist() for one in found] == [one.numpy().tolist() for one in concrete(*tensors)]


@relies_on(of_tensorflow.add_functions, "TFE_ContextAddFunctionDef, which tensorflow.python.eager.context calls")
@relies_on(of_tensorflow.remove_functions, "remove_function of tensorflow.python.eager.context")
def test_add_and_remove_functions():
    concrete = tf.function(lambda x: x + 1.0, autograph=False).get_concrete_function(tf.TensorSpec((), tf.float32))
    definition = concrete.function_def
    definition.signature.name = "nnbuild_added"
    for _ in range(2):  # TensorFlow counts equal definitions
        of_tensorflow.add_functions([definition.SerializeToString()])
    of_tensorflow.remove_functions(["nnbuild_added"])
    assert of_tensorflow.run_function("nnbuild_added", 1, [tf.constant(2.0)])[0].numpy() == 3
    of_tensorflow.remove_functions(["nnbuild_added"])
    assert not context.context().has_function("nnbuild_added")


@relies_on(of_tensorflow.call_options, "function_call_options of tensorflow.python.eager.context")
def test_call_options():
    found = config_pb2.ConfigProto.FromString(of_tensorflow.call_options())
    options = tf.config.optimizer.get_experimental_options()
    assert found.graph_options.rewrite_options.disable_meta_optimizer == options.get("disable_meta_optimizer", False)


@relies_on(of_tensorflow.read_xla_flags, "TF_GetXlaConstantFoldingDisabled, and when TF_XLA_FLAGS is read")
def test_flags_that_tensorflow_has_read(monkeypatch):
    """A test of nnbuild.cache reads them in a new process."""
    tf.constant(1.0) + 1.0
    monkeypatch.setenv("TF_XLA_FLAGS", "--tf_xla_min_cluster_size=4")
    assert not of_tensorflow.read_xla_flags("--tf_xla_min_cluster_size=5")
    assert os.environ["TF_XLA_FLAGS"] == "--tf_xla_min_cluster_size=4"


@relies_on(of_tensorflow.forget_gradients, "where tf.custom_gradient registers gradients of a graph")
def test_forget_gradients():
    @tf.custom_gradient
    def doubled(x):
        return x * 2.0, lambda upstream: upstream * 2.0

    def many_times(x):
        return tf.while_loop(lambda y: tf.reduce_sum(y) < 9.0, lambda y: (doubled(y),), (doubled(x),))[0]

    before = len(gradient_registry.list())
    concrete = tf.function(many_times, autograph=False).get_concrete_function(tf.TensorSpec((1,), tf.float32))
    assert len(gradient_registry.list()) > before, "TensorFlow registers nothing now: the function may go"
    of_tensorflow.forget_gradients(concrete.graph)
    assert len(gradient_registry.list()) == before
    assert concrete(tf.constant([1.0])).numpy().tolist() == [16.0]


@relies_on(of_tensorflow.vectorize_bitcast, "tensorflow.python.ops.parallel_for.pfor, and whether it has the rule now")
def test_vectorize_bitcast():
    of_tensorflow.vectorize_bitcast()
    values = tf.constant([[1.0, -0.0], [2.0, 0.0]])
    found = tf.vectorized_map(lambda x: tf.bitcast(x, tf.int32), values, fallback_to_while_loop=False, warn=False)
    np.testing.assert_array_equal(found, tf.bitcast(values, tf.int32))


# --- scikit-learn


@relies_on(of_sklearn.check_sample_weight, "sklearn.utils.validation for a public check of sample weights")
def test_check_sample_weight():
    rows = np.zeros((2, 1))
    assert of_sklearn.check_sample_weight([1, 2], rows).tolist() == [1.0, 2.0]
    with pytest.raises(ValueError, match=r"sample_weight.shape == \(3,\), expected \(2,\)!"):
        of_sklearn.check_sample_weight([1, 2, 3], rows)
    with pytest.raises(ValueError, match="Negative values in data passed to `sample_weight`"):
        of_sklearn.check_sample_weight([1, -2], rows, ensure_non_negative=True)


@relies_on(of_sklearn.check_input_features, "sklearn.utils.validation for the check of input_features")
def test_check_input_features():
    scaler = StandardScaler().fit(np.zeros((2, 2)))
    of_sklearn.check_input_features(scaler, None)
    of_sklearn.check_input_features(scaler, ["a", "b"])
    with pytest.raises(ValueError, match="input_features should have length equal to number of features"):
        of_sklearn.check_input_features(scaler, ["a"])


@relies_on(of_sklearn.selected_rows, "sklearn.utils for the selection of rows")
def test_selected_rows():
    rows = np.array([0, 2])
    assert of_sklearn.selected_rows(["a", "b", "c"], rows) == ["a", "c"]
    assert of_sklearn.selected_rows(pd.DataFrame({"a": [1, 2, 3]}), rows)["a"].tolist() == [1, 3]


@relies_on(of_sklearn.WeightedScorer, "the scorers of sklearn.metrics, and sample weights in its searches")
def test_weighted_scorers():
    scorer = of_sklearn.WeightedScorer()
    found = []
    for scoring in (None, "accuracy", "neg_max_error", lambda estimator, X, y: 0.0):
        scorer.scoring = scoring
        found.append(scorer._accept_sample_weight())
    assert found == [True, True, False, False]
    with config_context(enable_metadata_routing=True):
        requests = scorer.set_score_request(sample_weight=True).get_metadata_routing()
    assert requests.score.requests == {"sample_weight": True}


@relies_on(of_sklearn.in_container, "the adapters of sklearn.utils._set_output")
def test_in_container():
    def in_container(estimator):
        X = pd.DataFrame({"x": [5, 6]}, index=["first", "second"])
        return of_sklearn.in_container(np.eye(2), X, lambda: np.array(["a", "b"], object), estimator)

    assert isinstance(in_container(StandardScaler()), np.ndarray)
    table = in_container(StandardScaler().set_output(transform="pandas"))
    assert table.to_dict() == {"a": {"first": 1.0, "second": 0.0}, "b": {"first": 0.0, "second": 1.0}}
    with config_context(transform_output="polars"):
        assert in_container(StandardScaler()).columns == ["a", "b"]


class Shown(of_sklearn.ExtendedHTML, CallbackSupportMixin, BaseEstimator):
    def fit(self, X=None, y=None):
        self.context = of_sklearn.fit_context(self, max_subtasks=3)
        self.context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        return self

    def _more_html(self):
        return "<p>more</p>"


@relies_on(of_sklearn.ExtendedHTML, "sklearn.utils._repr_html.base.ReprHTMLMixin")
def test_extended_html():
    html = Shown()._repr_mimebundle_()["text/html"]
    assert html.endswith("<p>more</p>")
    assert "sk-top-container" in html
    assert Shown()._repr_html_().endswith("<p>more</p>")
    with config_context(display="text"):
        assert list(Shown()._repr_mimebundle_()) == ["text/plain"]


@relies_on(of_sklearn.fit_context, "sklearn.callback.CallbackSupportMixin")
def test_fit_context():
    class WithCallbacks(Shown):
        fit = with_callbacks(Shown.fit)

    assert WithCallbacks().fit().context.max_subtasks == 3


@relies_on(of_sklearn.has_callbacks, "set_callbacks of sklearn.callback.CallbackSupportMixin")
def test_has_callbacks():
    class Silent:
        def setup(self, estimator, context): ...
        def teardown(self, estimator, context): ...
        def on_fit_task_begin(self, context, **arguments): ...
        def on_fit_task_end(self, context, **arguments): ...

    estimator = Shown()
    assert not of_sklearn.has_callbacks(estimator)
    assert of_sklearn.has_callbacks(estimator.set_callbacks(Silent()))
    assert not of_sklearn.has_callbacks(estimator.set_callbacks())


@relies_on(of_sklearn.is_fixed, "the attributes of scorers in sklearn.metrics._scorer")
def test_is_fixed():
    assert of_sklearn.is_fixed(get_scorer("f1_macro"), "pos_label")
    assert not of_sklearn.is_fixed(get_scorer("neg_brier_score"), "pos_label")


@relies_on(of_sklearn.takes_argument, "the attributes of scorers in sklearn.metrics._scorer")
def test_takes_argument():
    assert of_sklearn.takes_argument(get_scorer("f1"), "pos_label")
    assert not of_sklearn.takes_argument(get_scorer("accuracy"), "pos_label")


@relies_on(of_sklearn.with_arguments, "the attributes of scorers in sklearn.metrics._scorer")
def test_with_arguments():
    X, y = np.zeros((3, 1)), np.array(["a", "a", "b"])
    dummy = DummyClassifier(strategy="constant", constant="a").fit(X, y)
    plain = get_scorer("precision")
    before = repr(plain)
    assert of_sklearn.with_arguments(plain, {"pos_label": "a"})(dummy, X, y) == 2 / 3
    assert repr(plain) == before


@relies_on(of_sklearn.kind_of_metric, "the modules of sklearn.metrics")
def test_kind_of_metric():
    kinds = {"accuracy": "classification", "r2": "regression", "rand_score": "clustering", "roc_auc": "classification"}
    assert {name: of_sklearn.kind_of_metric(get_scorer(name)) for name in kinds} == kinds
