"""The pages of docs/gallery: in step with recipes and diagrams, small, and their code runs."""

import re

import pytest

import pages
from nnbuild.language.gallery import gallery_names
from nnbuild.recipe import Recipe
from tools import gallery_examples, make_gallery

PAGES = sorted(make_gallery.FOLDER.glob("*.md"))


def test_pages_are_in_step():
    found = {path.name: path.read_text("utf-8") for path in make_gallery.FOLDER.iterdir()}
    wanted = make_gallery.written()
    assert sorted(found) == sorted(wanted)
    stale = [name for name, text in wanted.items() if found[name] != text]
    assert stale == [], "run: python tools/make_gallery.py"


def test_a_diagram_is_small():
    sizes = {path.name: path.stat().st_size for path in make_gallery.FOLDER.glob("*.svg")}
    assert len(sizes) == len(gallery_names())
    assert max(sizes.values()) < 50_000


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pages.run(page, tmp_path)


def test_a_page_lists_use_and_size_of_a_network():
    page = (make_gallery.FOLDER / "resnet18.md").read_text("utf-8")
    assert (
        "| kind | convolutional |\n| --- | --- |\n| estimator | `NNClassifier` and `NNRegressor` |\n"
        "| use | images to classes |\n"
        "| input | (224, 224, 3), 1,000 outputs |\n"
        "| parameters | 11,699,112 (11,689,512 trainable) |\n"
    ) in page
    assert "| paper | He et al. 2015, <https://arxiv.org/abs/1512.03385> |" in page
    page = (make_gallery.FOLDER / "deep_relu.md").read_text("utf-8")
    assert "| data | `digits`, included in nnbuild |" in page
    assert "\nnnbuild train deep_relu\n" in page
    assert "compare deep\\_sigmoid." in page


def test_every_recipe_but_those_without_an_example_is_trained_on_its_page():
    lacking = [
        page.stem for page in PAGES if not re.search(r"^\w+\.fit\(", page.read_text("utf-8"), flags=re.MULTILINE)
    ]
    assert lacking == []


def test_a_recipe_without_an_example_is_described():
    recipe = Recipe.from_dict({"nnbuild": 1, "name": "bert_base", "layers": [{"type": "Flatten"}]})
    assert gallery_examples.sized(recipe) == (
        "import nnbuild\n\n"
        'plan = nnbuild.describe("bert_base", {"ids": (128,), "segments": (128,)}, task="binary")\n'
        "print(plan.n_parameters)"
    )
    assert list(gallery_examples.commands(recipe)) == [
        "nnbuild describe bert_base",
        "nnbuild recipes copy bert_base  # write bert_base.json, to edit it",
    ]
