"""Engine "keras": train one member, with any layers and callbacks of Keras."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import keras
import numpy as np

from nnbuild.plan.training_checks import curve_names
from nnbuild.train.common.adaptation import adapt
from nnbuild.train.common.batches import MAX_STEPS, TrainingData, calls, epoch_order, steps_in
from nnbuild.train.common.course import Outcome, TrainingCourse
from nnbuild.train.common.device import on_device
from nnbuild.train.common.epochs import EpochHooks
from nnbuild.train.common.factors import step_factors
from nnbuild.train.common.member import Member, Previous
from nnbuild.train.common.model_cache import borrowed
from nnbuild.train.common.progress import ProgressListener
from nnbuild.train.common.target_checks import check_data
from nnbuild.train.keras.program import optimizer_state, program_for


def train_member(
    member: Member,
    callbacks: Iterable[keras.callbacks.Callback] = (),
    hooks: Sequence[EpochHooks] = (),
    progress: ProgressListener | None = None,
    deadline_s: float = math.inf,
) -> Outcome:
    """Train a member on its device, with a model from the cache if possible; see `train`."""
    with on_device(member.device), borrowed(member.resolved, member.seed, member.device) as model:
        place_weights(model, member)
        outcome = train(
            model,
            member.settings,
            member.seed,
            member.training,
            member.held_out,
            callbacks=callbacks,
            hooks=hooks,
            progress=progress,
            previous=member.previous,
            deadline_s=deadline_s,
        )
        return replace(outcome, optimizer=optimizer_state(model)) if member.keeps_optimizer else outcome


def place_weights(model: keras.Model, member: Member) -> None:
    """Set the initial weights of a member in a model with the initial weights of its seed."""
    if member.previous:
        member.previous.weights.place_in(model)
    if member.start:
        member.start.place_in(model)
    if not member.previous:
        adapt(model, member.resolved, member.seed, member.training, member.start.values if member.start else ())


def train(
    model: keras.Model,
    settings: Mapping,
    seed: int,
    training: TrainingData,
    held_out: TrainingData | None = None,
    *,
    callbacks: Iterable[keras.callbacks.Callback] = (),
    hooks: Sequence[EpochHooks] = (),
    progress: ProgressListener | None = None,
    previous: Previous | None = None,
    deadline_s: float = math.inf,
) -> Outcome:
    """Train a model in place. Afterwards it has the weights of the epoch `best_epoch` of the history.

    This is the best epoch if early stopping restores weights or after divergence, otherwise the last one. If the first
    epoch diverges, `best_epoch` is 0 and the weights are the initial ones.

    Parameters
    ----------
    model : keras.Model
        Built model, compiled or not.
    settings : mapping
        The resolved `training` section of a recipe, with all keys. `precision` must be that of the model.
    seed : int
        Seed of the order of batches. The same seed on the same model gives the same bits on a CPU.
    training, held_out : TrainingData
        Training set, and validation set or None.
    callbacks : iterable of keras.callbacks.Callback
        Copied, so that fits do not affect each other. If a callback has methods for batches, each call of the compiled
        program contains one batch; otherwise, several.
    hooks : sequence of EpochHooks
        Called before and after each epoch, after the callbacks.
    progress : ProgressListener, optional
        Object that receives the progress, such as a `ProgressBar`. By default nothing is printed.
    previous : Previous, optional
        Previous training of the same model to continue.
    deadline_s : float, default=inf
        Time of `time.perf_counter`, after which training ends with the current epoch.

    Returns
    -------
    Outcome
        Its history has curves of "loss", of each output's loss if there are several, and of the metrics; with a
        validation set the same names with the prefix "val_". An epoch that diverged is left out.

    Raises
    ------
    ValueError
        If arrays, settings and the model do not match.
    MemoryLimitError
        If a step needs more memory than the machine has.

    Notes
    -----
    The loss of a batch is sum(w l) / sum(w) plus regularization, where w is the product of sample weight and class
    weight; with several outputs, the weighted sum of these means. The loss of an epoch is the mean over its batches,
    weighted by their sums of w, which equals sum(w l) / sum(w) over all samples. Validation uses the same rule,
    including class weights. Metrics use sample weights only.
    """
    started = time.perf_counter()
    names = list(training.y)
    check_data(model, names, settings, training, held_out)
    course = TrainingCourse(names, settings, held_out is not None, hooks, deadline_s=deadline_s)
    fit = TrainerRun(model, course, settings, training, held_out, seed, callbacks, progress, previous)
    fit.run()
    return fit.outcome(time.perf_counter() - started)


class TrainerRun:
    """One training, with its data, its callbacks, and the loop over epochs."""

    def __init__(
        self,
        model: keras.Model,
        course: TrainingCourse,
        settings: Mapping,
        training: TrainingData,
        held_out: TrainingData | None,
        seed: int,
        callbacks: Iterable[keras.callbacks.Callback],
        progress: ProgressListener | None,
        previous: Previous | None,
    ):
        self.program = program_for(model, settings, training)
        if previous and previous.optimizer:
            self.program.resume(previous.optimizer)
        self.n_before = previous.n_epochs if previous else 0
        self.model, self.course, self.settings = model, course, settings
        self.training, self.held_out, self.seed = training, held_out, seed
        self.batch_size, self.n_epochs = settings["batch_size"], settings["epochs"]
        self.n_steps = steps_in(training, self.batch_size)
        self.factors: dict[str, np.ndarray] = {}  # of the steps of the epoch, by scheduled value
        self.progress = progress
        self.best_weights = self.model.get_weights()  # the initial weights until the first epoch has ended
        self.evaluated_weights = self.best_weights  # of the last epoch, before callbacks can change them
        copies = list(map(_copied, callbacks))
        self.watches_batches = {hook: _overrides(copies, hook) for hook in ("train", "test")}
        self.callbacks = keras.callbacks.CallbackList(
            copies, model=self.model, epochs=self.n_epochs, steps=self.n_steps, verbose=0
        )

    def run(self) -> None:
        """Train. Afterwards the model has the weights that `train` describes."""
        if self.progress:
            self.progress.start(self.n_epochs, self.n_steps)
        try:
            self.begin()
            for epoch in range(1, self.n_epochs + 1):
                self.run_epoch(epoch)
                if self.course.stopped:
                    break
            self.finish()
        finally:
            if self.progress:
                self.progress.stop()

    def begin(self) -> None:
        """Call the callbacks before the first epoch."""
        self.model.stop_training = False
        self.callbacks.on_train_begin()

    def finish(self) -> None:
        """Leave the model with the weights to keep."""
        self._keep_weights()
        self.callbacks.on_train_end(self.course.last or None)

    def outcome(self, elapsed_s: float) -> Outcome:
        """Return the outcome of the finished training, with the weights of the model."""
        history = self.course.history(elapsed_s)
        history = replace(history, best_epoch=_restored_epoch(self.callbacks.callbacks) or history.best_epoch)
        return Outcome(_weights(self.model), history, self.course.divergence_message)

    def run_epoch(self, epoch: int) -> None:
        """Train and validate one epoch, and call the callbacks."""
        self.callbacks.on_epoch_begin(epoch - 1)
        self.course.begin_epoch(epoch)
        training = self.training.of_epoch(self.n_before + epoch)
        order = epoch_order(training, self.settings["shuffle"], self.seed, self.n_before + epoch)
        self.factors = step_factors(self.settings, self.n_steps, epoch, self.n_before)
        steps = self._run_steps("train", training, order, epoch)
        logs = self._logs(_sums(steps))
        if self.course.diverges(epoch, steps[:, 0], self.program.weights_are_finite()):
            return
        if self.held_out is None:
            self._keep_if_best(epoch, logs)
        else:
            self._validate(self.held_out, epoch, logs, steps[:, 0])
        if not self.course.stopped:
            self._end_epoch(epoch, logs)

    def _validate(self, held_out: TrainingData, epoch: int, logs: dict[str, float], losses: np.ndarray) -> None:
        """Add the values of the validation set to those of an epoch."""
        self.callbacks.on_test_begin()
        val_logs = self._logs(_sums(self._run_steps("test", held_out, held_out.rows, epoch)))
        logs |= {f"val_{name}": value for name, value in val_logs.items()}
        if not self.course.diverges(epoch, losses, True, val_logs["loss"]):
            self._keep_if_best(epoch, logs)  # before callbacks can change the evaluated weights
        self.callbacks.on_test_end(val_logs)

    def _keep_if_best(self, epoch: int, logs: dict[str, float]) -> None:
        """Add an epoch to the history, and keep the current weights if it is the best so far."""
        if self.course.improves(epoch, logs):
            self.best_weights = self.model.get_weights()
        elif self.course.is_pooled:  # the pool determines later whether it is the best
            self.evaluated_weights = self.model.get_weights()

    def _end_epoch(self, epoch: int, logs: dict[str, float]) -> None:
        self.callbacks.on_epoch_end(epoch - 1, logs)
        self.course.end_epoch(epoch, partial(_weights, self.model), self.model.stop_training)
        if self.progress:
            self.progress.epoch(epoch, logs)

    def _run_steps(self, hook: str, data: TrainingData, order: np.ndarray, epoch: int) -> np.ndarray:
        """Return the results of all steps over `data`, as for `Program.run`."""
        self.model.reset_metrics()
        watched, progress = self.watches_batches[hook], self.progress if hook == "train" else None
        results, done, sums = [], 0, np.zeros(())
        for rows in calls(data, order, self.batch_size, 1 if watched else MAX_STEPS):
            if watched:
                getattr(self.callbacks, f"on_{hook}_batch_begin")(done)
            results.append(
                self.program.run(data, rows, self.batch_size, hook == "train", self._factors(hook, done, rows))
            )
            done += len(results[-1])
            if watched or progress:
                sums = sums + _sums(results[-1].numpy())
            if watched:
                getattr(self.callbacks, f"on_{hook}_batch_end")(done - 1, self._logs(sums))
            if progress:
                progress.step(epoch, done, _means(sums)[0])
            if hook == "train" and self.model.stop_training:
                break
        return np.concatenate(results)  # waits for the device only once per epoch, unless values are needed earlier

    def _factors(self, hook: str, done: int, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return the factors of the steps on `rows`, after `done` steps of the epoch."""
        steps = slice(done, done - (-len(rows) // self.batch_size))
        return {name: values[steps] for name, values in self.factors.items()} if hook == "train" else {}

    def _logs(self, sums: np.ndarray) -> dict[str, float]:
        """Return mean losses, and the current metrics; a metric with a value per class is averaged."""
        names = curve_names(self.program.names, self.program.losses)
        logs = dict(zip(names, _means(sums), strict=False))  # a single output's loss is not listed again
        metrics = self.model.get_metrics_result()
        return logs | {name: float(np.mean(value)) for name, value in metrics.items() if name != "loss"}

    def _keep_weights(self) -> None:
        """Restore the weights of the best epoch, or finalize the last ones: moving averages replace them, if any."""
        if self.course.keeps_best:
            self.model.set_weights(self.best_weights)
        elif self.course.last:
            self.program.optimizer.finalize_variable_values(self.model.trainable_variables)


def _weights(model: keras.Model) -> list[np.ndarray]:
    """Return the values of a model's variables, in its order."""
    return [np.array(variable.value.numpy()) for variable in model.variables]


def _sums(steps: np.ndarray) -> np.ndarray:
    """Return sums over steps for each output: of its part in the loss and of its loss, times its weights; of weights.

    Parameters
    ----------
    steps : array of shape (n_steps, 1 + 3 * n_losses)
        Result of `Program.run`.

    Returns
    -------
    array of shape (3, n_losses)
    """
    terms, parts, weights = np.split(steps[:, 1:].astype(np.float64), 3, axis=1)
    return np.stack([(weights * terms).sum(axis=0), (weights * parts).sum(axis=0), weights.sum(axis=0)])


def _means(sums: np.ndarray) -> list[float]:
    """Return the mean loss, and that of each output; 0 for an output without a target so far."""
    terms, parts = np.divide(sums[:2], sums[2], out=np.zeros((2, sums.shape[1])), where=sums[2] > 0)
    return [float(terms.sum()), *parts.tolist()]


def _copied(callback: keras.callbacks.Callback) -> keras.callbacks.Callback:
    """Return a copy of a callback for this fit."""
    try:
        return copy.deepcopy(callback)
    except Exception as error:
        name = type(callback).__name__
        found = f"callbacks: {name} can't be copied for the fit ({type(error).__name__}: {error})"
        hint = "create files, locks and connections in on_train_begin, or define a __deepcopy__ that returns self"
        raise ValueError(f"{found}\n  hint: {hint}") from error


def _restored_epoch(callbacks: list[keras.callbacks.Callback]) -> int:
    """Return the epoch, from 1, whose weights Keras' `EarlyStopping` has restored; 0 without it."""
    stoppers = [one for one in callbacks if isinstance(one, keras.callbacks.EarlyStopping) and one.restore_best_weights]
    return next((one.best_epoch + 1 for one in reversed(stoppers) if one.best_weights is not None), 0)


def _overrides(callbacks: list[keras.callbacks.Callback], hook: str) -> bool:
    """Return whether any callback has methods for batches; `hook` is "train" or "test"."""
    names = [f"on_{hook}_batch_begin", f"on_{hook}_batch_end"]
    names += ["on_batch_begin", "on_batch_end"] if hook == "train" else []
    base = keras.callbacks.Callback
    return any(
        getattr(getattr(callback, name), "__func__", None) is not getattr(base, name)
        for callback in callbacks
        for name in names
    )
