"""Texts -> numbers of their words or characters, in order or counted: the vocabulary is learned from training rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice, repeat
from string import ascii_lowercase, ascii_uppercase, punctuation
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import scipy.sparse as sp

from nnbuild.catalog.kinds import is_number
from nnbuild.errors import DataError, show
from nnbuild.inputs.protocol import Finding, InputPreparation
from nnbuild.inputs.samples import plain, samples_of
from nnbuild.inputs.vocabulary import packed_terms, unpacked_terms, unseen_terms
from nnbuild.language.input_kinds import INPUT_KINDS
from nnbuild.language.vocabulary_inputs import rounded_up
from nnbuild.report.units import counted

PADDING, UNKNOWN = 0, 1  # numbers that are no token's, in order; where they are counted, nothing pads
KERAS_UNKNOWN = "[UNK]"  # Keras' word for unknown tokens, which is none of the vocabulary where it stands in a text
N_RESERVED = 2
N_MARKS = 2  # the start of a text and its end
INT = "int"  # Keras' word for numbers in order
MOST_LEARNED = 512  # tokens of a text, where the recipe does not say how many
Token = bytes | str  # words are bytes, which are taken apart faster


@dataclass(frozen=True)
class TextPreparation(InputPreparation):
    """How texts become numbers, as fitted: data only.

    It gives what Keras' TextVectorization gives. In order, 0 pads, 1 stands for tokens that are not in the vocabulary,
    and the most frequent token is 2; counted, column 0 is that of unknown tokens, and the most frequent token is 1.
    A text without any token is one unknown token.

    Attributes
    ----------
    tokens : tuple of str
        The vocabulary: the most frequent token first, of equally frequent ones the last by its bytes.
    output_sequence_length : int
        Numbers of each text: longer ones are cut, shorter ones padded. 0 where tokens are counted.
    standardize : {"lower_and_strip_punctuation", "lower", "strip_punctuation"} or None
        What is done to texts first. Letters A to Z become small ones, and ASCII's punctuation goes away.
    split : {"whitespace", "character"}
        What the tokens are: what stands between white space, or single characters.
    ngrams : int
        Tokens that follow each other are one more token, up to so many of them, joined by a space. Behind the single
        tokens of a text stand its pairs, then its triples ...
    output_mode : {"int", "multi_hot", "count", "tf_idf"}
        Numbers in order; or for each token of the vocabulary whether it is there, how often, or that weighed.
    max_tokens : int or None
        Most numbers, padding, unknown tokens and marks among them.
    marked : bool
        Whether texts have a start and an end, for networks that write them: two more numbers, behind those of the
        tokens. The length of a text counts its end.
    weights : tuple of float
        Of each token, for "tf_idf" alone: log(1 + n / (1 + n_t)), for n texts and n_t that have the token.
    """

    kind: ClassVar[str] = "text"

    tokens: tuple[str, ...]
    output_sequence_length: int
    standardize: str | None = "lower_and_strip_punctuation"
    split: str = "whitespace"
    ngrams: int = 1
    output_mode: str = INT
    max_tokens: int | None = None
    marked: bool = False
    weights: tuple[float, ...] = ()

    @classmethod
    def checked(cls, values: Any, name: str) -> np.ndarray:
        """Texts as an array.

        Parameters
        ----------
        values : list, Series, array or DataFrame of one column
        name : str
            What the user calls them.

        Returns
        -------
        array of str, of shape (n_samples,), dtype object

        Raises
        ------
        ValueError
            For values that are no text, or missing.
        """
        if isinstance(values, str):
            raise ValueError(f"{name} must hold a text for each sample, got one text\n  hint: put it into a list")
        column = samples_of(values, name, "a text")
        if column.ndim != 1:
            raise ValueError(f"{name} must hold a text for each sample, got an array of shape {column.shape}")
        wrong = (row for row, value in enumerate(column) if not isinstance(value, str))
        if (row := next(wrong, None)) is not None:
            raise ValueError(_no_text(column, row, name))
        return column

    @classmethod
    def fitted(cls, texts: np.ndarray, settings: Mapping, marked: bool = False) -> TextPreparation:
        """The preparation that suits some texts.

        Parameters
        ----------
        texts : array of str, of shape (n_samples,)
            Rows of the training, and no others.
        settings : mapping of str to JSON value
            `max_tokens`, `output_sequence_length`, `standardize`, `split`, `ngrams` and `output_mode`, as in a recipe.
            A length that is not given is that of the longest text, rounded up, and 512 at most.
        marked : bool, default=False
            Whether texts have a start and an end.

        Raises
        ------
        DataError
            If there is no token in any text, or no number for one.
        """
        given = {name: settings[name] for name in INPUT_KINDS[cls.kind].settings if name in settings}
        draft = cls((), **{"output_sequence_length": 0, **given, "marked": marked})
        draft._check_marks()
        if draft.max_tokens is not None and draft.max_tokens <= draft.n_others:
            found = f"max_tokens is {draft.max_tokens}, which leaves no number for a token"
            raise DataError(f"{found}\n  hint: padding, unknown tokens, start and end have one each")
        counts: Counter[Token] = Counter()
        texts_with: Counter[Token] = Counter()
        longest = 0
        for tokens in draft._split_texts(texts):
            counts.update(tokens)
            longest = max(longest, len(tokens))
            if draft.output_mode == TF_IDF:
                texts_with.update(set(tokens))
        counts.pop(_encoded(KERAS_UNKNOWN, draft.split), None)
        if not counts:
            raise DataError(_nothing_in(len(texts), draft))
        # Tokens of one frequency are in no particular order in a text: Keras takes the last ones first.
        ordered = sorted(counts.items(), key=lambda item: (item[1], item[0]), reverse=True)
        limit = None if draft.max_tokens is None else draft.max_tokens - draft.n_others
        kept = [token for token, _ in ordered[:limit]]
        weights = [math.log1p(len(texts) / (1 + texts_with[token])) for token in kept if draft.output_mode == TF_IDF]
        if draft.output_mode == INT and not draft.output_sequence_length:
            draft = replace(draft, output_sequence_length=min(rounded_up(longest + marked), MOST_LEARNED))
        return replace(draft, tokens=tuple(map(_decoded, kept)), weights=tuple(weights))

    def transformed(self, texts: np.ndarray) -> np.ndarray | sp.csr_matrix:
        """Texts as numbers.

        Returns
        -------
        array of shape (n_samples, output_sequence_length), int32
            The start first where texts are marked. Or, where tokens are counted, a CSR matrix of shape
            (n_samples, n_ids), float32.
        """
        length = self.output_sequence_length
        if not length:
            return self._counted(texts)
        if not self.marked:
            numbers = self._looked_up(texts, length)
            numbers[:, 0] += numbers[:, 0] == PADDING  # unknown: where all is masked, a mean over the rest is none
            return numbers
        # The last token of a text of full length is followed by nothing that would be seen.
        numbers = self._looked_up(texts, length - 1)
        return np.pad(numbers, [(0, 0), (1, 0)], constant_values=self.start)

    def followed(self, texts: np.ndarray) -> np.ndarray:
        """What follows each number of `transformed` in texts that are marked: the tokens, and the end behind them."""
        numbers = np.pad(self._looked_up(texts, self.output_sequence_length), [(0, 0), (0, 1)])
        numbers[np.arange(len(numbers)), (numbers != PADDING).sum(axis=1)] = self.end
        return numbers[:, :-1]

    def fitted_again(self, name: str, values: np.ndarray, settings: Mapping) -> TextPreparation:
        """The preparation of other texts, in which words keep their numbers; texts may have another length."""
        self._check_like(name, settings)
        length = settings.get("output_sequence_length", self.output_sequence_length)
        return replace(self, output_sequence_length=length)

    def all_numbers(self, text: str) -> np.ndarray:
        """The numbers of all tokens of one text, however many there are: array of shape (n_tokens,), int32."""
        (tokens,) = self._split_texts([text])
        return np.fromiter(map(self._numbers.get, tokens, repeat(UNKNOWN)), self.dtype, len(tokens))

    def texts_of(self, numbers: np.ndarray) -> np.ndarray:
        """Texts of whole numbers, as far as their ends: array of str, of shape (n_samples,), dtype object.

        Parameters
        ----------
        numbers : array of int, of shape (n_samples, length)
            What is no token's leaves nothing behind.
        """
        tokens = dict(enumerate(self.tokens, N_RESERVED))
        texts = np.empty(len(numbers), object)
        for row, found in enumerate(numbers.tolist()):
            written = found[: found.index(self.end)] if self.end in found else found
            texts[row] = BETWEEN[self.split].join(tokens[number] for number in written if number in tokens)
        return texts

    @property
    def is_cut(self) -> bool:
        """Whether `max_tokens` left tokens of the training out."""
        return len(self.tokens) + self.n_others == self.max_tokens

    def unknown_share(self, texts: np.ndarray) -> float:
        """Share of the single tokens of some texts that are not in the vocabulary; 0 where there is no token."""
        known = self._numbers
        tokens = [token in known for found in replace(self, ngrams=1)._split_texts(texts) for token in found]
        return 1 - sum(tokens) / len(tokens) if tokens else 0.0

    def findings(self, name: str, values: Any, is_based: bool, constants: dict) -> Iterator[tuple[str, Finding]]:
        if not self.is_cut:  # tokens beyond the limit are unknown by choice
            yield unseen_terms(name, self.unknown_share(values), WORDS[self.split])

    def standardized(self, texts: np.ndarray) -> np.ndarray:
        """Texts as they would be if a network had written them, unknown tokens and all."""
        parts = ([_decoded(token) for token in tokens] for tokens in self._split_texts(texts))
        return np.array([BETWEEN[self.split].join(tokens) for tokens in parts], object)

    def _counted(self, texts: np.ndarray) -> sp.csr_matrix:
        look_up = self._numbers.get
        columns = [list(map(look_up, tokens, repeat(0))) for tokens in self._split_texts(texts)]
        ends = np.cumsum([0, *map(len, columns)])
        flat = np.fromiter(chain.from_iterable(columns), "int32", ends[-1])
        counts = sp.csr_matrix((np.ones(len(flat), "float32"), flat, ends), (len(texts), self.n_ids))
        counts.sum_duplicates()
        if self.output_mode == MULTI_HOT:
            counts.data[:] = 1
        elif self.output_mode == TF_IDF:
            # Keras weighs what is unknown as the mean token.
            counts.data *= np.array([np.mean(self.weights), *self.weights], "float32")[counts.indices]
        return counts

    @property
    def shape(self) -> tuple[int, ...]:
        """What a network gets of one text."""
        return (self.output_sequence_length or self.n_ids,)

    @property
    def dtype(self) -> str | None:
        """Of its numbers; None for that of a network."""
        return "int32" if self.output_mode == INT else None

    @property
    def n_ids(self) -> int:
        """How many numbers a layer behind it is made for: a little more than there are tokens, so that folds agree."""
        most = rounded_up(len(self.tokens) + self.n_others)
        return most if self.max_tokens is None else min(most, self.max_tokens)

    @property
    def n_others(self) -> int:
        """How many numbers are no token's."""
        reserved = N_RESERVED if self.output_mode == INT else 1  # nothing pads what is counted
        return reserved + (N_MARKS if self.marked else 0)

    @property
    def start(self) -> int:
        """The number of the start of a text."""
        return N_RESERVED + len(self.tokens)

    @property
    def end(self) -> int:
        """The number of the end of a text."""
        return self.start + 1

    def summary(self) -> list[str]:
        """What was done, in a line."""
        grams = f" and runs of up to {self.ngrams}" if self.ngrams > 1 else ""
        form = f"{self.output_sequence_length} of" if self.output_sequence_length else f"{self.output_mode} of"
        return [f"text as {form} {len(self.tokens)} {WORDS[self.split]}{grams}"]

    def to_dict(self) -> dict:
        """All but the tokens and their weights as JSON values."""
        return {name: getattr(self, name) for name in INPUT_KINDS[self.kind].saved}

    def arrays(self) -> dict[str, np.ndarray]:
        """The tokens, and their weights, as arrays of numbers."""
        weights = {"weights": np.array(self.weights)} if self.weights else {}
        return {**packed_terms(self.tokens), **weights}

    @classmethod
    def from_saved(cls, fields: Mapping, arrays: Mapping[str, np.ndarray]) -> TextPreparation:
        """The preparation of checked fields and arrays, as `to_dict` and `arrays` gave them."""
        weights = arrays["weights"].tolist() if "weights" in arrays else ()
        return cls(unpacked_terms(arrays), **fields, weights=tuple(weights))

    def _check_like(self, name: str, settings: Mapping) -> None:
        """Raise a `DataError` where a recipe says something of tokens that is not so in an earlier fit."""
        if "output_sequence_length" in settings and self.output_mode != INT:
            found = f"input {show(name)} has an output_sequence_length, and in pretrained output_mode "
            found += f"{show(self.output_mode)}, which gives a number for each token of the vocabulary"
            raise DataError(f"{found}\n  hint: leave output_sequence_length out")
        for key in INPUT_KINDS[self.kind].settings:
            if key in settings and key != "output_sequence_length" and settings[key] != getattr(self, key):
                value, known = show(settings[key]), show(getattr(self, key))
                found = f"{key} of input {show(name)} is {value}, and in pretrained {known}"
                raise DataError(f"{found}\n  hint: its words keep their numbers: leave {key} out, or say the same")

    def _check_marks(self) -> None:
        """Raise a `DataError` where texts that are written have no single tokens in order."""
        for name, needed in (("output_mode", INT), ("ngrams", 1)):
            if self.marked and (value := getattr(self, name)) != needed:
                found = f"{name} is {show(value)}, and texts that are written are single tokens in order"
                raise DataError(f"{found}\n  hint: leave {name} out")

    @cached_property
    def _numbers(self) -> dict[Token, int]:
        """The number of each token."""
        first = N_RESERVED if self.output_mode == INT else 1
        return {_encoded(token, self.split): number for number, token in enumerate(self.tokens, first)}

    def _looked_up(self, texts: np.ndarray, length: int) -> np.ndarray:
        """The numbers of the first tokens of each text: array of shape (n_samples, length)."""
        numbers = np.full((len(texts), length), PADDING, self.dtype)
        look_up = self._numbers.get
        for row, tokens in zip(numbers, self._split_texts(texts, length), strict=True):
            row[: len(tokens)] = list(map(look_up, tokens, repeat(UNKNOWN)))
        return numbers

    def _split_texts(self, texts: Iterable[str], most: int | None = None) -> Iterator[list[Token]]:
        """The tokens of each text, at most `most` of them."""
        table, deleted = STANDARDIZING[self.standardize]
        split = SPLITTING[self.split]
        for text in texts:
            # Half of a surrogate pair is no character of UTF-8.
            tokens = split(text.encode("utf-8", "replace").translate(table, deleted), most)
            yield tokens if self.ngrams == 1 else _with_runs(tokens, self.ngrams)[:most]


