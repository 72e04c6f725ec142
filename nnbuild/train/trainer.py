"""A model and arrays -> a trained model and its History: one member, any Keras layers and callbacks."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import keras
import numpy as np

from nnbuild.plan.memory import check_training
from nnbuild.records import History, frozen_mapping
from nnbuild.train.batches import MOST_STEPS, Data, Draw, Drawing, calls, epoch_order, fresh_seed, steps_in
from nnbuild.train.metrics import directions
from nnbuild.train.partition import training_and_validation
from nnbuild.train.program import Program, float_dtype, output_names, program_for
from nnbuild.train.progress import ProgressListener
from nnbuild.train.stopping import Watch, curves, divergence, stopping_rule, tell_divergence
from nnbuild.train.targets import check_targets, check_weights


def train(
    model: keras.Model,
    X: object,
    y: object,
    settings: Mapping,
    *,
    seed: int | None = None,
    sample_weight: object = None,
    validation: tuple | np.ndarray | None = None,
    bootstrap: bool = False,
    draw: Draw | None = None,
    callbacks: Iterable[keras.callbacks.Callback] = (),
    progress: ProgressListener | None = None,
    earlier: Earlier | None = None,
) -> History:
    """Trains a model in place and returns how it went.

    Parameters
    ----------
    model : keras.Model
        Built; whether and how it is compiled does not matter.
    X : array or sparse matrix of shape (n_samples, ...), or mapping of str to either
        Inputs; a mapping goes by input name. Sparse ones are made dense batch by batch.
    y : array of shape (n_samples, ...) or mapping of str to such arrays
        Targets; a mapping goes by output name.
    settings : mapping
        The resolved `training` section of a recipe, with all keys. `precision` is the model's own by now.
    seed : int, optional
        Of the validation split and the order of batches. The same seed on the same model gives the same bits on a CPU.
    sample_weight : array of shape (n_samples,), optional
        Rows of weight zero are left out, as if they were not there.
    validation : tuple of (X, y) or (X, y, sample_weight), or array of int, optional
        Rows to validate on, in place of `validation_fraction`; an array says which of the rows of `X` they are.
    bootstrap : bool, default=False
        Whether to train on as many of the training rows, drawn with replacement by `seed`.
    draw : callable, optional
        Makes of rows those that the network sees, by `seed` others in each epoch; of those to validate on, the same.
    callbacks : iterable of keras.callbacks.Callback
        Copied, so that one fit leaves nothing in another. Those that look at batches make each batch a call of its own.
    progress : ProgressListener, optional
        Told how far training is; a `ProgressBar` shows it. By default nothing is printed.
    earlier : Earlier, optional
        A training of the same model to go on from.

    Returns
    -------
    History
        Curves of "loss", of each output's loss where there are several, and of the metrics; with validation the
        same names after "val_". An epoch in which training diverged is left out.

    Raises
    ------
    ValueError
        If arrays, settings and the model don't fit together.
    MemoryLimitError
        If a step takes more memory than the machine has.
    DivergenceError
        If the loss became NaN or infinite before one epoch had ended; the weights are those of the start.

    Warns
    -----
    DivergenceWarning
        If that happened later: training stops and the weights of the best epoch are put back.

    Notes
    -----
    The loss of a batch is sum(w l) / sum(w) plus the regularization, with w the product of sample and class
    weights; that of an epoch is the mean over its batches by their sums of weights, which is sum(w l) / sum(w) over
    all rows. Validation follows the same rule, class weights included. Metrics are weighted by sample weights alone.
    """
    started = time.perf_counter()
    seed = fresh_seed() if seed is None else int(seed)
    names = output_names(model)
    training, held_out = training_and_validation(names, X, y, settings, seed, sample_weight, validation, bootstrap)
    if draw:
        training = replace(training, drawing=Drawing(draw, seed))
        held_out = held_out and replace(held_out, drawing=Drawing(draw, seed))
    for data in filter(None, (training, held_out)):
        check_targets(data, model, names, settings)
        check_weights(data, names, settings, float_dtype(model))
    check_training(model, min(settings["batch_size"], len(training)))
    ways = directions(names, settings)
    rule = stopping_rule(settings["early_stopping"], ways, held_out is not None)
    program = program_for(model, settings, training)
    if earlier and earlier.optimizer:
        program.resume(earlier.optimizer)
    n_earlier = earlier.n_epochs if earlier else 0
    fit = _Fit(program, settings, training, held_out, seed, callbacks, progress, n_earlier)
    values, stopped, best_epoch = fit.run(Watch(rule))
    return History(frozen_mapping(values), best_epoch, stopped, time.perf_counter() - started)


@dataclass(frozen=True, eq=False)
class Earlier:
    """A training that another one goes on from, besides the model's weights.

    Attributes
    ----------
    n_epochs : int
        Epochs so far: the orders of batches go on from there, so that one epoch after another on the same rows
        is what all of them at once are.
    optimizer : tuple of array
        What `optimizer_state` gave; empty for an optimizer at its start.
    """

    n_epochs: int
    optimizer: tuple[np.ndarray, ...] = ()


class _Fit:
    """One training: its data, its callbacks, and the loop over epochs."""

    def __init__(
        self,
        program: Program,
        settings: Mapping,
        training: Data,
        held_out: Data | None,
        seed: int,
        callbacks: Iterable[keras.callbacks.Callback],
        progress: ProgressListener | None,
        n_earlier: int,
    ):
        self.n_earlier = n_earlier
        self.program, self.model, self.settings = program, program.model, settings
        self.training, self.held_out, self.seed = training, held_out, seed
        self.batch_size, self.n_epochs = settings["batch_size"], settings["epochs"]
        self.n_steps = steps_in(training, self.batch_size)
        self.progress = progress
        self.patience_ended = False
        self.best_weights = self.model.get_weights()  # those of the start, until an epoch has ended
        copies = list(map(_copied, callbacks))
        self.watches_batches = {hook: _overrides(copies, hook) for hook in ("train", "test")}
        self.callbacks = keras.callbacks.CallbackList(
            copies, model=self.model, epochs=self.n_epochs, steps=self.n_steps, verbose=0
        )

    def run(self, watch: Watch) -> tuple[dict[str, tuple[float, ...]], str, int]:
        """Trains; the curves, why it stopped, and the epoch whose weights are kept."""
        if self.progress:
            self.progress.start(self.n_epochs, self.n_steps)
        try:
            return self._run_epochs(watch)
        finally:
            if self.progress:
                self.progress.stop()

    def _run_epochs(self, watch: Watch) -> tuple[dict[str, tuple[float, ...]], str, int]:
        self.model.stop_training = False
        self.callbacks.on_train_begin()
        epochs: list[dict[str, float]] = []
        stopped = "epochs"
        for epoch in range(1, self.n_epochs + 1):
            logs, diverged = self._run_epoch(epoch, watch)
            if diverged:
                stopped = "diverged"
                break
            epochs.append(logs)
            self.callbacks.on_epoch_end(epoch - 1, logs)
            if self.progress:
                self.progress.epoch(epoch, logs)
            if self.model.stop_training or self.patience_ended:
                stopped = "callback" if self.model.stop_training else "early_stopping"
                break
        best_epoch = self._keep_weights(watch, stopped, len(epochs))
        self.callbacks.on_train_end(epochs[-1] if epochs else None)
        best_epoch = _restored_epoch(self.callbacks.callbacks) or best_epoch
        if stopped == "diverged":
            tell_divergence(diverged, watch.best_epoch)
        return curves(epochs), stopped, best_epoch

    def _run_epoch(self, epoch: int, watch: Watch) -> tuple[dict[str, float], str]:
        """Values of one epoch, and what became NaN or infinite in it, if anything did."""
        self.callbacks.on_epoch_begin(epoch - 1)
        training = self.training.of_epoch(self.n_earlier + epoch)
        order = epoch_order(training, self.settings["shuffle"], self.seed, self.n_earlier + epoch)
        steps = self._run_steps("train", training, order, epoch)
        logs = self._logs(_sums(steps))
        if not np.isfinite(steps[:, 0]).all() or not self.program.weights_are_finite():
            return logs, divergence(epoch, steps[:, 0], None, False)
        if self.held_out is None:
            self._keep_if_best(watch, epoch, logs)
            return logs, ""
        self.callbacks.on_test_begin()
        val_logs = self._logs(_sums(self._run_steps("test", self.held_out, self.held_out.rows, epoch)))
        logs |= {f"val_{name}": value for name, value in val_logs.items()}
        diverged = divergence(epoch, steps[:, 0], val_logs["loss"], True)
        if not diverged:  # before callbacks may exchange the weights that these values are of
            self._keep_if_best(watch, epoch, logs)
        self.callbacks.on_test_end(val_logs)
        return logs, diverged

    def _keep_if_best(self, watch: Watch, epoch: int, logs: dict[str, float]) -> None:
        """Ends an epoch for early stopping, and keeps the weights that are there if it is the best so far."""
        self.patience_ended = watch.end_epoch(epoch, logs)
        if watch.improved:
            self.best_weights = self.model.get_weights()

    def _run_steps(self, hook: str, data: Data, order: np.ndarray, epoch: int) -> np.ndarray:
        """Results of all steps over `data`, as `Program.run` gives them."""
        self.model.reset_metrics()
        watched, progress = self.watches_batches[hook], self.progress if hook == "train" else None
        results, done, sums = [], 0, np.zeros(())
        for rows in calls(data, order, self.batch_size, 1 if watched else MOST_STEPS):
            if watched:
                getattr(self.callbacks, f"on_{hook}_batch_begin")(done)
            results.append(self.program.run(data, rows, self.batch_size, training=hook == "train"))
            done += len(results[-1])
            if watched or progress:
                sums = sums + _sums(results[-1].numpy())
            if watched:
                getattr(self.callbacks, f"on_{hook}_batch_end")(done - 1, self._logs(sums))
            if progress:
                progress.step(epoch, done, _means(sums)[0])
            if hook == "train" and self.model.stop_training:
                break
        return np.concatenate(results)  # waits for the device once an epoch, where nobody looks earlier

    def _logs(self, sums: np.ndarray) -> dict[str, float]:
        """Mean losses, and the metrics so far; a metric of one value per class counts as their mean."""
        means = _means(sums)
        logs = {"loss": means[0]}
        if len(self.program.names) > 1:
            logs |= {f"{name}_loss": mean for name, mean in zip(self.program.losses, means[1:], strict=True)}
        metrics = self.model.get_metrics_result()
        return logs | {name: float(np.mean(value)) for name, value in metrics.items() if name != "loss"}

    def _keep_weights(self, watch: Watch, stopped: str, n_epochs: int) -> int:
        """Leaves the model with the weights to keep; the epoch that they are from."""
        if stopped == "diverged" or (watch.rule.restore_best and watch.best_epoch):
            self.model.set_weights(self.best_weights)
            return watch.best_epoch
        if n_epochs:
            self.program.optimizer.finalize_variable_values(self.model.trainable_variables)
        return n_epochs


def _sums(steps: np.ndarray) -> np.ndarray:
    """Sums over steps of each loss times the step's weights, and of the weights."""
    losses, weights = steps[:, :-1].astype(np.float64), steps[:, -1].astype(np.float64)
    return np.append(weights @ losses, weights.sum())


