"""The recipes of the gallery for docs/gallery.md, with their sizes and diagrams; the site's settings put them there."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from nnbuild.errors import RecipeError
from nnbuild.recipe.gallery import gallery_names
from nnbuild.recipe.recipe import Recipe
from nnbuild.records import Plan
from nnbuild.report.diagram import diagram_svg
from tools.markdown import code, listed, table

DATA = Path(__file__).parents[1] / "data"


def text(folder: Path) -> str:
    """A section for each kind of network, in it one for each recipe; diagrams are files of a folder."""
    (folder / "gallery").mkdir(parents=True, exist_ok=True)
    parts = []
    for kind, recipes in by_kind().items():
        parts.append(f"## {kind[:1].upper()}{kind[1:]}")
        for recipe in recipes:
            shape, plan = described(recipe)
            write_diagrams(folder / "gallery", recipe.name, plan)
            parts.append(section(recipe, shape, plan))
    return "\n\n".join(parts)


def index() -> str:
    """One line for each recipe."""
    rows = [
        (f"[{recipe.name}](../recipes/{recipe.name}.json)", kind, escaped(recipe.description))
        for kind, recipes in by_kind().items()
        for recipe in recipes
    ]
    return table(("recipe", "kind", "what it is"), rows)


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
    return "\n\n".join([*filter(None, parts), command(recipe, shape, plan), picture(name)])


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


def command(recipe: Recipe, shape: object, plan: Plan) -> str:
    if recipe.about.get("data"):
        line = f"nnbuild train {recipe.name}"
    else:
        line = f"nnbuild describe {recipe.name}{options(shape, plan)}"
    return f"```bash\n{line}\n```"


def options(shape: object, plan: Plan) -> str:
    sizes = shape if isinstance(shape, dict) else {"": shape}
    said = " ".join(f"{name}{'=' * bool(name)}{comma_separated(axes)}" for name, axes in sizes.items())
    shown = f"'{said}'" if " " in said else said
    return f" --input {shown}" + (f" --outputs {plan.output_shape[-1]}" if plan.task else "")


def comma_separated(axes: Iterable[int | None]) -> str:
    return ",".join("?" if axis is None else str(axis) for axis in axes)


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


def described(recipe: Recipe) -> tuple[object, Plan]:
    """The shape of a sample that a recipe is usually given, and the facts of its network then."""
    from nnbuild.plan.describe import describe  # Keras: the index above does without

    for shape, n_outputs in usual(recipe):
        for outputs in ({"n_outputs": n_outputs}, {}):
            with suppress(RecipeError):
                plan = describe(recipe, shape, **outputs)
                inputs = {name: axes[1:] for name, axes in plan.inputs.items()}
                return (inputs if len(inputs) > 1 else next(iter(inputs.values()))), plan
    raise ValueError(f"{recipe.name}: no usual shape of samples fits; add one to SHAPES")


def usual(recipe: Recipe) -> Iterator[tuple[tuple | dict | None, int]]:
    """Shapes to try, each with a number of outputs: what the recipe says, its data's, and common ones."""
    yield None, 10
    file = DATA / f"{recipe.about.get('data')}.csv.gz"
    if file.exists():
        yield data_shape(file, recipe.about.get("target"))
    for shape in SHAPES:
        inputs = {name: said.get("shape", shape) for name, said in recipe.network.inputs.items()}
        yield (shape if len(inputs) == 1 else inputs), 10


def data_shape(file: Path, target: str | None) -> tuple[tuple[int], int]:
    """Number of columns without the target, and of classes; one output for a quantity."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        head, *rows = csv.reader(lines)
    column = head.index(target) if target in head else -1
    n_values = len({row[column] for row in rows})
    return (len(head) - 1,), n_values if n_values <= 20 else 1


def linked(paper: str) -> str:
    return re.sub(r"https://[^\s,;)]+", lambda found: f"<{found[0]}>", escaped(paper))


def escaped(words: str) -> str:
    """Words whose signs are no Markdown."""
    return re.sub(r"([*_<\[\]`])", r"\\\1", words.rstrip("."))


# From the plainest on: a table, a sequence, images.
SHAPES = [(64,), (100, 8), (28, 28, 1), (32, 32, 3), (224, 224, 3), (16, 32, 32, 1)]

TABLES = {"gallery": index}
