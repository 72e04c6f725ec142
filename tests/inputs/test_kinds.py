"""Kinds of inputs: each has a row in the language and a class with the whole protocol, and no more is needed."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

import nnbuild
from cases import net
from nnbuild import NNClassifier, Recipe
from nnbuild.catalog.kinds import Choice
from nnbuild.errors import RecipeError
from nnbuild.inputs.ids import IdsPreparation
from nnbuild.inputs.images import ImagePreparation
from nnbuild.inputs.kinds import PREPARATIONS
from nnbuild.inputs.protocol import InputPreparation
from nnbuild.inputs.samples import samples_of
from nnbuild.inputs.series import SeriesPreparation
from nnbuild.inputs.table.preparation import TablePreparation
from nnbuild.inputs.text import TextPreparation
from nnbuild.language.input_kinds import INPUT_KINDS, TENSOR, InputKind
from nnbuild.saved.archive import ModelFileError

OWN = ("checked", "fitted", "transformed", "summary", "to_dict", "from_saved")  # of each kind
# A preparation of each kind, fitted without settings where there are some.
FITTED = {
    "table": lambda: TablePreparation.fitted(pd.DataFrame({"x": [1.0, 2.0]})),
    "text": lambda: TextPreparation.fitted(np.array(["a b"], object), {}),
    "ids": lambda: IdsPreparation.fitted(np.array([1, 2]), {}),
    "image": lambda: ImagePreparation.fitted(np.zeros((1, 2, 2, 1)), {}),
    "series": lambda: SeriesPreparation.fitted(np.zeros((1, 2, 1)), {}),
}


def test_each_kind_has_a_row_and_a_class():
    assert {TENSOR, *PREPARATIONS} == set(INPUT_KINDS)
    assert {kind: made.kind for kind, made in PREPARATIONS.items()} == {kind: kind for kind in PREPARATIONS}
    assert FITTED.keys() == PREPARATIONS.keys()


@pytest.mark.parametrize("kind", PREPARATIONS)
def test_each_class_has_the_whole_protocol(kind):
    inherited = [name for name in OWN if name not in vars(PREPARATIONS[kind])]
    assert inherited == []


@pytest.mark.parametrize("kind", FITTED)
def test_rows_have_the_fields_and_defaults_of_their_classes(kind):
    row, preparation = INPUT_KINDS[kind], FITTED[kind]()
    assert {*preparation.to_dict(), *row.legacy_defaults} == set(row.saved)
    if kind != "table":  # its settings are not kept
        assert {name: getattr(preparation, name) for name in row.defaults} == row.defaults
    assert row.defaults.keys() <= row.settings.keys()


@dataclass(frozen=True)
class LetterPreparation(InputPreparation):
    """Letters as their places in the alphabet."""

    kind: ClassVar[str] = "letter"
    shape: ClassVar[tuple[int, ...]] = (1,)

    @classmethod
    def checked(cls, values, name):
        return samples_of(values, name, "a letter")

    @classmethod
    def fitted(cls, values, settings):
        return cls()

    def transformed(self, values):
        return np.array([[ord(letter)] for letter in values], "float32") - ord("a")

    def summary(self):
        return ["letters as their places in the alphabet"]

    def to_dict(self):
        return {"case": "lower"}

    @classmethod
    def from_saved(cls, fields, arrays):
        return cls()


LETTER = InputKind("letters", default_shape=(1,), takes_column=True, saved={"case": Choice("lower")})


def test_a_kind_is_added_with_a_row_and_a_class(monkeypatch, tmp_path):
    document = {"nnbuild": 1, **net({"type": "Dense", "units": 4}, inputs={"letter": {"kind": "letter"}})}
    with pytest.raises(RecipeError, match=r"inputs\.letter\.kind: must be "):
        Recipe.from_dict(document)
    with monkeypatch.context() as added:
        added.setitem(INPUT_KINDS, "letter", LETTER)
        added.setitem(PREPARATIONS, "letter", LetterPreparation)
        assert nnbuild.describe(document, n_outputs=2).inputs == {"letter": (None, 1)}
        X, y = pd.DataFrame({"letter": list("abcxyz") * 4}), list("ffflll") * 4
        fitted = NNClassifier(Recipe.from_dict(document), epochs=2, random_state=0).fit(X, y)
        fitted.save(tmp_path / "m.nnb")
        loaded = nnbuild.load(tmp_path / "m.nnb")
        assert loaded.preparation_ == fitted.preparation_ == LetterPreparation()
        assert loaded.preparation_.summary() == ["letters as their places in the alphabet"]
        np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))
        assert nnbuild.model_info(tmp_path / "m.nnb").feature_names == ("letter",)
    with pytest.raises(ModelFileError, match=r"inputs\.letter\.kind: must be "):
        nnbuild.load(tmp_path / "m.nnb")
