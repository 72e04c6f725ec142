"""Compiled program of a stack: each call trains several members with one template for one epoch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from nnbuild.plan.initial_weights import initialize
from nnbuild.plan.symbolic import fresh_names
from nnbuild.plan.training_checks import curve_names
from nnbuild.private.tensorflow import vectorize_bitcast
from nnbuild.train.common.adaptation import adapt, depends_on_samples
from nnbuild.train.common.batches import TrainingData
from nnbuild.train.common.compiled import CompiledProgram
from nnbuild.train.common.factors import add_factors, scheduled
from nnbuild.train.common.loss_checks import check_losses, ready_metrics
from nnbuild.train.common.losses import Objective
from nnbuild.train.common.member import Member
from nnbuild.train.common.model_cache import model_to_train
from nnbuild.train.common.optimizers import gradients_of, make_optimizer
from nnbuild.train.common.outputs import aligned, by_name, float_dtype
from nnbuild.train.common.program_cache import Store
from nnbuild.train.common.substitution import replaced
from nnbuild.train.common.target_checks import check_data
from nnbuild.train.common.template import Template, given, predicting_numbers
from nnbuild.train.common.tracing import refused_rows
from nnbuild.train.stacked import stateless
from nnbuild.train.stacked.execution_modes import execution_mode
from nnbuild.train.stacked.layer_forms import prepare, row_bytes
from nnbuild.train.stacked.stack_batches import Steps


@dataclass(frozen=True)
class State:
    """Variables of all members; each tensor has a leading axis of members.

    Attributes
    ----------
    trained, others : list of tensor
        Weights changed by gradients, and the other variables of the model.
    optimizer : list of tensor
    """

    trained: list[tf.Tensor]
    others: list[tf.Tensor]
    optimizer: list[tf.Tensor]


class StackProgram:
    """Compiled program that trains members with one template.

    Parameters
    ----------
    template : Template
    data : TrainingData
        Data of one member; the first sample determines the shapes.
    key : str, default=""
        Text that is equal for programs of equal templates and shapes, by which traced functions are stored on disk. ""
        for programs with code of the user.
    """

    def __init__(self, template: Template, data: TrainingData, key: str = ""):
        self._template, self._key = template, key
        self._mode = execution_mode(template.resolved)
        self._model = self._initial = model_to_train(template.resolved, seed=0)
        if depends_on_samples(template.resolved):
            self._model = model_to_train(template.resolved, seed=0)
        prepare(self._model)
        self.names = list(template.resolved.outputs)
        self.float_dtype = float_dtype(self._model)
        self._objective = Objective.of(self.names, template.settings, self.float_dtype)
        self._losses = self._objective.losses
        with fresh_names():
            self._optimizer = make_optimizer(template.settings)
            stateless.make_stateless(self._optimizer)
            add_factors(self._optimizer, self._model, template.settings)
            self._optimizer.build(self._model.trainable_variables)
        self._optimizer_start = [variable.numpy() for variable in stateless.state_of(self._optimizer)]
        self._metrics = ready_metrics(self._model, self.names, template.settings, data)
        check_losses(self._model, self._objective, template.settings, data)
        self._functions: Store[CompiledProgram] = Store(MAX_SHAPES)
        self._lock = threading.Lock()

    def member_bytes(self, batch_size: int) -> int:
        """Return the memory of a member's weights, optimizer state and layer outputs for a batch, in bytes."""
        state = sum(value.nbytes for value in [*self._model.get_weights(), *self._optimizer_start])
        return state + batch_size * row_bytes(self._model)

    @property
    def n_parameters(self) -> int:
        """Number of parameters of one member's network."""
        return self._model.count_params()

    @property
    def sums_losses(self) -> bool:
        """Whether losses are sums over samples, so that they depend on the batch size."""
        return any(loss.reduction == "sum" for loss in self._losses.values())

    @property
    def curve_names(self) -> list[str]:
        """Names of the training curves of a member, in order."""
        metrics = {output: [metric.name for metric in metrics] for output, metrics in self._metrics.items()}
        return curve_names(self.names, self._losses, metrics)

    def check(self, member: Member) -> None:
        """Check the data of a member: a compiled program would use other targets in place of invalid ones."""
        check_data(self._model, self.names, member.settings, member.training, member.held_out)

    def start(self, members: Sequence[Member]) -> State:
        """Return the state before training: weights as for training with Keras, and new optimizers."""
        values: dict[tuple, list[np.ndarray]] = {}
        begins = [_begin(member) for member in members]
        with self._lock:
            for begin, member in zip(begins, members, strict=True):
                if begin not in values:
                    values[begin] = self._initial_weights(member)
        stacked = [tf.constant(np.stack(arrays)) for arrays in zip(*(values[begin] for begin in begins), strict=True)]
        n_trained = len(self._model.trainable_variables)
        repeated = [np.broadcast_to(value, (len(members), *value.shape)) for value in self._optimizer_start]
        return State(stacked[:n_trained], stacked[n_trained:], [tf.constant(value) for value in repeated])

    def _initial_weights(self, member: Member) -> list[np.ndarray]:
        """Return the initial weights of a member: those changed by gradients, then the other variables."""
        model, resolved = self._initial, self._template.resolved
        initialize(model, resolved.nodes, member.seed)
        if member.start:
            member.start.place_in(model)
        layers = {layer.name: layer for layer in model.layers}
        own = predicting_numbers(member.resolved).items()
        with replaced((vars(layers[node]), name, number) for (node, name), number in own):
            adapt(model, resolved, member.seed, member.training, member.start.values if member.start else ())
        return [variable.numpy() for variable in (*model.trainable_variables, *model.non_trainable_variables)]

    def finished(self, state: State) -> State:
        """Return the state after training. If the optimizer keeps moving averages, they replace the weights."""
        averages = stateless.averages(self._optimizer, state.optimizer)
        return state if averages is None else replace(state, trained=averages)

    def weights(self, state: State, member: int) -> list[np.ndarray]:
        """Return the values of a model's variables for one member, in the model's order."""
        variables = [*self._model.trainable_variables, *self._model.non_trainable_variables]
        values = dict(zip(map(id, variables), [*state.trained, *state.others], strict=True))
        return [np.array(values[id(variable)][member]) for variable in self._model.variables]

    def epoch(
        self,
        state: State,
        numbers: np.ndarray,
        rows: Any,
        train: Sequence[Steps],
        factors: Sequence[Mapping[str, np.ndarray]],
        held_out: Steps | None,
    ):
        """Train one epoch, and evaluate the validation set.

        Parameters
        ----------
        state : State
        numbers : array of shape (n_members, n_places)
            Values of the template's placeholders.
        rows : tuple of (X, y, weights, sample weights)
            Tensors of shape (n_rows, ...), or structures of them; padding rows have weight 0.
        train : sequence of Steps
            Each member's batches. A second part, if there is one, contains a smaller last batch.
        factors : sequence of mapping of str to array of shape (n_padded_steps, n_members)
            For each part of `train`, the factors of the steps, for each scheduled value.
        held_out : Steps or None
            Batches for evaluation.

        Returns
        -------
        state : State
        curves : array of shape (n_members, n_curves)
        val_curves : array of the same shape, or None
        losses : array of shape (n_padded_steps, n_members)
            Loss of each step.
        """
        arguments = (
            (state.trained, state.others, state.optimizer),
            [tf.constant(column, self.float_dtype) for column in numbers.T],
            rows,
            list(map(_tensors, train)),
            [{name: tf.constant(values, self.float_dtype) for name, values in part.items()} for part in factors],
            [] if held_out is None else [_tensors(held_out)],
        )
        with refused_rows(self._model, rows[0]):
            after, curves, val_curves, losses = self._compiled(arguments)(*arguments)
        return State(*after), curves.numpy(), val_curves[0].numpy() if val_curves else None, losses.numpy()

    def _compiled(self, arguments: tuple) -> CompiledProgram:
        """Return the program for the shapes and dtypes of `arguments`."""
        spec = tf.nest.map_structure(lambda x: tf.TensorSpec(x.shape, x.dtype), arguments)
        with self._lock:
            return self._functions.get(str(spec), lambda: self._made(spec))

    def _made(self, spec: tuple) -> CompiledProgram:
        key = self._key and f"{self._key} {spec}"
        return CompiledProgram(self._epoch, *spec, jit_compile=self._mode == "xla", key=key)

    def _epoch(self, state, numbers, rows, train, factors, held_out):
        n_members = train[0].rows.shape[1]
        sums, losses = self._zero_sums(n_members), []
        for steps, of_steps in zip(train, factors, strict=True):
            state, sums, found = self._train_steps(state, numbers, sums, rows, steps, of_steps, n_members)
            losses.append(found)
        curves = self._curves(sums, n_members)
        val_curves = [self._evaluate_steps(state, numbers, rows, steps, n_members) for steps in held_out]
        return state, curves, val_curves, tf.concat(losses, 0)

    def _train_steps(self, state, numbers, sums, rows, steps, factors, n_members):
        step = _for_members(self._train_step, n_members)

        def body(index, state, sums, losses):
            batch = _rows_at(rows, steps.rows[index])
            of_step = {name: values[index] for name, values in factors.items()}
            state, sums, loss = step(state, numbers, of_step, sums, *batch)
            return index + 1, state, sums, losses.write(index, loss)

        losses = tf.TensorArray(self.float_dtype, steps.rows.shape[0], element_shape=(n_members,))
        start = (0, state, sums, losses)
        _, state, sums, losses = tf.while_loop(lambda index, *_: index < steps.n_steps, body, start)
        return state, sums, losses.stack()

    def _evaluate_steps(self, state, numbers, rows, steps, n_members):
        step = _for_members(self._evaluate_step, n_members)

        def body(index, sums):
            return index + 1, step(state, numbers, sums, *_rows_at(rows, steps.rows[index]))

        start = (0, self._zero_sums(n_members))
        _, sums = tf.while_loop(lambda index, _: index < steps.n_steps, body, start)
        return self._curves(sums, n_members)

    def _train_step(self, state, numbers, factors, sums, X, y, weights, counts):
        """Train one member for one step; a batch of padding rows does not change the state."""
        trained, others, optimizer = state
        with (
            given(self._template, numbers, self._model, self._optimizer, self._losses),
            scheduled(self._model, self._optimizer, factors),
        ):
            with tf.GradientTape() as tape:
                tape.watch(trained)
                losses, others_after, y_pred = self._losses_of(trained, others, X, y, weights, training=True)
                scaled = self._optimizer.scale_loss(losses.total)
            gradients = gradients_of(tape, scaled, trained, self._optimizer)
            has_samples = tf.reduce_any([tf.reduce_any(weights > 0) for weights in counts.values()])
            trained, optimizer = stateless.step(self._optimizer, optimizer, trained, gradients, has_samples)
        others = [tf.where(has_samples, *values) for values in zip(others_after, others, strict=True)]
        return (trained, others, optimizer), self._added_to(sums, losses, y, y_pred, weights, counts), losses.total

    def _evaluate_step(self, state, numbers, sums, X, y, weights, counts):
        trained, others, _ = state
        with given(self._template, numbers, self._model, self._optimizer, self._losses):
            losses, _, y_pred = self._losses_of(trained, others, X, y, weights, training=False)
        return self._added_to(sums, losses, y, y_pred, weights, counts)

    def _losses_of(self, trained, others, X, y, weights, training):
        """Return the losses, the non-trainable variables, and the predictions by output."""
        y_pred, others, extra = self._model.stateless_call(trained, others, X, training=training, return_losses=True)
        y_pred = by_name(self.names, y_pred)
        y = {name: aligned(y[name], y_pred[name]) for name in self.names}
        return self._objective.values(y, y_pred, weights, extra), others, y_pred

    def _added_to(self, sums, losses, y, y_pred, weights, counts):
        """Add a step to `sums`: sums of weighted losses and of weights, and the variables of the metrics."""
        totals, metrics = sums
        weight = tf.stack([tf.reduce_sum(weights[name]) for name in self._losses])
        row = tf.stack([losses.terms, losses.parts, tf.ones_like(losses.parts)])  # (3, n_losses)
        found = []
        for name, metric in self._every_metric():
            state, metrics = metrics[: len(metric.variables)], metrics[len(metric.variables) :]
            found += metric.stateless_update_state(state, aligned(y[name], y_pred[name]), y_pred[name], counts[name])
        return totals + tf.where(weight > 0, row * weight, 0.0), found

    def _zero_sums(self, n_members):
        metrics = [
            tf.zeros((n_members, *variable.shape), variable.dtype)
            for _, metric in self._every_metric()
            for variable in metric.variables
        ]
        return tf.zeros((n_members, 3, len(self._losses)), self.float_dtype), metrics

    def _curves(self, sums, n_members):
        return _for_members(self._curves_of, n_members)(sums)

    def _curves_of(self, sums):
        totals, metrics = sums
        terms, parts = tf.unstack(totals[:2] / totals[2])
        found = [tf.reduce_sum(terms)[None], *([parts] if len(self.names) > 1 else [])]
        for _, metric in self._every_metric():
            state, metrics = metrics[: len(metric.variables)], metrics[len(metric.variables) :]
            value = tf.cast(tf.reduce_mean(metric.stateless_result(state)), self.float_dtype)
            found.append(value[None])  # a metric with a value per class is averaged
        return tf.concat(found, 0)

    def _every_metric(self):
        return [(name, metric) for name, metrics in self._metrics.items() for metric in metrics]


