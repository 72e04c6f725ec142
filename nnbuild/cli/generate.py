"""`nnbuild generate`: continue a prompt with a trained language model."""

from __future__ import annotations

from typing import Any

import click

from nnbuild.cli.options import echo, model_workflow, standard_input
from nnbuild.cli.starting import start_tensorflow
from nnbuild.cli.trained_models import MODEL


@click.command()
@MODEL
@click.argument("prompt", metavar="[PROMPT]", default="")
@click.option(
    "-n", "--max-new-tokens", type=click.IntRange(1), default=200, show_default=True,
    help="Maximum number of new tokens: characters or words.",
)  # fmt: skip
@click.option(
    "--temperature", type=click.FloatRange(0), default=1.0, show_default=True,
    help="Below 1, probable tokens are preferred; 0 selects the most probable one.",
)  # fmt: skip
@click.option("--top-k", type=click.IntRange(1), help="Sample only from this number of most probable tokens.")
@click.option(
    "--top-p", type=click.FloatRange(0, 1, min_open=True),
    help="Sample only from the most probable tokens with this total probability.",
)  # fmt: skip
@click.option("--stop", metavar="TEXT", multiple=True, help="End the text before this string. May be repeated.")
@click.option("--seed", type=click.IntRange(0), help="Seed of the sampling. Default: another text in each call.")
def generate(model: str, prompt: str, stop: tuple[str, ...], **options: Any) -> None:
    """Continue a prompt with a trained language model, and print the new text.

    PROMPT is a text, or - for the standard input. Without it, a complete text is generated.
    """
    if "" in stop:
        raise click.BadParameter("the string is empty", param_hint="--stop")
    model_workflow(model)
    if prompt == "-":
        prompt = standard_input()
    start_tensorflow()
    from nnbuild.runs.generate import generate_text

    echo(generate_text(model, prompt, stop=list(stop), **options))
