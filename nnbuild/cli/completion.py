"""Shell completion: the `completion` command, and completion of recipe names."""

from __future__ import annotations

import os

import click
from click.shell_completion import CompletionItem, get_completion_class

from nnbuild.language.gallery import gallery_names

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script for shell completion of commands and recipes.

    \b
    bash:  nnbuild completion bash >> ~/.bashrc
    zsh:   nnbuild completion zsh >> ~/.zshrc
    fish:  nnbuild completion fish > ~/.config/fish/completions/nnbuild.fish
    """  # noqa: D301
    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(context.find_root().command, {}, "nnbuild", "_NNBUILD_COMPLETE").source())


def complete_name(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the recipes of the gallery that begin with `incomplete`."""
    return [CompletionItem(name) for name in gallery_names() if name.startswith(incomplete)]


def complete_recipe(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return matching recipes of the gallery and JSON files of this folder; any files if no recipe matches."""
    names = complete_name(context, parameter, incomplete)
    if not names:
        return [CompletionItem(incomplete, type="file")]  # shells show either their own list of files or ours
    files = sorted(file for file in os.listdir() if file.endswith(".json") and file.startswith(incomplete))
    return [*names, *map(CompletionItem, files)]