def _no_text(column: np.ndarray, row: int, name: str) -> str:
    """What is wrong with the value of a row that is no text."""
    value = column[row]
    if pd.isna(column[row : row + 1])[0]:  # a list is none of its values
        found = f"{name} has {counted(int(pd.isna(column).sum()), 'missing text')}, the first in row {row}"
        return f"{found}\n  hint: fill them first: '' is no text at all"
    found = f"{name} must hold text, got {show(plain(value))} in row {row}"
    if isinstance(value, bytes):
        return f"{found}\n  hint: decode bytes first"
    return found + ("\n  hint: the recipe's input of kind 'text' takes no numbers" if is_number(plain(value)) else "")


def _words(text: bytes, most: int | None) -> list[Token]:
    """What stands between ASCII's white space."""
    # The rest of a long text is not taken apart.
    return [*text.split(None, -1 if most is None else most)[:most]]


def _characters(text: bytes, most: int | None) -> list[Token]:
    return list(islice(text.decode(), most))


def _with_runs(tokens: list[Token], longest: int) -> list[Token]:
    """Tokens, then all runs of two of them, of three ... in the order of the text."""
    space: Any = b" " if tokens and isinstance(tokens[0], bytes) else " "
    runs = (zip(*(tokens[start:] for start in range(length)), strict=False) for length in range(2, longest + 1))
    return [*tokens, *(space.join(run) for found in runs for run in found)]


