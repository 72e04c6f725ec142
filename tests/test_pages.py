"""Markdown pages, README and docs/: their code runs and has the shown output, and their links exist."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from urllib.parse import unquote

import keras
import pytest

import nnbuild
import pages
from nnbuild.loading import load
from nnbuild.plan import symbolic
from nnbuild.train.common import device

PAGES = [page for pattern in ("*.md", "docs/*.md", "docs/guide/*.md") for page in sorted(pages.ROOT.glob(pattern))]
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`|<!--.*?-->", re.DOTALL | re.MULTILINE)


def by_name(page: Path) -> str:
    return str(page.relative_to(pages.ROOT))


LINKED = [
    *PAGES,
    *(page for name in ("gallery", "learn") for page in sorted((pages.ROOT / "docs" / name).glob("*.md"))),
]
# Pages in other languages have the code of the English ones.
RUN = [page for page in PAGES if ".zh" not in page.suffixes and pages.blocks(page.read_text("utf-8"))]


@pytest.mark.parametrize("page", RUN, ids=by_name)
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pages.run(page, tmp_path)


@pytest.mark.parametrize("page", LINKED, ids=by_name)
def test_every_link_leads_somewhere(page):
    text = CODE.sub("", page.read_text("utf-8"))
    links = [one or two for one, two in re.findall(r'\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"', text)]
    assert [link for link in links if not link.startswith("https://") and not leads_somewhere(page, link)] == []


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = unquote(link).partition("#")
    file = (page.parent / path).resolve() if path else page
    if not anchor:
        return file.exists()
    # The reference of the API is made with the site: it has a heading for each public name.
    known = [name.lower() for name in nnbuild.__all__] if file.name == "api.md" else anchors(file)
    return anchor in known


def anchors(page: Path) -> list[str]:
    """What the headings of a page are called in links, as on GitHub."""
    text = re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-") for name in re.findall(r"^#+ (.*)$", text, re.M)]


@pytest.mark.parametrize("page", LINKED, ids=by_name)
def test_no_two_headings_of_a_page_are_called_alike(page):
    if page.name != "CHANGELOG.md":  # each version has its own "Added"
        assert len(anchors(page)) == len(set(anchors(page)))


def test_messages_that_depend_on_the_surroundings_are_real(monkeypatch, tmp_path):
    page = (pages.ROOT / "docs" / "faq.md").read_text("utf-8")
    monkeypatch.setattr(symbolic.keras.config, "backend", lambda: "jax")
    assert shown(symbolic.require_tensorflow) in page
    monkeypatch.setattr(device.tf.config, "list_logical_devices", lambda kind: [])
    assert shown(device.on_device, "gpu") in page
    assert shown(device.on_device, "gpu") in (pages.ROOT / "README.md").read_text("utf-8")
    manifest = {"format": "nnbuild model", "version": 6, "versions": {"nnbuild": "1.4.0"}}
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("model.nnb", "w") as file:
        file.writestr("manifest.json", json.dumps(manifest))
    assert shown(load, "model.nnb") in page


@pytest.mark.slow
def test_the_words_of_tensorflow_are_real():
    """It tries for ten seconds to get the memory."""
    page = (pages.ROOT / "docs" / "faq.md").read_text("utf-8")
    reported = shown(keras.layers.Dense(1_000_000_000).build, (None, 1_000_000))  # nnbuild.build refuses it before
    (words,) = re.findall(r"OOM when allocating tensor with shape\[[\d,]+\] and type float on ", reported)
    assert reported.startswith("ResourceExhaustedError: ")
    assert f"ResourceExhaustedError: ... {words}" in page


def shown(function, *arguments, **named) -> str:
    """What Python shows last of the error that a call raises."""
    with pytest.raises(Exception) as caught:  # noqa: PT011
        function(*arguments, **named)
    return f"{type(caught.value).__name__}: {caught.value}\n"


# --- the machinery that runs pages ---


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```python\nprint(1)\n```\n\n```text\n2\n```\n", "Expected:\n    2\nGot:\n    1\n"),
        ("```python\n1 / 0\n```\n", "division by zero"),
        (
            "```python raises\n1 / 0\n```\n\n```text\nKeyError: 0\n```\n",
            "Got:\n    ZeroDivisionError: division",
        ),
        ("```python raises\n1\n```\n", "this code should raise, and does not"),
        ('```json\n{"nnbuild": 1, "layers": []}\n```\n', "1:26: layers: needs at least one node"),
        ('```json bad\n{"nnbuild": 1, "layers": [{"type": "Flatten"}]}\n```\n', "this recipe should have mistakes"),
        ("```bash\nnnbuild validate nothing.json\n```\n", "no file 'nothing.json'"),
        ("```console\n$ nnbuild --version\nnnbuild 7\n```\n", "Expected:\n    nnbuild 7\n"),
        ("```bash\nmake nothing\n```\n", "no target ['nothing']"),
        ("```bash\nsudo true\n```\n", "'sudo'"),
        ("```perl\n1\n```\n", "('perl',)"),
    ],
)
def test_mistakes_of_a_page_are_reported(text, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    page.write_text(text, "utf-8")
    with pytest.raises(Exception) as caught:  # noqa: PT011
        pages.run(page, tmp_path)
    assert message in str(caught.value)
    assert caught.value.__notes__ == [f"in the block at {page}:2"]


def test_files_and_names_last_until_the_end_of_a_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "page.md"
    recipe = '{"nnbuild": 1, "layers": [{"type": "Flatten"}]}'
    page.write_text(
        f"```json my.json\n{recipe}\n```\n```csv my.csv\na,b\n1,2\n```\n"
        "```bash\nnnbuild schema > schema.json # a comment\n```\n"
        "```console\n$ nnbuild validate my.json\nmy.json: fine, 1 layers; params: none\n```\n"
        "```python\nfrom pathlib import Path\n\nrows = Path('my.csv').read_text()\n```\n"
        "```python\nprint(rows)\n```\n```text\na,b\n...\n```\n",
        "utf-8",
    )
    assert pages.run(page, tmp_path)["rows"] == "a,b\n1,2\n"
    assert "$defs" in (tmp_path / "schema.json").read_text("utf-8")
