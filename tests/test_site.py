"""Generated parts of the site of docs/: commands, diagrams, API reference, files."""

import doctest

import click

import nnbuild
from tools import api_page, command_tables, make_gallery, markdown, module_tables, site_pictures


def test_subcommands_without_hidden_ones():
    group = click.Group("tool")
    group.add_command(click.Command("secret", hidden=True))
    group.add_command(click.Group("below", commands=[click.Command("one"), click.Command("two")]))
    assert [path for path, _ in command_tables.subcommands(group, "tool")] == ["tool below one", "tool below two"]


def test_the_section_of_a_command():
    @click.command()
    @click.argument("recipe", metavar="RECIPE")
    @click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the split.")
    @click.option("--task", type=click.Choice(["a", "b"]))
    def command(recipe, seed, task):
        """Do it.

        \b
        tool x.json
        tool y.json
        """

    assert command_tables.section(command, "tool do") == (
        "### tool do\n\nDo it.\n\n```text\ntool x.json\ntool y.json\n```\n\n```text\ntool do [OPTIONS] RECIPE\n```\n\n"
        "| option | meaning |\n| --- | --- |\n"
        "| `--seed INTEGER` | Of the split. [default: 0; x>=0] |\n| `--task [a\\|b]` |  |"
    )


def test_diagrams_follow_the_theme_of_the_page(tmp_path):
    page = make_gallery.FOLDER / "xor.md"
    shown = site_pictures.themed(page.read_text("utf-8"), make_gallery.FOLDER, tmp_path / "gallery")
    light, dark = ((tmp_path / "gallery" / f"xor.{theme}.svg").read_text("utf-8") for theme in ("light", "dark"))
    assert "@media not all{" in light
    assert light.replace("not all", "all") == dark
    assert "![" not in shown
    assert (
        '## Layers\n\n<a class="diagram only-light" href="xor.light.svg">'
        '<img loading="lazy" src="xor.light.svg" alt="Diagram of xor: 2 layers"></a>\n'
        '<a class="diagram only-dark" href="xor.dark.svg">'
        '<img loading="lazy" src="xor.dark.svg" alt="Diagram of xor: 2 layers"></a>\n\n## Recipe\n'
    ) in shown


def test_every_public_name_is_in_the_reference():
    names = [name for group in api_page.groups().values() for name in group]
    searches = [f"nnbuild.model_selection.{name}" for name in nnbuild.model_selection.__all__]
    modules = ("cache", "datasets", "diagnosis", "inspect", "layers", "metrics", "model_selection")
    public = [f"nnbuild.{name}" for name in nnbuild.__all__ if name not in modules]
    listed = set(modules) - {"layers", "model_selection"}
    others = {name for module in listed for name in api_page.functions(module)}
    assert sorted(set(names) - others) == sorted(public + searches)
    assert "nnbuild.datasets.make_dates" in names
    assert api_page.group(nnbuild.NNRegressor) == "Estimators"
    assert api_page.group(nnbuild.RecipeError) == "Errors"
    assert {"fit", "predict", "save", "set_params", "model_"} <= set(api_page.public_members(nnbuild.NNRegressor))
    assert ".. autoexception:: nnbuild.DivergenceError" in api_page.text()


def test_every_file_has_a_docstring():
    text = module_tables.modules()
    assert "### nnbuild/language/" in text
    assert "| `errors.py` | Errors and warnings of nnbuild: " in text
    assert [line for line in text.splitlines() if line.endswith("|  |") and line != "|  |"] == []


def test_doctests_of_the_markdown_module():
    assert doctest.testmod(markdown).failed == 0
