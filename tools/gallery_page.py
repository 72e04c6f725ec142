"""The recipes of the gallery for docs/gallery.md, with their sizes and diagrams; the site's settings put them there."""

from __future__ import annotations

import json
import re
from pathlib import Path

from nnbuild.recipe.gallery import gallery_names
from nnbuild.recipe.gallery_facts import USUAL
from nnbuild.recipe.gallery_records import GalleryRecipe, gallery
from nnbuild.recipe.recipe import Recipe
from nnbuild.records import Plan
from nnbuild.report.diagram import diagram_svg
from tools.markdown import code, listed, table


def text(folder: Path) -> str:
    """A section for each kind of network, in it one for each recipe; diagrams are files of a folder."""
    (folder / "gallery").mkdir(parents=True, exist_ok=True)
    parts = []
    for kind, recipes in by_kind().items():
        parts.append(f"## {kind[:1].upper()}{kind[1:]}")
        for recipe in recipes:
            shape, plan = described(recipe.name)
            write_diagrams(folder / "gallery", recipe.name, plan)
            parts.append(section(recipe, shape, plan))
    return "\n\n".join(parts)


def index() -> str:
    """One line for each recipe, by kind and use."""
    rows = [
        (
            f"[{recipe.name}](../recipes/{recipe.name}.json)",
            recipe.kind,
            recipe.use,
            in_words(USUAL[recipe.name].input_shape),
            f"{recipe.n_parameters:,}",
            said(recipe),
        )
        for recipe in gallery()
    ]
    return table(("recipe", "kind", "for", "input", "parameters", "what it is"), rows)


def said(recipe: GalleryRecipe) -> str:
    """What a recipe is, with its paper as a link."""
    title, _, address = recipe.paper.partition(", https:")
    paper = f" ([{escaped(title)}](https:{address.partition(';')[0]}))" if address else ""
    return f"{escaped(recipe.description)}{paper}"


def by_kind() -> dict[str, list[Recipe]]:
    found: dict[str, list[Recipe]] = {}
    for name in gallery_names():
        recipe = Recipe.load(name)
        found.setdefault(recipe.about.get("kind", "other"), []).append(recipe)
    return dict(sorted(found.items()))


def section(recipe: Recipe, shape: object, plan: Plan) -> str:
    """What a recipe is, what may be changed, how large it is, and its picture."""
    name, about = recipe.name, recipe.about
    uses = f"Shows {escaped(listed(about['uses']))}." if about.get("uses") else ""
    paper = f"Paper: {linked(about['paper'])}." if about.get("paper") else ""
    counts = f"**{plan.n_parameters:,}** parameters and {plan.macs:,} multiply-adds per sample"
    size = f"{counts}, for samples of {in_words(shape)}."
    parts = [f"### {name}", f"{escaped(recipe.description)}.", f"{uses} {paper}".strip(), size, params(recipe)]
    return "\n\n".join([*filter(None, parts), command(recipe), picture(name)])


def in_words(shape: object) -> str:
    return listed(f"{name} {axes}" for name, axes in shape.items()) if isinstance(shape, dict) else str(shape)


def params(recipe: Recipe) -> str:
    """The params with their values and what a search tries, and further addresses of the search."""
    rows = [
        (code(address), short(recipe.params.get(address)), short(recipe.search.get(address)))
        for address in [*recipe.params, *(address for address in recipe.search if address not in recipe.params)]
    ]
    return table(("param", "value", "search"), rows) if rows else ""


def short(value: object) -> str:
    return "" if value is None else code(json.dumps(value))


def command(recipe: Recipe) -> str:
    line = "train" if recipe.about.get("data") else "describe"
    return f"```bash\nnnbuild {line} {recipe.name}\n```"


def picture(name: str) -> str:
    """The diagram for light and for dark pages; a click shows it alone, where pointing at a box tells its facts."""
    return "\n".join(
        f'<a class="diagram only-{theme}" href="gallery/{name}.{theme}.svg">'
        f'<img loading="lazy" src="gallery/{name}.{theme}.svg" alt="Diagram of the recipe {name}"></a>'
        for theme in ("light", "dark")
    )


def write_diagrams(folder: Path, name: str, plan: Plan) -> None:
    svg = diagram_svg(plan)
    dark = "@media (prefers-color-scheme:dark)"
    (folder / f"{name}.light.svg").write_text(svg.replace(dark, "@media not all"), "utf-8")
    (folder / f"{name}.dark.svg").write_text(svg.replace(dark, "@media all"), "utf-8")


def described(name: str) -> tuple[object, Plan]:
    """The shape of a sample that a recipe is usually given, and the facts of its network then."""
    from nnbuild.plan.describe import describe  # Keras: the index above does without

    usual = USUAL[name]
    plan = describe(name, usual.input_shape, task=usual.task, n_outputs=usual.n_outputs)
    return usual.input_shape, plan


def linked(paper: str) -> str:
    return re.sub(r"https://[^\s,;)]+", lambda found: f"<{found[0]}>", escaped(paper))


def escaped(words: str) -> str:
    """Words whose signs are no Markdown."""
    return re.sub(r"([*_<\[\]`])", r"\\\1", words.rstrip("."))


TABLES = {"gallery": index}
