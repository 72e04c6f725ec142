"""The commands about the gallery: the list, one recipe, a copy."""

import json

import pytest
from click.testing import CliRunner

from nnbuild import Recipe
from nnbuild.cli.main import main
from nnbuild.language import gallery
from nnbuild.language.gallery import gallery_names

DENSE = {"type": "Dense", "units": "$units"}
SMALL = {
    "plain": {"description": "One layer", "about": {"kind": "dense", "data": "iris", "uses": ["Dense"]}},
    "two": {
        "description": "Two inputs " + "and many words " * 6,
        "about": {"kind": "dense", "paper": "Cheng 2016"},
        "inputs": {"wide": {}, "deep": {"shape": [3]}},
        "layers": [{"type": "Concatenate", "inputs": ["wide", "deep"]}, DENSE],
    },
    "turns": {
        "about": {"kind": "convolutional"},
        "layers": [
            {
                "type": "Repeat",
                "times": 3,
                "layers": [{"type": "Residual", "layers": [{"type": "Conv2D", "filters": 4, "kernel_size": 1}]}],
            },
            {"type": "Flatten"},
            {"type": "Repeat", "over": {"n": [2, 2, 1]}, "layers": [{"type": "Dense", "units": "$n * units"}]},
        ],
        "search": {"units": [2, 8], "training__epochs": {"int": [1, 9]}},
    },
}