def _encoded(token: str, split: str) -> Token:
    return token.encode() if split == "whitespace" else token


def _decoded(token: Token) -> str:
    return token.decode() if isinstance(token, bytes) else token


def _nothing_in(n_texts: int, draft: TextPreparation) -> str:
    rest = " once punctuation is stripped" if "punctuation" in (draft.standardize or "") else ""
    what, texts = WORDS[draft.split], "text" if n_texts == 1 else "texts"
    found = f"X has no {what} to learn from in {n_texts} {texts}"
    return f"{found}{rest}\n  hint: rows of the training need texts that are not empty"


_LOWER = bytes.maketrans(ascii_uppercase.encode(), ascii_lowercase.encode())
_PUNCTUATION = punctuation.encode()
# What each way to standardize makes of bytes: other ones, or none.
STANDARDIZING: dict[str | None, tuple[bytes | None, bytes]] = {
    "lower_and_strip_punctuation": (_LOWER, _PUNCTUATION),
    "lower": (_LOWER, b""),
    "strip_punctuation": (None, _PUNCTUATION),
    None: (None, b""),
}
SPLITTING: dict[str, Callable[[bytes, int | None], list[Token]]] = {"whitespace": _words, "character": _characters}
WORDS = {"whitespace": "words", "character": "characters"}
BETWEEN = {"whitespace": " ", "character": ""}  # what tokens are joined by
MULTI_HOT, TF_IDF = "multi_hot", "tf_idf"
