"""Map texts to token ids, in order or counted; tokens are words or characters of the training set."""

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
from nnbuild.inputs.protocol import Difference, InputPreparation
from nnbuild.inputs.samples import plain, samples_of
from nnbuild.inputs.vocabulary import packed_terms, unpacked_terms, unseen_terms
from nnbuild.language.input_kinds import INPUT_KINDS
from nnbuild.language.vocabulary_inputs import rounded_up
from nnbuild.report.units import counted

PADDING, UNKNOWN = 0, 1  # reserved token ids, if tokens are in order; counted tokens have no padding
KERAS_UNKNOWN = "[UNK]"  # unknown token in Keras; never in the vocabulary
N_RESERVED, N_MARKS = 2, 2  # marks are the start and the end of a text
INT = "int"  # output mode of Keras for token ids in order
MAX_LEARNED_LENGTH = 512  # maximum tokens of a text, if not in the recipe
Token = bytes | str  # words are bytes, which are split faster


@dataclass(frozen=True)
class TextPreparation(InputPreparation):
    """Fitted conversion of texts to token ids or counts.

    Results equal those of Keras' TextVectorization. In order, id 0 is padding, 1 is an unknown token, and 2 is the most
    frequent token. In counts, column 0 is for unknown tokens, and column 1 for the most frequent token. A text without
    tokens becomes one unknown token.

    Attributes
    ----------
    tokens : tuple of str
        Vocabulary, most frequent token first; equally frequent tokens in descending order of their bytes.
    output_sequence_length : int
        Token ids per text: longer texts are truncated, shorter ones padded. 0 if tokens are counted.
    standardize : {"lower_and_strip_punctuation", "lower", "strip_punctuation"} or None
        Lower-casing of A to Z and removal of ASCII punctuation, before splitting.
    split : {"whitespace", "character"}
        Tokens are words between white space, or single characters.
    max_length : int or None
        Maximum length of a text in words or characters; the rest is dropped before n-grams are formed.
    ngrams : int
        Maximum length of n-grams. In each text, pairs of tokens, joined by a space, follow the single tokens, then
        triples ...
    output_mode : {"int", "multi_hot", "count", "tf_idf"}
        Token ids in order, or one value per token of the vocabulary: its presence, its count, or its TF-IDF weight.
    max_tokens : int or None
        Maximum vocabulary size, including padding, unknown token, start and end.
    marked : bool
        Whether texts have a start and an end token, for networks that generate text. Their ids follow those of the
        vocabulary. The length of a text includes its end.
    weights : tuple of float
        For "tf_idf" only, of each token: log(1 + n / (1 + n_t)), for n texts, n_t of which contain the token.
    """

    kind: ClassVar[str] = "text"

    tokens: tuple[str, ...]
    output_sequence_length: int
    standardize: str | None = "lower_and_strip_punctuation"
    split: str = "whitespace"
    max_length: int | None = None
    ngrams: int = 1
    output_mode: str = INT
    max_tokens: int | None = None
    marked: bool = False
    weights: tuple[float, ...] = ()

    @classmethod
    def checked(cls, values: Any, name: str) -> np.ndarray:
        """Return texts as an array.

        Parameters
        ----------
        values : list, Series, array or DataFrame of one column
        name : str
            Name of the data in messages.

        Returns
        -------
        array of str, of shape (n_samples,), dtype object

        Raises
        ------
        ValueError
            For values that are not text, or are missing.
        """
        if isinstance(values, str):
            raise ValueError(
                f"{name} must contain a text for each sample, got a single string\n  hint: pass it in a list"
            )
        column = samples_of(values, name, "a text")
        if column.ndim != 1:
            raise ValueError(f"{name} must contain a text for each sample, got an array of shape {column.shape}")
        wrong = (row for row, value in enumerate(column) if not isinstance(value, str))
        if (row := next(wrong, None)) is not None:
            raise ValueError(_no_text_message(column, row, name))
        return column

    @classmethod
    def fitted(cls, texts: np.ndarray, settings: Mapping, marked: bool = False) -> TextPreparation:
        """Learn the vocabulary of some texts.

        Parameters
        ----------
        texts : array of str, of shape (n_samples,)
            Training set.
        settings : mapping of str to JSON value
            `max_tokens`, `output_sequence_length`, `standardize`, `split`, `ngrams` and `output_mode`, as in a recipe.
            The default length is that of the longest text, rounded up, and at most 512.
        marked : bool, default=False
            Whether texts have a start and an end token.

        Raises
        ------
        DataError
            If no text contains a token, or `max_tokens` is too small.
        """
        given = {name: settings[name] for name in INPUT_KINDS[cls.kind].settings if name in settings}
        draft = cls((), **{"output_sequence_length": 0, **given, "marked": marked})
        draft._check_marks()
        if draft.max_tokens is not None and draft.max_tokens <= draft.n_others:
            found = f"max_tokens must be at least {draft.n_others + 1}, got {draft.max_tokens}"
            raise DataError(f"{found}\n  hint: {draft.n_others} token ids are reserved, such as that of unknown tokens")
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
            raise DataError(_no_token_message(len(texts), draft))
        # The order of equally frequent tokens is that of Keras: the last one first.
        ordered = sorted(counts.items(), key=lambda item: (item[1], item[0]), reverse=True)
        limit = None if draft.max_tokens is None else draft.max_tokens - draft.n_others
        kept = [token for token, _ in ordered[:limit]]
        weights = [math.log1p(len(texts) / (1 + texts_with[token])) for token in kept if draft.output_mode == TF_IDF]
        if draft.output_mode == INT and not draft.output_sequence_length:
            draft = replace(draft, output_sequence_length=min(rounded_up(longest + marked), MAX_LEARNED_LENGTH))
        return replace(draft, tokens=tuple(map(_decoded, kept)), weights=tuple(weights))

    def transformed(self, texts: np.ndarray) -> np.ndarray | sp.csr_matrix:
        """Return texts as token ids or counts.

        Returns
        -------
        array of shape (n_samples, output_sequence_length), int32
            With the start first if texts are marked. If tokens are counted, a CSR matrix of shape
            (n_samples, vocabulary_size), float32.
        """
        length = self.output_sequence_length
        if not length:
            return self._counted(texts)
        if not self.marked:
            numbers = self._looked_up(texts, length)
            numbers[:, 0] += numbers[:, 0] == PADDING  # unknown: a mean over steps that are all masked would be NaN
            return numbers
        # The last token of a text of full length has no next token, and is no input.
        numbers = self._looked_up(texts, length - 1)
        return np.pad(numbers, [(0, 0), (1, 0)], constant_values=self.start)

    def next_tokens(self, texts: np.ndarray) -> np.ndarray:
        """Return the next token of each id of `transformed`, for marked texts: the tokens, then the end."""
        numbers = np.pad(self._looked_up(texts, self.output_sequence_length), [(0, 0), (0, 1)])
        numbers[np.arange(len(numbers)), (numbers != PADDING).sum(axis=1)] = self.end
        return numbers[:, :-1]

    def fitted_again(self, name: str, values: np.ndarray, settings: Mapping) -> TextPreparation:
        """Return the preparation for other texts, with the same token ids; texts may have another length."""
        self._check_like(name, settings)
        length = settings.get("output_sequence_length", self.output_sequence_length)
        return replace(self, output_sequence_length=length)

    def all_token_ids(self, text: str) -> np.ndarray:
        """Return the ids of all tokens in one text, without a limit: array of shape (n_tokens,), int32."""
        (tokens,) = self._split_texts([text])
        return np.fromiter(map(self._numbers.get, tokens, repeat(UNKNOWN)), self.dtype, len(tokens))

    def texts_of(self, numbers: np.ndarray) -> np.ndarray:
        """Return the texts of token ids, up to the end tokens: array of str, of shape (n_samples,), dtype object.

        Parameters
        ----------
        numbers : array of int, of shape (n_samples, length)
            Other ids than those of tokens are skipped.
        """
        tokens = dict(enumerate(self.tokens, N_RESERVED))
        texts = np.empty(len(numbers), object)
        for row, found in enumerate(numbers.tolist()):
            written = found[: found.index(self.end)] if self.end in found else found
            texts[row] = BETWEEN[self.split].join(tokens[number] for number in written if number in tokens)
        return texts

    @property
    def is_cut(self) -> bool:
        """Whether `max_tokens` excluded tokens of the training set."""
        return len(self.tokens) + self.n_others == self.max_tokens

    def unknown_share(self, texts: np.ndarray) -> float:
        """Return the share of single tokens that are not in the vocabulary; 0 if there is no token."""
        known = self._numbers
        tokens = [token in known for found in replace(self, ngrams=1)._split_texts(texts) for token in found]
        return 1 - sum(tokens) / len(tokens) if tokens else 0.0

    def findings(
        self, name: str, values: Any, includes_first_fit: bool, constants: dict
    ) -> Iterator[tuple[str, Difference]]:
        if not self.is_cut:  # tokens beyond the limit are meant to be unknown
            yield unseen_terms(name, self.unknown_share(values), WORDS[self.split])

    def standardized(self, texts: np.ndarray) -> np.ndarray:
        """Return texts in the form in which a network would generate them, including unknown tokens."""
        parts = ([_decoded(token) for token in tokens] for tokens in self._split_texts(texts))
        return np.array([BETWEEN[self.split].join(tokens) for tokens in parts], object)

    def _counted(self, texts: np.ndarray) -> sp.csr_matrix:
        look_up = self._numbers.get
        columns = [list(map(look_up, tokens, repeat(0))) for tokens in self._split_texts(texts)]
        ends = np.cumsum([0, *map(len, columns)])
        flat = np.fromiter(chain.from_iterable(columns), "int32", ends[-1])
        counts = sp.csr_matrix((np.ones(len(flat), "float32"), flat, ends), (len(texts), self.vocabulary_size))
        counts.sum_duplicates()
        if self.output_mode == MULTI_HOT:
            counts.data[:] = 1
        elif self.output_mode == TF_IDF:
            # Keras weights unknown tokens by the mean weight.
            counts.data *= np.array([np.mean(self.weights), *self.weights], "float32")[counts.indices]
        return counts

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one text for a network."""
        return (self.output_sequence_length or self.vocabulary_size,)

    @property
    def dtype(self) -> str | None:
        """Dtype of token ids; None for the dtype of a network."""
        return "int32" if self.output_mode == INT else None

    @property
    def vocabulary_size(self) -> int:
        """Vocabulary size for the next layer: rounded up from the number of tokens, so that folds agree."""
        most = rounded_up(len(self.tokens) + self.n_others)
        return most if self.max_tokens is None else min(most, self.max_tokens)

    @property
    def n_others(self) -> int:
        """Number of ids that are reserved or mark start and end."""
        reserved = N_RESERVED if self.output_mode == INT else 1  # counts have no padding
        return reserved + (N_MARKS if self.marked else 0)

    @property
    def start(self) -> int:
        """Token id of the start of a text."""
        return N_RESERVED + len(self.tokens)

    @property
    def end(self) -> int:
        """Token id of the end of a text."""
        return self.start + 1

    def summary(self) -> list[str]:
        """Return a line that summarizes the preparation."""
        grams = f" and n-grams of up to {self.ngrams}" if self.ngrams > 1 else ""
        form = f"{self.output_sequence_length} token ids" if self.output_sequence_length else self.output_mode
        return [f"text as {form}; vocabulary of {len(self.tokens)} {WORDS[self.split]}{grams}"]

    def to_dict(self) -> dict:
        """Return all fields except the tokens and their weights as JSON values."""
        return {name: getattr(self, name) for name in INPUT_KINDS[self.kind].saved}

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the tokens and their weights as numeric arrays."""
        weights = {"weights": np.array(self.weights)} if self.weights else {}
        return {**packed_terms(self.tokens), **weights}

    @classmethod
    def from_saved(cls, fields: Mapping, arrays: Mapping[str, np.ndarray]) -> TextPreparation:
        """Return the preparation from the checked results of `to_dict` and `arrays`."""
        weights = arrays["weights"].tolist() if "weights" in arrays else ()
        return cls(unpacked_terms(arrays), **fields, weights=tuple(weights))

    def _check_like(self, name: str, settings: Mapping) -> None:
        """Raise a `DataError` if settings of a recipe differ from those of an earlier fit."""
        if "output_sequence_length" in settings and self.output_mode != INT:
            found = f"input {show(name)} has an output_sequence_length, but output_mode "
            found += f"{show(self.output_mode)} in pretrained, with a value for each token of the vocabulary"
            raise DataError(f"{found}\n  hint: remove output_sequence_length")
        for key in INPUT_KINDS[self.kind].settings:
            if key in settings and key != "output_sequence_length" and settings[key] != getattr(self, key):
                value, known = show(settings[key]), show(getattr(self, key))
                found = f"{key} of input {show(name)} is {value}, but {known} in pretrained"
                raise DataError(
                    f"{found}\n  hint: remove {key} or set the same value; the vocabulary of pretrained is kept"
                )

    def _check_marks(self) -> None:
        """Raise a `DataError` if marked texts are not single tokens in order."""
        for name, needed in (("output_mode", INT), ("ngrams", 1)):
            if self.marked and (value := getattr(self, name)) != needed:
                found = f"{name} is {show(value)}, but text generation requires single tokens in order"
                raise DataError(f"{found}\n  hint: remove {name}")

    @cached_property
    def _numbers(self) -> dict[Token, int]:
        """Id of each token."""
        first = N_RESERVED if self.output_mode == INT else 1
        return {_encoded(token, self.split): number for number, token in enumerate(self.tokens, first)}

    def _looked_up(self, texts: np.ndarray, length: int) -> np.ndarray:
        """Return the ids of the first tokens of each text: array of shape (n_samples, length)."""
        numbers = np.full((len(texts), length), PADDING, self.dtype)
        look_up = self._numbers.get
        for row, tokens in zip(numbers, self._split_texts(texts, length), strict=True):
            row[: len(tokens)] = list(map(look_up, tokens, repeat(UNKNOWN)))
        return numbers

    def _split_texts(self, texts: Iterable[str], most: int | None = None) -> Iterator[list[Token]]:
        """Yield the tokens of each text, at most `most` of them."""
        table, deleted = STANDARDIZING[self.standardize]
        longest = min((limit for limit in (most, self.max_length) if limit is not None), default=None)
        for text in texts:
            # Lone surrogates can't be encoded in UTF-8.
            tokens = SPLITTING[self.split](text.encode("utf-8", "replace").translate(table, deleted), longest)
            yield tokens if self.ngrams == 1 else _with_ngrams(tokens, self.ngrams)[:most]


