"""Beam search on tables of probabilities and on random ones."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pytest

from nnbuild.generate.beam_search import BeamSettings, beam_search

PADDING, START, END, A, B, C = range(6)


@dataclass(frozen=True)
class Prefixes:
    """A state with the tokens of each row, so that exchanged rows change probabilities."""

    rows: tuple[tuple[int, ...], ...]

    def select(self, rows):
        return Prefixes(tuple(self.rows[row] for row in rows))


def reading(log_probabilities, seen=None):
    """`Read` of a function of prefixes."""

    def read(state, last):
        if seen is not None:
            seen.append(last.tolist())
        rows = tuple((*row, int(token)) for row, token in zip(state.rows, last, strict=True))
        return np.array([log_probabilities(row) for row in rows]), Prefixes(rows)

    return read


def written_down(table):
    """Log-probabilities of the next token, from a table of prefixes without the start."""

    def log_probabilities(prefix):
        found = np.zeros(6)
        for token, probability in table.get(prefix[1:], {}).items():
            found[token] = probability
        with np.errstate(divide="ignore"):
            return np.log(found)

    return log_probabilities


def drawn(prefix):
    """Log-probabilities of tokens 0 to 5, with the prefix as seed."""
    values = np.random.default_rng([7, *prefix]).normal(size=6, scale=2)
    return values - np.log(np.exp(values).sum())


def how(**given):
    forbidden = np.array([PADDING, START])
    return BeamSettings(
        **{"start": START, "end": END, "padding": PADDING, "forbidden": forbidden, "max_length": 4, **given}
    )


def searched(log_probabilities, n_rows=1, seen=None, rows=None, **given):
    state = Prefixes(rows or ((),) * n_rows)
    return beam_search(reading(log_probabilities, seen), state, len(state.rows), how(**given))


TRAP = {(): {A: 0.6, B: 0.4}, (A,): {A: 0.45, END: 0.55}, (A, A): {END: 1.0}, (B,): {END: 1.0}}


def test_greedy_takes_the_most_probable_token_each_time():
    tokens, totals = searched(written_down(TRAP))
    assert tokens.tolist() == [[[A, END, 0, 0]]]
    assert totals[0, 0] == pytest.approx(math.log(0.33))


def test_a_beam_finds_a_more_probable_sequence():
    tokens, totals = searched(written_down(TRAP), width=2)
    assert tokens[0].tolist() == [[B, END, 0, 0], [A, END, 0, 0]]
    np.testing.assert_allclose(totals[0], np.log([0.4, 0.33]))


@pytest.mark.parametrize("penalty", [0.0, 0.6])
def test_a_wide_beam_finds_the_best_of_all_sequences(penalty):
    n_all = sum(3**length for length in range(4))
    ours = searched(drawn, rows=((0,), (1,), (2,)), width=n_all, length_penalty=penalty)
    for row, (tokens, totals) in enumerate(zip(*ours, strict=True)):
        best = sorted(every_sequence(row, penalty), reverse=True)[:10]
        assert tokens[:10].tolist() == [list(sequence) for _, sequence, _ in best]
        np.testing.assert_allclose(totals[:10], [total for _, _, total in best])


def every_sequence(row, penalty):
    """Rank, padded tokens and logarithm of the probability of each sequence of at most four tokens."""
    for length in range(1, 5):
        for inner in itertools.product((A, B, C), repeat=length - 1):
            tokens = (*inner, END)
            total = sum(drawn((row, START, *tokens[:place]))[token] for place, token in enumerate(tokens))
            yield total / ((5 + length) / 6) ** penalty, (*tokens, *[0] * (4 - length)), total


@pytest.mark.parametrize("penalty", [0.0, 5.0])
def test_a_beam_of_one_is_greedy_for_any_penalty(penalty):
    rows = tuple((row,) for row in range(20))
    tokens, totals = searched(drawn, rows=rows, max_length=9, length_penalty=penalty)
    for row, (found, total) in enumerate(zip(tokens[:, 0], totals[:, 0], strict=True)):
        prefix, sum_ = (row, START), 0.0
        while prefix[-1] != END:
            scores = drawn(prefix)
            scores[[PADDING, START] if len(prefix) < 10 else [PADDING, START, A, B, C]] = -np.inf
            prefix, sum_ = (*prefix, int(scores.argmax())), sum_ + scores.max()
        assert found.tolist() == [*prefix[2:], *[0] * (11 - len(prefix))]
        assert total == pytest.approx(sum_)


def test_rows_are_independent():
    rows = tuple((row,) for row in range(15))
    together = searched(drawn, rows=rows, width=3, max_length=6)
    alone = [searched(drawn, rows=(row,), width=3, max_length=6) for row in rows]
    np.testing.assert_array_equal(together[0], np.concatenate([tokens for tokens, _ in alone]))
    np.testing.assert_array_equal(together[1], np.concatenate([totals for _, totals in alone]))


def test_nothing_is_read_after_the_end():
    seen = []
    table = {(): {A: 1.0}, (A,): {END: 1.0}}
    tokens, totals = searched(written_down(table), seen=seen, max_length=50)
    assert seen == [[START], [A]]
    assert tokens.tolist() == [[[A, END, *[0] * 48]]]
    assert totals[0, 0] == 0


def test_sequences_end_at_the_maximum_length():
    tokens, totals = searched(lambda prefix: np.log([0.1, 0.1, 0.1, 0.5, 0.1, 0.1]), max_length=3)
    assert tokens.tolist() == [[[A, A, END]]]
    assert totals[0, 0] == pytest.approx(math.log(0.5 * 0.5 * 0.1))


def test_a_penalty_favours_long_sequences():
    table = {(): {A: 0.5, END: 0.5}, (A,): {B: 0.9, END: 0.1}, (A, B): {END: 1.0}}
    for penalty, best in ((0.0, [END, 0, 0, 0]), (1.0, [A, B, END, 0])):
        tokens, totals = searched(written_down(table), width=3, length_penalty=penalty)
        assert tokens[0, 0].tolist() == best
        assert totals[0, 0] == pytest.approx(math.log(0.5 if not penalty else 0.45))


def test_forbidden_tokens_are_never_generated():
    tokens, _ = searched(lambda prefix: np.log([0.3, 0.3, 0.01, 0.2, 0.1, 0.09]), width=4)
    assert START not in tokens
    assert tokens[0, 0].tolist() == [A, A, A, END]


def test_missing_sequences_are_padding():
    tokens, totals = searched(written_down({(): {A: 1.0}, (A,): {END: 1.0}}), width=3)
    assert tokens.tolist() == [[[A, END, 0, 0], [0] * 4, [0] * 4]]
    assert totals.tolist() == [[0.0, -math.inf, -math.inf]]
