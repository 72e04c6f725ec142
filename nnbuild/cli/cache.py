"""`nnbuild cache`: compiled programs on disk."""

from __future__ import annotations

import click

from nnbuild.cli.options import AS_JSON, echo


@click.command()
@click.argument("action", metavar="[clear]", type=click.Choice(["clear"]), required=False)
@AS_JSON
def cache(action: str | None, as_json: bool) -> None:
    """Show or clear the folder of compiled programs.

    Commands store compiled programs there, and load them in later runs, with the same results. The word clear removes
    them. The environment variable NNBUILD_CACHE_DIR sets another folder, and NNBUILD_CACHE=off switches the cache off.

    With --json: an object with folder, n_files, n_bytes, and off (why commands do not use the folder, or "").
    """
    from nnbuild.cache import clear, status
    from nnbuild.report.units import counted, data_size
    from nnbuild.runs.output import json_text

    found = clear() if action else status()
    if as_json:
        click.echo(json_text({name: value for name, value in found.to_dict().items() if name != "is_enabled"}))
        return
    contents = f"{counted(found.n_files, 'file')}, {data_size(found.n_bytes)}"
    echo(f"folder    {found.folder}\n{'removed ' if action else 'contents'}  {contents}")
    if found.off:
        echo(f"off       {found.off}")
