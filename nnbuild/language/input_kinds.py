"""Table of the kinds of input: one row each, with all facts for recipes, data files and model files.

The module needs no numpy. The behaviour of a kind is a class of `nnbuild.inputs`, listed in
`nnbuild.inputs.kinds.PREPARATIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from nnbuild.catalog.kinds import (
    MAX_AXES,
    Anything,
    Choice,
    Flag,
    Integer,
    Kind,
    ListOf,
    MapOf,
    Number,
    Text,
    optional,
)
from nnbuild.errors import show

TENSOR = "tensor"  # kind of an input that enters the network unchanged
TABLE = "table"  # kind to which the parameter `prepare` of estimators applies
PAIRS = "interactions"  # kind and name of the preparation of a recommender's pairs
USER, ITEM, HISTORY = "user", "item", "history"  # inputs that a recommender's recipe may have
CODES = "codes"  # kind of a network's input for one column of a table that becomes an embedding
DTYPES = (
    "bool", "float16", "bfloat16", "float32", "float64", "int8", "int16", "int32", "int64",
    "uint8", "uint16", "uint32", "uint64", "string",
)  # fmt: skip
MASK_VALUE = 0.0  # default padding after the end of a series
COLUMN: dict[str, Kind] = {"column": Text()}


@dataclass(frozen=True)
class InputKind:
    """One kind of input.

    Attributes
    ----------
    title : str
        The data in words, in Markdown.
    settings : mapping of str to Kind
        Keys that an input of this kind may have in a recipe, besides shape, dtype and kind.
    defaults : mapping of str to JSON value
        Defaults of settings that do not depend on data.
    refused_keys : mapping of str to str
        Keys that a recipe may not have, because the preparation decides them; each with a hint.
    clash : function of mapping
        Returns the key and the problem of settings that exclude each other, or None.
    axes : tuple of str
        Names of the axes of `shape` in a recipe; empty if any shape is allowed.
    default_shape : tuple of int or None
        Shape if neither recipe nor data defines one; also that of every input of a kind whose saved form has no shape.
    takes_column : bool
        Whether it may be one column of a DataFrame.
    takes_others : bool
        Whether it takes all columns of a DataFrame that no other input takes.
    has_vocabulary : bool
        Whether it has a vocabulary, learned at fit.
    may_be_files : bool
        Whether its samples may be file names.
    read_as_text : {"always", "later", ""}
        Whether its column of a CSV file is read as text: always, or only in files read after fit.
    gallery_text : str
        Word in the gallery for an input without a shape; "" if its layers decide.
    saved : mapping of str to Kind
        Fields of its preparation in a model file, besides kind.
    legacy_defaults : mapping of str to JSON value
        Fields missing in files of earlier versions, with the values to use.
    """

    title: str
    settings: Mapping[str, Kind] = field(default_factory=dict)
    defaults: Mapping[str, object] = field(default_factory=dict)
    refused_keys: Mapping[str, str] = field(default_factory=dict)
    clash: Callable[[Mapping], tuple[str, str] | None] = lambda spec: None
    axes: tuple[str, ...] = ()
    default_shape: tuple[int, ...] | None = None
    takes_column: bool = False
    takes_others: bool = False
    has_vocabulary: bool = False
    may_be_files: bool = False
    read_as_text: Literal["always", "later", ""] = ""
    gallery_text: str = ""
    saved: Mapping[str, Kind] = field(default_factory=dict)
    legacy_defaults: Mapping[str, object] = field(default_factory=dict)

    @property
    def keys(self) -> dict[str, Kind]:
        """Settings, and `column` for inputs that may be a column of a DataFrame."""
        return {**self.settings, **(COLUMN if self.takes_column else {})}


def input_kind(spec: Mapping) -> InputKind:
    """Return the row of an input, given its settings in a recipe or a network."""
    name = spec.get("kind", TENSOR)
    return INPUT_KINDS[TABLE if name == CODES else name]


def input_keys() -> dict[str, Kind]:
    """Return all keys that an input of any kind may have in a recipe."""
    return {
        "shape": ListOf(optional(Integer(1))),
        "dtype": Choice(*DTYPES),
        "kind": Choice(*INPUT_KINDS),
        **{key: kind for row in INPUT_KINDS.values() for key, kind in row.keys.items()},
    }


def kinds_where(fact: str) -> list[str]:
    """Return the sorted names of the kinds for which a field, such as "has_vocabulary", is true."""
    return sorted(name for name, row in INPUT_KINDS.items() if getattr(row, fact))


def is_read_by_columns(inputs: Mapping[str, Mapping]) -> bool:
    """Return whether inputs take columns of a DataFrame: one each, all remaining ones, or each all of them."""
    rows = list(map(input_kind, inputs.values()))
    return any(row.takes_column for row in rows) or (len(rows) > 1 and all(row.takes_others for row in rows))


def share_a_column(inputs: Mapping[str, Mapping]) -> bool:
    """Return whether all inputs take the only column of X, whatever its name: one input, or several of texts."""
    single = len(inputs) == 1 or all(spec.get("kind") == "text" for spec in inputs.values())
    return single and not any("column" in spec for spec in inputs.values())


def _counts_with_length(spec: Mapping) -> tuple[str, str] | None:
    mode = spec.get("output_mode", "int")
    if mode == "int" or "output_sequence_length" not in spec:
        return None
    return "output_sequence_length", (
        f"is only for output_mode 'int': {show(mode)} returns one value per token of the vocabulary"
    )


# Arguments of Keras' TextVectorization, and `max_length`.
_TEXT: dict[str, Kind] = {
    "max_tokens": Integer(3),
    "output_sequence_length": Integer(1),
    "standardize": optional(Choice("lower", "lower_and_strip_punctuation", "strip_punctuation")),
    "split": Choice("character", "whitespace"),
    "max_length": Integer(1),
    "ngrams": Integer(1, 100),
    "output_mode": Choice("count", "int", "multi_hot", "tf_idf"),
}
INPUT_KINDS: dict[str, InputKind] = {
    TENSOR: InputKind("numeric array, used unchanged"),
    TABLE: InputKind(
        "table with columns of any type, which are [preprocessed](guide/tables.md)",
        settings={
            "max_onehot": Integer(0),
            "rare_fraction": Number(low=0, below=1),
            "impute": Choice("mean", "median", "zero"),
            "scale": Choice("none", "normal", "robust", "standard"),
            "indicators": Flag(),
            "clip": optional(Number(above=0)),
            "scale_categories": Flag(),
            "signed_binary": Flag(),
            "many_categories": Choice("embed", "group"),
        },
        defaults={
            "max_onehot": 20,
            "rare_fraction": 0.005,
            "impute": "median",
            "scale": "standard",
            "indicators": True,
            "clip": None,
            "scale_categories": False,
            "signed_binary": False,
            "many_categories": "embed",
        },
        takes_others=True,
        gallery_text="table",
        saved={"named": Flag(), "columns": ListOf(MapOf(Anything()), 1)},
    ),
    "text": InputKind(
        "texts, converted to token ids of words or characters",
        settings=_TEXT,
        defaults={
            "standardize": "lower_and_strip_punctuation",
            "split": "whitespace",
            "ngrams": 1,
            "output_mode": "int",
        },
        refused_keys={"shape": "output_sequence_length sets the number of tokens per text", "dtype": ""},
        clash=_counts_with_length,
        takes_column=True,
        has_vocabulary=True,
        read_as_text="always",
        gallery_text="text",
        saved={
            **_TEXT,
            "max_tokens": optional(Integer(3)),
            "output_sequence_length": Integer(0),
            "max_length": optional(Integer(1)),
            "marked": Flag(),
        },
        legacy_defaults={"marked": False, "max_length": None, "ngrams": 1, "output_mode": "int"},
    ),
    "ids": InputKind(
        "ids such as users or items, converted to indices",
        settings={"max_tokens": Integer(3)},
        refused_keys={"dtype": ""},
        axes=("ids",),
        default_shape=(),  # one token id
        takes_column=True,
        has_vocabulary=True,
        read_as_text="later",
        saved={
            "max_tokens": optional(Integer(3)),
            "shape": ListOf(Integer(1), 0, 1),
            "of": Choice("numbers", "text"),
        },
    ),
    "image": InputKind(
        "image files, resized to `shape`, or arrays",
        axes=("height", "width", "channels"),
        takes_column=True,
        may_be_files=True,
        read_as_text="always",
        saved={"shape": ListOf(optional(Integer(1)), 1, MAX_AXES - 1)},
    ),
    "series": InputKind(
        "arrays of shape (steps, channels) with different numbers of steps, which are padded",
        settings={"mask_value": Number(), "masked": Flag()},
        defaults={"mask_value": MASK_VALUE, "masked": False},
        axes=("steps", "channels"),
        takes_column=True,
        saved={"shape": ListOf(optional(Integer(1)), 2, 2), "mask_value": Number(), "masked": Flag()},
        legacy_defaults={"masked": False},
    ),
}
# Preparation of a recommender's pairs. It covers several inputs at once and is no kind in a recipe.
INTERACTIONS = InputKind(
    "pairs of a user and an item",
    saved={"users": MapOf(Anything()), "items": MapOf(Anything()), "shapes": MapOf(ListOf(Integer(1)))},
)