def _tensors(steps: Steps) -> Steps:
    return Steps(tf.constant(steps.rows, tf.int32), tf.constant(steps.n_steps, tf.int32))


def _begin(member: Member) -> tuple:
    """Return a key that is equal for members with equal initial weights."""
    if not depends_on_samples(member.resolved):
        return member.seed, member.start
    inputs = member.training.X.values() if isinstance(member.training.X, dict) else [member.training.X]
    arrays = (*inputs, *member.training.sample_weights.values())
    numbers = tuple(predicting_numbers(member.resolved).values())
    return member.seed, member.start, numbers, member.training.rows.tobytes(), *map(id, arrays)


def _rows_at(rows, places):
    """Return batches of all members: each tensor of shape (n_members, batch_size, ...)."""
    return tf.nest.map_structure(lambda x: tf.gather(x, places), rows)


def _for_members(function: Callable, n_members: int) -> Callable:
    """Return `function` for several members: its arguments and results get a leading axis of members.

    Parameters
    ----------
    function : callable
        Takes and returns structures of tensors.
    n_members : int
        For a single member, the axis is removed and added again, which requires no vectorization rules.
    """
    if n_members == 1:
        return lambda *arguments: _with_member_axis(function(*tf.nest.map_structure(lambda x: x[0], arguments)))
    vectorize_bitcast()
    return lambda *arguments: tf.vectorized_map(
        lambda parts: function(*parts), arguments, fallback_to_while_loop=False, warn=False
    )


def _with_member_axis(structure):
    return tf.nest.map_structure(lambda x: tf.convert_to_tensor(x)[None], structure)


MAX_SHAPES = 8  # compiled functions kept by a program: one for each combination of argument shapes
