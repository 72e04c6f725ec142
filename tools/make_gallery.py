"""Write the gallery, docs/gallery, and its index in docs/gallery.md: ``python tools/make_gallery.py``.

Each recipe has a page with its size, examples, params, diagram and text. A test compares the files with the output of
this tool.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # folder of `tools`, if this runs as a script

from nnbuild.language.gallery import gallery_names, gallery_path
from nnbuild.language.gallery_facts import TYPICAL_USES
from nnbuild.recipe import Recipe
from nnbuild.records import Plan
from nnbuild.report.diagram.drawing import diagram_svg
from nnbuild.runs.data.downloads import DOWNLOADS
from tools import make_reference
from tools.gallery_examples import commands, python
from tools.gallery_page import escaped, in_words
from tools.markdown import code, listed, table

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "gallery"


def main() -> None:
    index = ROOT / "docs" / "gallery.md"
    index.write_text(make_reference.written(index), "utf-8")
    FOLDER.mkdir(exist_ok=True)
    files = written()
    for old in FOLDER.iterdir():
        if old.name not in files:
            old.unlink()
    for name, text in files.items():
        (FOLDER / name).write_text(text, "utf-8")


def written() -> dict[str, str]:
    """Return the contents of docs/gallery: text by file name."""
    files = {}
    for name in gallery_names():
        plan = described(name)
        files[f"{name}.md"] = page(Recipe.load(name), plan)
        files[f"{name}.svg"] = diagram_svg(plan)
    return files


def described(name: str) -> Plan:
    """Return the plan of a network for its usual input shape and task."""
    from nnbuild.plan.describe import describe  # imports Keras

    typical = TYPICAL_USES[name]
    return describe(name, typical.input_shape, task=typical.task, n_outputs=typical.n_outputs)


def page(recipe: Recipe, plan: Plan) -> str:
    """Return the page of a recipe."""
    name = recipe.name
    shell = "\n".join(commands(recipe))
    text = gallery_path(name).read_text("utf-8").rstrip()
    parts = [
        f"# {escaped(name)}",
        f"{escaped(recipe.description)}.",
        f"```python\n{python(recipe)}\n```\n\n```bash\n{shell}\n```",
        f"## Facts\n\n{facts(recipe, plan)}",
        f"## Params\n\n{params(recipe)}",
        f"## Layers\n\n![Diagram of {name}: {len(plan.steps):,} layers]({name}.svg)",
        f"## Recipe\n\n```json\n{text}\n```",
        "[All recipes](../gallery.md)",
    ]
    return "\n\n".join(parts) + "\n"


def facts(recipe: Recipe, plan: Plan) -> str:
    """Return a table of use, sizes, layers and paper of a recipe."""
    about, typical = recipe.about, TYPICAL_USES[recipe.name]
    macs = f"{'at least ' if any(step.macs is None for step in plan.steps) else ''}{plan.macs:,}"
    rows = [
        ("estimator", listed(map(code, recipe.estimators))),
        ("use", typical.use),
        ("input", f"{in_words(typical.input_shape)}{outputs(recipe.name)}"),
        ("parameters", f"{plan.n_parameters:,}{trained(plan)}"),
        ("multiply-adds per sample", macs),
        ("contains", escaped(listed(about["uses"])) if about.get("uses") else ""),
        ("paper", linked(about.get("paper", ""))),
        ("data", data(about.get("data", ""))),
    ]
    kind = about.get("kind", "other")
    return table(("kind", kind), [row for row in rows if row[1]])


def outputs(name: str) -> str:
    typical = TYPICAL_USES[name]
    count = "2 classes" if typical.task == "binary" else typical.outputs
    return f", {count}" if count else ""


def data(name: str) -> str:
    """Return the data of `nnbuild train` in words; "" for none."""
    if name in DOWNLOADS:
        return f"{code(name)} of `keras.datasets`, which `--download` fetches"
    return f"{code(name)}, included in nnbuild" if name else ""


def trained(plan: Plan) -> str:
    return f" ({plan.n_trainable:,} trainable)" if plan.n_trainable != plan.n_parameters else ""


def params(recipe: Recipe) -> str:
    """Return a table of params with their values and search spaces, and of further addresses of the search."""
    rows = [
        (code(address), short(recipe.params.get(address)), short(recipe.search.get(address)))
        for address in [*recipe.params, *(address for address in recipe.search if address not in recipe.params)]
    ]
    return table(("param", "value", "search"), rows) if rows else "This recipe has no params."


def short(value: object) -> str:
    return "" if value is None else code(json.dumps(value))


def linked(paper: str) -> str:
    return re.sub(r"https://[^\s,;)]+", lambda found: f"<{found[0]}>", escaped(paper))


if __name__ == "__main__":
    main()
