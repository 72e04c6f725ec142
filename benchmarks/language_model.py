"""Compare character language models with n-grams: ``python benchmarks/language_model.py --text FILE``.

The last tenth of the text is the test set. Scores are bits per character. Times are CPU times of all cores. The speed
of generation is measured in characters per second, with and without the cache of keys, values and states.
"""

import argparse
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import tensorflow as tf

from nnbuild import NNLanguageModel

HELD_OUT = 0.1
N_WRITTEN = 400  # characters


def main() -> None:
    options = parse_options()
    text = Path(options.text).read_text("utf-8")
    place = int((1 - HELD_OUT) * len(text))
    train, test = text[:place], text[place:]
    print(f"{Path(options.text).name}: {len(train)} characters to train on, {len(test)} held out")
    for order in options.orders:
        print(f"{order}-grams: {NGrams(order, train).bits_per_character(test):.3f} bits per character", flush=True)
    for recipe in options.recipes:
        print(flush=True)
        report(recipe, train, test, options)


def report(recipe: str, train: str, test: str, options: argparse.Namespace) -> None:
    model = NNLanguageModel(recipe, epochs=options.epochs, random_state=0, verbose=options.verbose)
    started, walls = time.process_time(), time.perf_counter()
    model.fit(train)
    fit_s, wall_s = time.process_time() - started, time.perf_counter() - walls
    print(f"{recipe}: {model.model_.count_params()} parameters, {model.n_iter_} epochs")
    print(f"trained in {fit_s:.0f} s of CPU time ({wall_s:.0f} s of wall time)", flush=True)
    started = time.process_time()
    bits = model.bits_per_character(test)
    print(f"{bits:.3f} bits per character, in {time.process_time() - started:.0f} s")
    cached, uncached = rates(model, test[:20])
    print(f"{cached:.0f} characters per second of CPU time, {uncached:.0f} without a cache")
    print(model.generate(options.prompt, N_WRITTEN, temperature=0.8, seed=0))
    if options.save:
        model.save(f"{options.save}/{recipe}.nnb", metrics={"bits_per_character": bits, "fit_s": fit_s})


def rates(model: NNLanguageModel, prompt: str) -> tuple[float, float]:
    """Return characters per second of CPU time, with the cache and with recomputation of the window."""
    whole, preparation = tf.function(model.model_), model.preparation_
    length, numbers = preparation.output_sequence_length, [preparation.start, *preparation.all_token_ids(prompt)]

    def uncached(n_new: int) -> None:
        token_ids = list(numbers)
        for _ in range(n_new):
            window = token_ids[-length:]
            padded = np.array([window + [0] * (length - len(window))], "int32")
            token_ids.append(int(np.argmax(whole(padded)[0, len(window) - 1])))

    def cached(n_new: int) -> None:
        model.generate(prompt, n_new, temperature=0)

    return rate(cached), rate(uncached)


def rate(write) -> float:
    write(100)  # compile
    started = time.process_time()
    write(N_WRITTEN)
    return N_WRITTEN / (time.process_time() - started)


class NGrams:
    """Character n-gram model with Witten-Bell smoothing.

    References
    ----------
    .. [1] Chen, Goodman, "An empirical study of smoothing techniques for language modeling", section 2.5.
    """

    def __init__(self, order: int, text: str):
        self.order, self.alphabet = order, len(set(text))
        self.counts: dict[str, Counter] = defaultdict(Counter)
        for length in range(order):
            for place in range(length, len(text)):
                self.counts[text[place - length : place]][text[place]] += 1
        self.totals = {context: sum(counts.values()) for context, counts in self.counts.items()}

    def probability(self, context: str, character: str) -> float:
        shorter = self.probability(context[1:], character) if context else 1 / self.alphabet
        counts = self.counts.get(context)
        if counts is None:
            return shorter
        n_kinds = len(counts)  # number of distinct characters after the context
        return (counts[character] + n_kinds * shorter) / (self.totals[context] + n_kinds)

    def bits_per_character(self, text: str) -> float:
        before = self.order - 1
        contexts = (text[max(0, place - before) : place] for place in range(len(text)))
        return -float(np.mean([np.log2(self.probability(c, text[i])) for i, c in enumerate(contexts)]))


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", required=True, help="UTF-8 text file")
    parser.add_argument("--recipes", nargs="*", default=["small_gpt", "char_lstm"])
    parser.add_argument("--epochs", type=int, help="by default those of the recipes")
    parser.add_argument("--orders", nargs="*", type=int, default=[2, 3, 4, 5, 6])
    parser.add_argument("--prompt", default="\n")
    parser.add_argument("--save", help="folder for the models")
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
