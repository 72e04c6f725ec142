"""Entry point of the command line. Each command imports what it needs when it runs."""

from __future__ import annotations

import errno

import click

from nnbuild.cli.cache import cache
from nnbuild.cli.completion import completion
from nnbuild.cli.convert import convert, schema
from nnbuild.cli.describe import describe
from nnbuild.cli.doctor import doctor
from nnbuild.cli.generate import generate
from nnbuild.cli.gradients import gradients
from nnbuild.cli.learn import learn
from nnbuild.cli.recipes import recipes
from nnbuild.cli.recommend import recommend
from nnbuild.cli.search import search
from nnbuild.cli.train import train
from nnbuild.cli.trained_models import evaluate, export, predict, show
from nnbuild.cli.translate import translate
from nnbuild.cli.validate import validate
from nnbuild.errors import NNBuildError

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
INTERRUPTED = 130  # exit code of shells: 128 + the number of the signal


class Commands(click.Group):
    """Command group that prints errors of nnbuild as messages."""

    def invoke(self, ctx: click.Context) -> object:
        """Run a command. Print errors of recipes, data and files, with exit code 1."""
        try:
            return super().invoke(ctx)
        except NNBuildError as error:
            click.echo(str(error), err=True)
            ctx.exit(1)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except MemoryError as error:
            click.echo(f"not enough memory: {error}\n  hint: use less data, or smaller samples or batches", err=True)
            ctx.exit(1)
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reading process has closed the pipe; click ends without a message
                raise
            click.echo(f"can't read or write: {error.strerror or error}", err=True)
            ctx.exit(1)


@click.group(cls=Commands, context_settings=CONTEXT)
@click.version_option(package_name="nnbuild", message="nnbuild %(version)s")
def main() -> None:
    """Describe neural networks as recipes, and check, plan and train them."""


for command in (
    validate,
    doctor,
    describe,
    train,
    search,
    predict,
    recommend,
    generate,
    translate,
    evaluate,
    gradients,
    show,
    export,
    recipes,
    learn,
    convert,
    schema,
    cache,
    completion,
):
    main.add_command(command)
