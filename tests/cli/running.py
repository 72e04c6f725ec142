"""Run commands in this process."""

import io

import pandas as pd
from click.testing import CliRunner, Result

from nnbuild.cli.main import main


def run(*words: object, **options: object) -> Result:
    """The result of a command; `options` are those of click, such as `input`."""
    return CliRunner().invoke(main, [str(word) for word in words], prog_name="nnbuild", **options)


def printed(*words: object, **options: object) -> str:
    """The standard output of a command without an error."""
    done = run(*words, **options)
    assert done.exit_code == 0, done.output
    return done.stdout


def table(text: str) -> pd.DataFrame:
    """The table in printed CSV."""
    return pd.read_csv(io.StringIO(text))