def run(*words: object):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A gallery of three recipes, and an empty working folder."""
    for name, parts in SMALL.items():
        document = {"nnbuild": 1, "name": name, "params": {"units": 4}, "layers": [DENSE], **parts}
        (tmp_path / "gallery").mkdir(exist_ok=True)
        (tmp_path / "gallery" / f"{name}.json").write_text(json.dumps(document), "utf-8")
    (tmp_path / "here").mkdir()
    monkeypatch.setattr(gallery, "_gallery", lambda: tmp_path / "gallery")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def test_the_list_is_grouped_by_kind(small):
    done = run("recipes")
    assert done.exit_code == 0
    assert done.stdout == (
        "convolutional\n"
        "  turns  images      -  -\n"
        "dense\n"
        "  plain  numbers     -  iris  One layer\n"
        "  two    wide, deep  -  -     Two inputs and many words and many words and many\n"
        "                              words and many words and many words and many words\n"
        "                              (Cheng 2016)\n"
    )


def test_the_list_as_json(small):
    listed = json.loads(run("recipes", "--json").stdout)
    assert [recipe["name"] for recipe in listed] == ["turns", "plain", "two"]
    assert listed[1] == {
        "name": "plain",
        "description": "One layer",
        "kind": "dense",
        "uses": ["Dense"],
        "paper": "",
        "data": "iris",
        "inputs": {"input": "numbers"},
        "params": {"units": 4},
        "use": "",
        "n_parameters": None,
        "estimators": [],
        "task": "",
    }


def test_the_list_of_published_networks_has_use_size_and_paper():
    listed = run("recipes", "--search", "vgg16").stdout.splitlines()
    assert listed[0] == "convolutional, images to classes"
    assert listed[1].startswith("  vgg16  images  138,357,544  -  VGG-16: 13 convolutions")
    assert " ".join(" ".join(listed).split()).endswith("for 1000 classes (Simonyan, Zisserman 2014)")
    shown = run("recipes", "show", "vgg16").stdout
    assert "\n  size   138,357,544 parameters with (224, 224, 3) and 1,000 outputs\n" in shown
    shown = run("recipes", "show", "bert_base").stdout
    assert "\n  size   109,483,009 parameters with ids (128,) and segments (128,) and 2 classes\n" in shown


def test_the_list_is_searched(small):
    assert run("recipes", "--search", "cheng").stdout.splitlines()[1].startswith("  two ")
    assert [recipe["name"] for recipe in json.loads(run("recipes", "--search", "dense", "--json").stdout)] == [
        "plain",
        "two",
    ]
    done = run("recipes", "--search", "convolutionel")
    assert (done.exit_code, done.stdout) == (1, "")
    found = "no recipe of the gallery and no lesson mentions 'convolutionel'"
    assert done.stderr == f"{found}\n  hint: did you mean 'convolutional'?\n"
    assert (
        run("recipes", "--search", "qqqqqqqq").stderr == "no recipe of the gallery and no lesson mentions 'qqqqqqqq'\n"
    )
    done = run("recipes", "--search", "qqqqqqqq", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (1, [])


def test_one_recipe_is_shown_with_its_layers_and_params(small):
    done = run("recipes", "show", "turns")
    assert done.exit_code == 0
    assert done.stdout == (
        "turns:\n"
        "  kind   convolutional\n"
        "  input  images\n"
        "\n"
        "input\n"
        "repeat_1.1-3.residual_1.conv2d_1  Conv2D    filters=4, kernel_size=1\n"
        "repeat_1.1-3.residual_1.shortcut  Shortcut  if shapes differ  <- input, repeat_1.1.residual_1.conv2d_1\n"
        "repeat_1.1-3.residual_1.add       Add       "
        "<- repeat_1.1.residual_1.conv2d_1, repeat_1.1.residual_1.shortcut\n"
        "flatten_1                         Flatten\n"
        "repeat_2.1-2.dense_1              Dense     units=8\n"
        "repeat_2.3.dense_1                Dense     units=4\n"
        "output                            Dense     units and activation set by the task\n"
        "\n"
        "param             value  search\n"
        "units             4      [2, 8]\n"
        'training__epochs         {"int": [1, 9]}\n'
        "\n" + gallery.gallery_path("turns").read_text("utf-8")
    )


def test_several_inputs_are_shown_by_name(small):
    lines = run("recipes", "show", "two").stdout.splitlines()
    assert lines[:2] == [
        "two: Two inputs and many words and many words and many words and many words and",
        "     many words and many words",
    ]
    assert "  input  wide (numbers), deep (3)" in lines
    outline = lines[lines.index("wide") :]
    assert outline[:3] == ["wide", "deep                        3", "concatenate_1  Concatenate  <- wide, deep"]


def test_one_recipe_as_json(small):
    shown = json.loads(run("recipes", "show", "plain", "--json").stdout)
    assert list(shown) == [
        *("name", "description", "kind", "uses", "paper", "data", "inputs", "params", "use", "n_parameters"),
        *("estimators", "task", "search", "layers", "recipe"),
    ]
    assert Recipe.from_dict(shown["recipe"]) == Recipe.load("plain")
    (layer,) = shown["layers"]
    assert (layer["name"], layer["type"], layer["inputs"], layer["arguments"]["units"]) == (
        "dense_1",
        "Dense",
        ["input"],
        4,
    )


def test_a_recipe_is_copied_to_edit(small):
    done = run("recipes", "copy", "plain")
    assert (done.exit_code, done.stdout) == (0, "plain.json\n")
    assert (small / "plain.json").read_bytes() == gallery.gallery_path("plain").read_bytes()
    done = run("recipes", "copy", "two", "plain.json")
    assert (done.exit_code, done.stderr) == (1, "plain.json: already exists\n  hint: use --force to replace it\n")
    assert Recipe.load("plain.json").name == "plain"
    assert run("recipes", "copy", "two", "plain.json", "--force").exit_code == 0
    assert Recipe.load("plain.json").name == "two"
    (small / "mine").mkdir()
    assert run("recipes", "copy", "two", "mine").stdout == "mine/two.json\n"
    done = run("recipes", "copy", "two", "none/two.json")
    message = "none/two.json: can't be written: no folder 'none'\n  hint: mkdir -p none\n"
    assert (done.exit_code, done.stderr) == (1, message)


@pytest.mark.parametrize("command", ["show", "copy"])
def test_an_unknown_name_is_reported(command, small):
    done = run("recipes", command, "plane")
    assert done.exit_code == 1
    assert done.stderr == (
        "no recipe 'plane' in the gallery\n  allowed: plain, turns, two\n  hint: did you mean 'plain'?\n"
    )


def test_options_of_the_list_are_not_for_commands(small):
    done = run("recipes", "--search", "x", "show", "plain")
    assert done.exit_code == 2
    assert done.stderr.endswith("Error: --search and --json before a command are only for the list\n")


@pytest.mark.parametrize("name", gallery_names())
def test_every_recipe_of_the_gallery_can_be_shown(name):
    done = run("recipes", "show", name)
    assert done.exit_code == 0
    assert done.stdout.startswith(f"{name}: ")
    assert max(map(len, done.stdout.splitlines())) < 240  # a sum names two layers deep inside