def _no_text_message(column: np.ndarray, row: int, name: str) -> str:
    """Return the error text for a row whose value is not text."""
    value = column[row]
    if pd.isna(column[row : row + 1])[0]:  # a slice, because the value may be a list
        found = f"{name} has {counted(int(pd.isna(column).sum()), 'missing text')}, the first in row {row}"
        return f"{found}\n  hint: replace them, for example by ''"
    found = f"{name} must contain text, got {show(plain(value))} in row {row}"
    if isinstance(value, bytes):
        return f"{found}\n  hint: decode bytes to str"
    return found + ("\n  hint: the input of kind 'text' does not accept numbers" if is_number(plain(value)) else "")


def _words(text: bytes, most: int | None) -> list[Token]:
    """Return the words between ASCII white space."""
    # The rest of a long text is not split.
    return [*text.split(None, -1 if most is None else most)[:most]]


def _characters(text: bytes, most: int | None) -> list[Token]:
    return list(islice(text.decode(), most))


def _with_ngrams(tokens: list[Token], longest: int) -> list[Token]:
    """Return tokens, followed by all n-grams of two tokens, of three ... in the order of the text."""
    space: Any = b" " if tokens and isinstance(tokens[0], bytes) else " "
    ngrams = (zip(*(tokens[start:] for start in range(length)), strict=False) for length in range(2, longest + 1))
    return [*tokens, *(space.join(ngram) for found in ngrams for ngram in found)]


