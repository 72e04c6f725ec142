"""Language models of characters on a text, beside n-grams: ``python benchmarks/language_model.py --text FILE``.

The first nine tenths of the text are trained on, the last tenth is scored: every character of it once, in bits. What it
costs is seconds of the processors, of all cores together. Last it is measured how many characters a second are written,
with keys, values and states kept and with every window computed anew.
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
    options = asked()
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
    print(f"trained in {fit_s:.0f} s of processor time ({wall_s:.0f} s by the clock)", flush=True)
    started = time.process_time()
    bits = model.bits_per_character(test)
    print(f"{bits:.3f} bits per character, in {time.process_time() - started:.0f} s")
    kept, anew = rates(model, test[:20])
    print(f"{kept:.0f} characters per second of processor time, {anew:.0f} where all is computed anew")
    print(model.generate(options.prompt, N_WRITTEN, temperature=0.8, seed=0))
    if options.save:
        model.save(f"{options.save}/{recipe}.nnb", metrics={"bits_per_character": bits, "fit_s": fit_s})


def rates(model: NNLanguageModel, prompt: str) -> tuple[float, float]:
    """Characters per second of processor time: with what was computed kept, and with the whole window anew for each."""
    whole, preparation = tf.function(model.model_), model.preparation_
    length, numbers = preparation.output_sequence_length, [preparation.start, *preparation.all_token_ids(prompt)]

    def anew(n_new: int) -> None:
        seen = list(numbers)
        for _ in range(n_new):
            window = seen[-length:]
            padded = np.array([window + [0] * (length - len(window))], "int32")
            seen.append(int(np.argmax(whole(padded)[0, len(window) - 1])))

    def kept(n_new: int) -> None:
        model.generate(prompt, n_new, temperature=0)

    return rate(kept), rate(anew)


def rate(write) -> float:
    write(100)  # compiles
    started = time.process_time()
    write(N_WRITTEN)
    return N_WRITTEN / (time.process_time() - started)


class NGrams:
    """Counts of characters behind up to so many before them, smoothed after Witten and Bell.

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
        n_kinds = len(counts)  # how often something new came behind it
        return (counts[character] + n_kinds * shorter) / (self.totals[context] + n_kinds)

    def bits_per_character(self, text: str) -> float:
        before = self.order - 1
        contexts = (text[max(0, place - before) : place] for place in range(len(text)))
        return -float(np.mean([np.log2(self.probability(c, text[i])) for i, c in enumerate(contexts)]))


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", required=True, help="a file of plain text, in UTF-8")
    parser.add_argument("--recipes", nargs="*", default=["small_gpt", "char_lstm"])
    parser.add_argument("--epochs", type=int, help="by default as the recipes say")
    parser.add_argument("--orders", nargs="*", type=int, default=[2, 3, 4, 5, 6])
    parser.add_argument("--prompt", default="\n")
    parser.add_argument("--save", help="a folder for the models")
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
