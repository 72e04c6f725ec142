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
from nnbuild.recipe.kinds import Flag, Kind, Whole, optional
from nnbuild.recipe.sections import TEXT_INPUT

PADDING, UNKNOWN = 0, 1  # numbers that are no token's
KERAS_UNKNOWN = "[UNK]"  # Keras' word for unknown tokens, which is none of the vocabulary where it stands in a text
N_RESERVED = 2
N_MARKS = 2  # the start of a text and its end
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
        Most numbers, padding, unknown tokens and marks among them.
    marked : bool
        Whether texts have a start and an end, for networks that write them: two more numbers, behind those of the
        tokens. The length of a text counts its end.
    """

    kind: ClassVar[str] = "text"
    dtype: ClassVar[str] = "int32"

    tokens: tuple[str, ...]
    output_sequence_length: int
    standardize: str | None = "lower_and_strip_punctuation"
    split: str = "whitespace"
    max_tokens: int | None = None
    marked: bool = False

    @classmethod
    def fitted(cls, texts: np.ndarray, settings: Mapping, marked: bool = False) -> TextPreparation:
        """The preparation that suits some texts.

        Parameters
        ----------
        texts : array of str, of shape (n_samples,)
            Rows of the training, and no others.
        settings : mapping of str to JSON value
            `max_tokens`, `output_sequence_length`, `standardize` and `split`, as in a recipe. A length that is not
            given is that of the longest text, rounded up, and 512 at most.
        marked : bool, default=False
            Whether texts have a start and an end.

        Raises
        ------
        DataError
            If there is no token in any text, or no number for one.
        """
        given = {**{name: settings[name] for name in TEXT_INPUT if name in settings}, "marked": marked}
        draft = cls((), **{"output_sequence_length": 0, **given})
        if draft.max_tokens is not None and draft.max_tokens <= draft.n_others:
            found = f"max_tokens is {draft.max_tokens}, which leaves no number for a token"
            raise DataError(f"{found}\n  hint: padding, unknown tokens, start and end have one each")
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
        limit = None if draft.max_tokens is None else draft.max_tokens - draft.n_others
        vocabulary = tuple(_decoded(token) for token, _ in ordered[:limit])
        length = given.get("output_sequence_length") or min(rounded_up(longest + marked), MOST_LEARNED)
        return cls(vocabulary, **{**given, "output_sequence_length": length})

    def transformed(self, texts: np.ndarray) -> np.ndarray:
        """Texts as whole numbers, the start first where they are marked: (n_samples, output_sequence_length), int32."""
        if not self.marked:
            return self._looked_up(texts, self.output_sequence_length)
        # The last token of a text of full length is followed by nothing that would be seen.
        numbers = self._looked_up(texts, self.output_sequence_length - 1)
        return np.pad(numbers, [(0, 0), (1, 0)], constant_values=self.start)

    def followed(self, texts: np.ndarray) -> np.ndarray:
        """What follows each number of `transformed` in texts that are marked: the tokens, and the end behind them."""
        numbers = np.pad(self._looked_up(texts, self.output_sequence_length), [(0, 0), (0, 1)])
        numbers[np.arange(len(numbers)), (numbers != PADDING).sum(axis=1)] = self.end
        return numbers[:, :-1]

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

    def standardized(self, texts: np.ndarray) -> np.ndarray:
        """Texts as they would be if a network had written them, unknown tokens and all."""
        parts = ([_decoded(token) for token in tokens] for tokens in self._split_texts(texts))
        return np.array([BETWEEN[self.split].join(tokens) for tokens in parts], object)

    @property
    def shape(self) -> tuple[int, ...]:
        """What a network gets of one text."""
        return (self.output_sequence_length,)

    @property
    def n_ids(self) -> int:
        """How many numbers a layer behind it is made for: a little more than there are tokens, so that folds agree."""
        most = rounded_up(len(self.tokens) + self.n_others)
        return most if self.max_tokens is None else min(most, self.max_tokens)

    @property
    def n_others(self) -> int:
        """How many numbers are no token's."""
        return N_RESERVED + (N_MARKS if self.marked else 0)

    @property
    def start(self) -> int:
        """The number of the start of a text."""
        return N_RESERVED + len(self.tokens)

    @property
    def end(self) -> int:
        """The number of the end of a text."""
        return self.start + 1

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
        return cls(unpacked_terms(arrays), **saved_fields({"marked": False, **values}, FIELDS))  # older files lack it

    @cached_property
    def _numbers(self) -> dict[Token, int]:
        """The number of each token."""
        return {_encoded(token, self.split): number for number, token in enumerate(self.tokens, N_RESERVED)}

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
BETWEEN = {"whitespace": " ", "character": ""}  # what tokens are joined by
# What is saved besides the tokens.
FIELDS: dict[str, Kind] = {**TEXT_INPUT, "max_tokens": optional(Whole(3)), "marked": Flag()}
