"""Compiled training of one model, with several steps per call. The program is kept with the model for later fits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from nnbuild.plan.symbolic import fresh_names
from nnbuild.records import frozen_mapping
from nnbuild.train.common.batches import TrainingData
from nnbuild.train.common.factors import add_factors, scheduled, scheduled_values
from nnbuild.train.common.loss_checks import check_losses, ready_metrics
from nnbuild.train.common.losses import Objective
from nnbuild.train.common.optimizers import gradients_of, make_optimizer, optimizer_value
from nnbuild.train.common.outputs import aligned, by_name, float_dtype
from nnbuild.train.common.tracing import refused_rows, traced


class Program:
    """Compiled training and evaluation steps of one model with one set of settings.

    Attributes
    ----------
    model : keras.Model
    names : list of str
        Outputs of the model, in order.
    losses : dict of str to keras.losses.Loss
        Loss of each output.
    optimizer : keras.optimizers.Optimizer
    float_dtype : {"float32", "float64"}
        Dtype of floats in the model's inputs.
    """

    def __init__(self, model: keras.Model, settings: Mapping, data: TrainingData):
        self.model = model
        self.names = list(data.y)
        self.float_dtype = float_dtype(model)
        self._objective = Objective.of(self.names, settings, self.float_dtype)
        self.losses = self._objective.losses
        self._functions: dict[tuple, tf.types.experimental.ConcreteFunction] = {}
        metrics = ready_metrics(model, self.names, settings, data)
        check_losses(model, self._objective, settings, data)
        single = len(self.names) == 1
        optimizer = make_optimizer(settings)
        add_factors(optimizer, model, settings)
        model.compile(
            optimizer=optimizer,
            loss=next(iter(self.losses.values())) if single else dict(self.losses),
            # with None, Keras would keep the metrics of an earlier compile
            weighted_metrics=next(iter(metrics.values()), []) if single else metrics,
        )
        self.optimizer = model.optimizer  # wrapped by Keras for float16
        self.optimizer.build(model.trainable_variables)
        self._start = [_compact(variable.numpy()) for variable in self.optimizer.variables]
        self._finite = traced(self._all_finite)

    def restart(self, settings: Mapping) -> None:
        """Reset the optimizer to its initial state, with the learning rate of `settings`."""
        for variable, value in zip(self.optimizer.variables, self._start, strict=True):
            variable.assign(value)
        rate = optimizer_value(settings).get("learning_rate")
        if isinstance(rate, float):
            self.optimizer.learning_rate = rate

    def resume(self, state: Sequence[np.ndarray]) -> None:
        """Restore the state of the optimizer after an earlier training, except its learning rate."""
        rate = getattr(self.optimizer, "inner_optimizer", self.optimizer).learning_rate
        for variable, value in zip(self.optimizer.variables, state, strict=True):
            if variable is not rate:
                variable.assign(value)

    def run(
        self,
        data: TrainingData,
        rows: np.ndarray,
        batch_size: int,
        training: bool,
        factors: Mapping[str, np.ndarray] = frozen_mapping(),
    ) -> tf.Tensor:
        """Train on the samples in `rows`, batch by batch in this order, or evaluate them.

        Parameters
        ----------
        data : TrainingData
        rows : array of int of shape (n_samples,)
        batch_size : int
        training : bool
        factors : mapping of str to array of shape (n_steps,)
            Factors of the steps, for each scheduled value.

        Returns
        -------
        tensor of shape (n_steps, 1 + 3 * n_losses)
            For each step: the loss; then, for each output with a loss, its part in the loss, its own loss, and the sum
            of its weights.
        """
        counts = data.take_sample_weights(rows, self.float_dtype)
        batch = tf.nest.map_structure(tf.convert_to_tensor, (*data.take(rows, self.float_dtype), counts))
        by_step = {name: tf.constant(values, self.float_dtype) for name, values in factors.items()}
        spec, factor_spec = tf.nest.map_structure(
            lambda tensor: tf.TensorSpec((None, *tensor.shape[1:]), tensor.dtype), (batch, by_step)
        )
        key = (training, str(spec))
        with refused_rows(self.model, batch[0]):
            if key not in self._functions:
                size = tf.TensorSpec((), tf.int32)
                steps = self._train_steps if training else self._evaluate_steps
                self._functions[key] = traced(steps, spec, size, factor_spec)
            return self._functions[key](batch, tf.constant(min(batch_size, len(rows)), tf.int32), by_step)

    def weights_are_finite(self) -> bool:
        """Return whether all trained weights are finite."""
        return bool(self._finite())

    def _all_finite(self):
        values = [variable.value for variable in self.model.trainable_variables]
        return tf.reduce_all([tf.reduce_all(tf.math.is_finite(value)) for value in values])

    def _train_steps(self, batch, batch_size, factors):
        return _each_batch(self._train_step, batch, batch_size, factors)

    def _evaluate_steps(self, batch, batch_size, factors):
        return _each_batch(self._evaluate_step, batch, batch_size, factors)

    def _train_step(self, factors, X, y, weights, counts):
        variables = self.model.trainable_variables
        with scheduled(self.model, self.optimizer, factors):
            with tf.GradientTape() as tape:
                row, y, y_pred = self._losses(X, y, weights, training=True)
                loss = self.optimizer.scale_loss(row[0])
            self.optimizer.apply(gradients_of(tape, loss, variables, self.optimizer), variables)
        self.model.compute_metrics(X, y, y_pred, like(y_pred, counts))
        return row

    def _evaluate_step(self, _, X, y, weights, counts):
        row, y, y_pred = self._losses(X, y, weights, training=False)
        self.model.compute_metrics(X, y, y_pred, like(y_pred, counts))
        return row

    def _losses(self, X, y, weights, training):
        """Return the losses of one batch, as for `run`, with targets and predictions in the model's structure."""
        y_pred = self.model(X, training=training)
        predictions = by_name(self.names, y_pred)
        y = {name: aligned(y[name], predictions[name]) for name in self.names}
        total, terms, parts = self._objective.values(y, predictions, weights, self.model.losses)
        row = tf.stack([total, *terms, *parts, *(tf.reduce_sum(weights[name]) for name in self.losses)])
        return row, like(y_pred, y), y_pred


