"""`nnbuild validate`: check recipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nnbuild.cli.completion import complete_recipe
from nnbuild.cli.options import AS_JSON
from nnbuild.errors import NNBuildError, Problem, RecipeError

if TYPE_CHECKING:
    from nnbuild.recipe import Recipe


@click.command()
@click.argument("recipes", metavar="RECIPE...", nargs=-1, required=True, shell_complete=complete_recipe)
@AS_JSON
def validate(recipes: tuple[str, ...], as_json: bool) -> None:
    """Check recipes, given as files or names of the gallery.

    With --json: a list with one object per recipe: recipe (as given), valid, name, n_layers, params (their names), and
    problems. Each problem has path (keys and positions), found, allowed, hint, line, column and message (the full
    text).
    """
    checked = [(recipe, _loaded(recipe)) for recipe in recipes]
    if as_json:
        from nnbuild.runs.output import json_text

        click.echo(json_text([_checked(recipe, found) for recipe, found in checked]))
    else:
        for recipe, found in checked:
            if isinstance(found, NNBuildError):
                click.echo(str(found), err=True)
            else:
                params = ", ".join(found.params) or "none"
                click.echo(f"{recipe}: fine, {len(found.network.nodes)} layers; params: {params}")
    if any(isinstance(found, NNBuildError) for _, found in checked):
        raise SystemExit(1)


def _loaded(recipe: str) -> Recipe | NNBuildError:
    from nnbuild.recipe import Recipe

    try:
        return Recipe.validate(recipe)
    except NNBuildError as error:
        return error


def _checked(recipe: str, found: Recipe | NNBuildError) -> dict:
    """Return the result of a check as JSON values."""
    if isinstance(found, NNBuildError):
        problems = found.problems if isinstance(found, RecipeError) else (found,)
        facts = {"valid": False, "name": "", "n_layers": 0, "params": []}
        return {"recipe": recipe, **facts, "problems": [_problem(problem) for problem in problems]}
    facts = {"valid": True, "name": found.name, "n_layers": len(found.network.nodes), "params": list(found.params)}
    return {"recipe": recipe, **facts, "problems": []}


def _problem(problem: Problem | NNBuildError) -> dict:
    """Return a problem of a recipe as JSON values; for a file that can't be read, only the message."""
    values = {key: getattr(problem, key, None) for key in ("path", "found", "allowed", "hint", "line", "column")}
    found = values["found"] or str(problem).splitlines()[0]
    return {**values, "path": values["path"] or [], "found": found, "message": str(problem)}
