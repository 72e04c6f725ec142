"""Settings of the preparation of a table."""

import numpy as np
import pytest

from estimators.samples import message_of
from nnbuild.errors import RecipeError
from nnbuild.inputs.table.settings import TableSettings, table_settings
from nnbuild.language.input_kinds import INPUT_KINDS


def test_defaults():
    assert table_settings() == TableSettings(20, 0.005, "median", "standard", True)
    assert table_settings({}) == table_settings(None) == table_settings()


def test_each_setting_has_a_kind_that_accepts_its_default():
    row = INPUT_KINDS["table"]
    assert list(row.settings) == list(row.defaults) == list(vars(table_settings()))
    assert [name for name, value in row.defaults.items() if not row.settings[name].accepts(value)] == []


def test_numbers_of_any_type():
    settings = table_settings({"max_onehot": np.int64(3), "rare_fraction": np.float32(0.25), "indicators": np.False_})
    assert settings == TableSettings(3, 0.25, "median", "standard", indicators=False)
    assert type(settings.max_onehot) is int


def test_settings_are_returned_unchanged():
    settings = TableSettings(20, 0.005, "mean", "standard", indicators=True)
    assert table_settings(settings) is settings


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"max_onehott": 3},
            "prepare.max_onehott: unknown setting 'max_onehott'\n"
            "  allowed: ..., impute, indicators, many_categories, max_onehot, rare_fraction, scale, scale_categories, "
            "signed_binary\n"
            "  hint: did you mean 'max_onehot'?",
        ),
        ({"max_onehot": -1}, "prepare.max_onehot: must be an integer of at least 0, got -1"),
        ({"rare_fraction": 1}, "prepare.rare_fraction: must be a number of at least 0 and below 1, got 1"),
        ({"indicators": 1}, "prepare.indicators: must be true or false, got 1"),
        (
            {"impute": "medain"},
            "prepare.impute: must be 'mean', 'median' or 'zero', got 'medain'\n  hint: did you mean 'median'?",
        ),
        (
            {"scale": "max", "impute": 0},
            "prepare.scale: must be 'none', 'normal', 'robust' or 'standard', got 'max'\n"
            "prepare.impute: must be 'mean', 'median' or 'zero', got 0",
        ),
        ({"clip": 0}, "prepare.clip: must be a number above 0 or null, got 0"),
        ({"scale": object}, "prepare.scale: can't be written as JSON: a value of type type"),
        ({3: 4}, "prepare: keys must be strings, got 3"),
        ("auto", "prepare: must be an object of settings, got 'auto'"),
    ],
    ids=str,
)
def test_wrong_settings_are_reported(given, message):
    assert message_of(lambda: table_settings(given), RecipeError) == message