def _encoded(token: str, split: str) -> Token:
    return token.encode() if split == "whitespace" else token


def _decoded(token: Token) -> str:
    return token.decode() if isinstance(token, bytes) else token


def _no_token_message(n_texts: int, draft: TextPreparation) -> str:
    rest = " after punctuation is removed" if "punctuation" in (draft.standardize or "") else ""
    what, texts = WORDS[draft.split], "text" if n_texts == 1 else "texts"
    found = f"X has no {what} in {n_texts} {texts}"
    return f"{found}{rest}\n  hint: pass texts that are not empty"


_LOWER = bytes.maketrans(ascii_uppercase.encode(), ascii_lowercase.encode())
_PUNCTUATION = punctuation.encode()
# Translation table and deleted bytes of each standardization.
STANDARDIZING: dict[str | None, tuple[bytes | None, bytes]] = {
    "lower_and_strip_punctuation": (_LOWER, _PUNCTUATION),
    "lower": (_LOWER, b""),
    "strip_punctuation": (None, _PUNCTUATION),
    None: (None, b""),
}
SPLITTING: dict[str, Callable[[bytes, int | None], list[Token]]] = {"whitespace": _words, "character": _characters}
WORDS = {"whitespace": "words", "character": "characters"}
BETWEEN = {"whitespace": " ", "character": ""}  # separator of tokens
MULTI_HOT, TF_IDF = "multi_hot", "tf_idf"
