"""Measure training and decoding of `small_transformer` on dates: ``python benchmarks/dates.py``."""

from __future__ import annotations

import time

import keras
import numpy as np

from nnbuild import NNTranslator
from nnbuild.datasets import make_dates

N_TRAIN, N_TEST = 20_000, 2_000


class Scores(keras.callbacks.Callback):
    """Print the CPU time of the training after each epoch."""

    def on_train_begin(self, logs=None):
        self.started = time.process_time()

    def on_epoch_end(self, epoch, logs=None):
        seconds = time.process_time() - self.started
        print(f"epoch {epoch + 1:2}: loss {logs['loss']:.4f}, CPU {seconds:4.0f} s", flush=True)


def main() -> None:
    X, y = make_dates(N_TRAIN, random_state=0)
    texts, days = make_dates(N_TEST, random_state=1)
    new = ~np.isin(texts, X)
    translator = NNTranslator("small_transformer", callbacks=Scores(), random_state=0).fit(X, y)
    print(f"{translator.n_iter_} epochs on {N_TRAIN:,} dates, {new.sum():,} of {N_TEST:,} others are new texts")
    for width in (1, 4):
        translator.set_params(beam_width=width)
        translator.predict(texts[:8])  # compile
        started = time.process_time()
        found = translator.predict(texts)
        seconds = time.process_time() - started
        exact, of_new = (found == days).mean(), (found == days)[new].mean()
        each = 1000 * seconds / N_TEST
        print(f"beam of {width}: {exact:.2%} exact, {of_new:.2%} of new texts, CPU {each:.2f} ms a text")


if __name__ == "__main__":
    main()
