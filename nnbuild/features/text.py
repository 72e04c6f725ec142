"""Texts -> whole numbers, one for each word or character: the vocabulary is learned from the rows of the training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, repeat
from string import ascii_lowercase, ascii_uppercase, punctuation
from typing import ClassVar

import numpy as np

from nnbuild.errors import DataError
from nnbuild.features.vocabulary import packed_terms, rounded_up, saved_fields, unpacked_terms
from nnbuild.recipe.kinds import Kind, Whole, optional
from nnbuild.recipe.sections import TEXT_INPUT

PADDING, UNKNOWN = 0, 1  # numbers that are no token's
KERAS_UNKNOWN = "[UNK]"  # Keras' word for unknown tokens, which is none of the vocabulary where it stands in a text
N_RESERVED = 2
MOST_LEARNED = 512  # tokens of a text, where the recipe does not say how many
Token = bytes | str  # words are bytes, which are taken apart faster


@dataclass(frozen=True)
class TextPreparation:
    """How texts become whole numbers, as fitted: data only.

    It gives what Keras' TextVectorization gives: 0 pads, 1 stands for tokens that are not in the vocabulary, and the
    most frequent token is 2.

    Attributes
    ----------
    tokens : tuple of str
        The vocabulary: the most frequent token first, of equally frequent ones the last by its bytes.
    output_sequence_length : int
        Numbers of each text: longer ones are cut, shorter ones padded.
    standardize : {"lower_and_strip_punctuation", "lower", "strip_punctuation"} or None
        What is done to texts first. Letters A to Z become small ones, and ASCII's punctuation goes away.
    split : {"whitespace", "character"}
        What the tokens are: what stands between white space, or single characters.
    max_tokens : int or None
        Most numbers, padding and unknown tokens among them.
    """

    kind: ClassVar[str] = "text"
    dtype: ClassVar[str] = "int32"

    tokens: tuple[str, ...]
    output_sequence_length: int
    standardize: str | None = "lower_and_strip_punctuation"
    split: str = "whitespace"
    max_tokens: int | None = None

    @classmethod
    def fitted(cls, texts: np.ndarray, settings: Mapping) -> TextPreparation:
        """The preparation that suits some texts.

        Parameters
        ----------
        texts : array of str, of shape (n_samples,)
            Rows of the training, and no others.
        settings : mapping of str to JSON value
            `max_tokens`, `output_sequence_length`, `standardize` and `split`, as in a recipe. A length that is not
            given is that of the longest text, rounded up, and 512 at most.

        Raises
        ------
        DataError
            If there is no token in any text.
        """
        given = {name: settings[name] for name in TEXT_INPUT if name in settings}
        draft = cls((), **{"output_sequence_length": 0, **given})
        counts: Counter[Token] = Counter()
        longest = 0
        for tokens in draft._split_texts(texts):
            counts.update(tokens)
            longest = max(longest, len(tokens))
        counts.pop(_encoded(KERAS_UNKNOWN, draft.split), None)
        if not counts:
            raise DataError(_nothing_in(len(texts), draft))
        # Tokens of one frequency are in no particular order in a text: Keras takes the last ones first.
        ordered = sorted(counts.items(), key=lambda item: (item[1], item[0]), reverse=True)
        limit = None if draft.max_tokens is None else draft.max_tokens - N_RESERVED
        vocabulary = tuple(_decoded(token) for token, _ in ordered[:limit])
        length = given.get("output_sequence_length") or min(rounded_up(longest), MOST_LEARNED)
        return cls(vocabulary, **{**given, "output_sequence_length": length})

    def transformed(self, texts: np.ndarray) -> np.ndarray:
        """Texts as whole numbers: array of shape (n_samples, output_sequence_length), int32."""
        numbers = np.full((len(texts), self.output_sequence_length), PADDING, self.dtype)
        look_up, length = self._numbers.get, self.output_sequence_length
        for row, tokens in zip(numbers, self._split_texts(texts, length), strict=True):
            row[: len(tokens)] = list(map(look_up, tokens, repeat(UNKNOWN)))
        return numbers

    @property
    def shape(self) -> tuple[int, ...]:
        """What a network gets of one text."""
        return (self.output_sequence_length,)

    @property
    def n_ids(self) -> int:
        """How many numbers a layer behind it is made for: a little more than there are tokens, so that folds agree."""
        most = rounded_up(len(self.tokens) + N_RESERVED)
        return most if self.max_tokens is None else min(most, self.max_tokens)

    def told(self) -> list[str]:
        """What was done, in a line."""
        return [f"text as {self.output_sequence_length} of {len(self.tokens)} {WORDS[self.split]}"]

    def to_dict(self) -> dict:
        """All but the tokens as JSON values."""
        return {name: getattr(self, name) for name in FIELDS}

    def arrays(self) -> dict[str, np.ndarray]:
        """The tokens as arrays of numbers."""
        return packed_terms(self.tokens)

    @classmethod
    def from_saved(cls, values: Mapping, arrays: Mapping[str, np.ndarray]) -> TextPreparation:
        """The preparation that `to_dict` and `arrays` gave.

        Raises
        ------
        DataError
            If they did not give this.
        """
        return cls(unpacked_terms(arrays), **saved_fields(values, FIELDS))

    @cached_property
    def _numbers(self) -> dict[Token, int]:
        """The number of each token."""
        return {_encoded(token, self.split): number for number, token in enumerate(self.tokens, N_RESERVED)}

    def _split_texts(self, texts: Iterable[str], most: int | None = None) -> Iterator[list[Token]]:
        """The tokens of each text, at most `most` of them."""
        table, deleted = STANDARDIZING[self.standardize]
        split = SPLITTING[self.split]
        for text in texts:
            # Half of a surrogate pair is no character of UTF-8.
            yield split(text.encode("utf-8", "replace").translate(table, deleted), most)


def _words(text: bytes, most: int | None) -> list[Token]:
    """What stands between ASCII's white space."""
    # The rest of a long text is not taken apart.
    return [*text.split(None, -1 if most is None else most)[:most]]


def _characters(text: bytes, most: int | None) -> list[Token]:
    return list(islice(text.decode(), most))


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
# What is saved besides the tokens.
FIELDS: dict[str, Kind] = {**TEXT_INPUT, "max_tokens": optional(Whole(3))}
