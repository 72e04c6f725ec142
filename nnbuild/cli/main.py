"""The command line: each command imports the stage that it needs, when it runs."""

from __future__ import annotations

import errno

import click

from nnbuild.cli.completion import completion
from nnbuild.cli.convert import convert, schema
from nnbuild.cli.describe import describe
from nnbuild.cli.recipes import recipes
from nnbuild.cli.search import search
from nnbuild.cli.train import train
from nnbuild.cli.trained_models import evaluate, export, predict, show
from nnbuild.cli.validate import validate
from nnbuild.errors import NNBuildError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
INTERRUPTED = 130  # as shells have it: 128 and the number of the signal


class Commands(click.Group):
    """Turns errors of nnbuild into messages."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; what is wrong with a recipe or data is printed, with exit code 1."""
        try:
            return super().invoke(ctx)
        except NNBuildError as error:
            click.echo(str(error), err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader has seen enough; click ends quietly
                raise
            click.echo(f"can't read or write: {error.strerror or error}", err=True)
            ctx.exit(1)


@click.group(cls=Commands, context_settings=CONTEXT)
@click.version_option(package_name="nnbuild", message="nnbuild %(version)s")
def main() -> None:
    """Describe a neural network as a recipe; check, plan and train it."""


for command in (
    validate,
    describe,
    train,
    search,
    predict,
    evaluate,
    show,
    export,
    recipes,
    convert,
    schema,
    completion,
):
    main.add_command(command)