def program_for(model: keras.Model, settings: Mapping, data: TrainingData) -> Program:
    """Return the last program of `model` if it suits the settings, otherwise a new one.

    The program is kept with the model and deleted with it. Its optimizer is in its initial state. A program suits all
    numbers of epochs, samples, weights, constant learning rates and factors of steps, which are passed to it.
    """
    key = _key(model, settings, data)
    kept: tuple[str, Program] | None = getattr(model, _KEPT, None)
    if kept and kept[0] == key and model.optimizer is kept[1].optimizer:
        kept[1].restart(settings)
        return kept[1]
    with fresh_names():
        program = Program(model, settings, data)
    setattr(model, _KEPT, (key, program))
    return program


def optimizer_state(model: keras.Model) -> tuple[np.ndarray, ...]:
    """Return the state of the optimizer, with which the training can be continued."""
    return tuple(np.array(variable.value.numpy()) for variable in model.optimizer.variables)


def _compact(values: np.ndarray) -> np.ndarray:
    """Return `values`; if all are equal, as a broadcast of a single value, to save memory."""
    alike = values.size and (values == values.flat[0]).all()
    return np.broadcast_to(values.flat[0], values.shape) if alike else values


def _each_batch(step, batch, batch_size, factors):
    """Return the stacked results of `step` on the factors of each step and its batch; the last may be smaller."""
    weights = next(iter(batch[2].values()))
    n_rows = tf.shape(weights)[0]
    n_steps = (n_rows + batch_size - 1) // batch_size
    results = tf.TensorArray(weights.dtype, n_steps)

    def body(index, results):
        start = index * batch_size
        stop = tf.minimum(start + batch_size, n_rows)
        parts = tf.nest.map_structure(lambda tensor: tensor[start:stop], batch)
        of_step = {name: values[index] for name, values in factors.items()}
        return index + 1, results.write(index, step(of_step, *parts))

    # Iterations must not run in parallel: each step starts from the weights of the previous one.
    loop = tf.while_loop(lambda index, _: index < n_steps, body, (0, results), parallel_iterations=1)
    return loop[1].stack()


def like(structure, values: dict):
    """Return values by name in the structure of the model's outputs: mapping, list or single value."""
    if isinstance(structure, Mapping):
        return {name: values[name] for name in structure}
    return list(values.values()) if isinstance(structure, list | tuple) else next(iter(values.values()))


def _key(model: keras.Model, settings: Mapping, data: TrainingData) -> str:
    optimizer = optimizer_value(settings)
    if isinstance(optimizer.get("learning_rate"), float):
        optimizer["learning_rate"] = "a number"
    parts = {name: settings.get(name) for name in ("loss", "loss_weights", "label_smoothing", "metrics")}
    parts["optimizer"] = optimizer
    parts["factors"] = [settings.get("weight_factors"), scheduled_values(settings)]
    parts["trained"] = [variable.path for variable in model.trainable_variables]
    parts["targets"] = {name: array.shape[1:] for name, array in data.y.items()}
    return json.dumps(parts, sort_keys=True, default=dict)


_KEPT = "_nnbuild_program"
