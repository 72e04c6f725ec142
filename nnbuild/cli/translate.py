"""`nnbuild translate`: translate texts with a trained model."""

from __future__ import annotations

import click

from nnbuild.cli.options import AS_JSON, echo, echo_table, model_workflow, standard_input
from nnbuild.cli.starting import start_tensorflow
from nnbuild.cli.trained_models import MODEL


@click.command()
@MODEL
@click.argument("texts", metavar="[TEXT]...", nargs=-1)
@click.option("--data", metavar="FILE", help="CSV, TSV or Parquet file of texts.")
@click.option("--n-candidates", type=click.IntRange(1), help="Number of translations of each text, by beam search.")
@click.option("--out", metavar="FILE", help="Write the translations to a file. Default: standard output.")
@AS_JSON
def translate(
    model: str, texts: tuple[str, ...], data: str | None, n_candidates: int | None, out: str | None, as_json: bool
) -> None:  # fmt: skip
    """Translate texts with a trained model.

    TEXT is a text, or - for the lines of the standard input. The output has a line for each text. With --data,
    --n-candidates or --out, it is CSV with texts, translations and log probabilities, the best translations first.
    """
    if not texts and data is None:
        raise click.UsageError("pass texts, - for the standard input, or a file of texts with --data FILE")
    from nnbuild.runs.output import check_writable

    if out:
        check_writable(out, (model, data))
    workflow, _ = model_workflow(model)
    if data:
        from nnbuild.runs.workflows.readers import READERS

        READERS[workflow.name].find(data)
    if texts == ("-",):
        texts = tuple(standard_input().splitlines())
    start_tensorflow()
    from nnbuild.runs.translate import translate_texts

    table = translate_texts(model, texts, data, n_candidates)
    if as_json or data or out or n_candidates:
        echo_table(table, out, as_json)
    else:
        echo("\n".join(table.iloc[:, 1]))
