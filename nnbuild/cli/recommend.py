"""`nnbuild recommend`: recommend items to users with a trained model."""

from __future__ import annotations

import click

from nnbuild.cli.options import AS_JSON, echo_table, model_workflow
from nnbuild.cli.starting import start_tensorflow
from nnbuild.cli.trained_models import MODEL


@click.command()
@MODEL
@click.option("--user", "users", metavar="ID", multiple=True, help="User of the training data. May be repeated.")
@click.option("--data", metavar="FILE", help="CSV, TSV or Parquet file of users.")
@click.option(
    "--interactions",
    metavar="FILE",
    help="Interactions of the users, in place of those in training, for new users. For recipes without the input user.",
)
@click.option(
    "-n", "--n-items", type=click.IntRange(1), default=10, show_default=True, help="Number of items for each user."
)
@click.option("--include-seen", is_flag=True, help="Include items that the user has interactions with.")
@click.option("--out", metavar="FILE", help="Write the items to a file. Default: standard output.")
@AS_JSON
def recommend(
    model: str, users: tuple[str, ...], data: str | None, interactions: str | None, n_items: int, include_seen: bool,
    out: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Recommend items to users. The output is CSV, one line per item, best items of each user first."""
    if not users and data is None and interactions is None:
        raise click.UsageError("pass users with --user ID, or a file of users with --data FILE")
    from nnbuild.runs.output import check_writable

    if out:
        check_writable(out, (model, data, interactions))
    model_workflow(model)
    from nnbuild.inputs.files import find_data

    for file in filter(None, (data, interactions)):
        find_data(file)
    start_tensorflow()
    from nnbuild.runs.recommend import recommend_file

    echo_table(recommend_file(model, users, data, interactions, n_items, include_seen), out, as_json)