def _means(sums: np.ndarray) -> list[float]:
    return (sums[:-1] / sums[-1]).tolist()


def _copied(callback: keras.callbacks.Callback) -> keras.callbacks.Callback:
    """A callback of this fit alone."""
    try:
        return copy.deepcopy(callback)
    except Exception as error:
        name = type(callback).__name__
        found = f"callbacks: {name} can't be copied for the fit ({type(error).__name__}: {error})"
        hint = "make files, locks and connections in on_train_begin, or give the class a __deepcopy__ that returns self"
        raise ValueError(f"{found}\n  hint: {hint}") from error


def _restored_epoch(callbacks: list[keras.callbacks.Callback]) -> int:
    """The epoch whose weights Keras' early stopping has put back, from 1; 0 where it has not."""
    kinds = [one for one in callbacks if isinstance(one, keras.callbacks.EarlyStopping) and one.restore_best_weights]
    return next((one.best_epoch + 1 for one in reversed(kinds) if one.best_weights is not None), 0)


def _overrides(callbacks: list[keras.callbacks.Callback], hook: str) -> bool:
    """Whether any of the callbacks looks at the batches of training or evaluation."""
    names = [f"on_{hook}_batch_begin", f"on_{hook}_batch_end"]
    names += ["on_batch_begin", "on_batch_end"] if hook == "train" else []
    base = keras.callbacks.Callback
    return any(
        getattr(getattr(callback, name), "__func__", None) is not getattr(base, name)
        for callback in callbacks
        for name in names
    )
