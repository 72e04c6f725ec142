"""Journals of searches: contents, and recovery of damaged ones."""

import json
import math

import pytest
from sklearn.experimental import enable_halving_search_cv  # noqa: F401

from estimators.samples import message_of
from nnbuild.runs.search.journal import Journal, TimeBudgetEnded
from nnbuild.runs.search.journal_file import JournalEntry, JournalError

ABOUT = {"recipe": "r", "data": "d", "--seed": 0}


FITS = [
    JournalEntry({"rate": 0.1, "n": 4}, fold, score, 0.5, 0.25)
    for fold, score in enumerate([0.1 + 0.2, 1 / 3, math.nan])
]


def test_a_journal_keeps_every_bit(tmp_path):
    file = tmp_path / "journal"
    journal = Journal(file, ABOUT, resume=False)
    for fit in FITS:
        journal.begin()
        journal.add(fit)
        journal.end()
    journal.close()
    again = Journal(file, ABOUT, resume=True)
    assert again.fits[:2] == FITS[:2]
    assert math.isnan(again.find({"n": 4.0, "rate": 0.1}, 2).score)
    assert again.find({"n": 5, "rate": 0.1}, 0) is None
    again.close()


def test_a_journal_is_written_when_nothing_runs(tmp_path):
    file = tmp_path / "journal"
    journal = Journal(file, ABOUT, resume=False)
    journal.begin()
    journal.begin()
    journal.add(FITS[0])
    journal.end()
    assert file.read_text().count("\n") == 1
    journal.add(FITS[1])
    journal.end()
    assert file.read_text().splitlines()[1:] == [FITS[0].to_json(), FITS[1].to_json(), '{"whole": true}']
    journal.begin()  # and fails
    journal.end()
    assert file.read_text().count("\n") == 4
    journal.close()


def test_only_the_first_batch_begins_after_the_deadline(tmp_path):
    journal = Journal(tmp_path / "journal", ABOUT, resume=False, deadline_s=0.0)
    for _ in range(2):  # fits of the first batch
        journal.begin()
    for _ in range(2):
        journal.end()
    with pytest.raises(TimeBudgetEnded):
        journal.begin()
    journal.close()


def test_another_file_is_not_read_as_a_journal(tmp_path):
    file = tmp_path / "journal"
    for text in ("a,b\n1,2\n", '{"a": 1}\n{"b": 2}\n', "[1]\n"):
        file.write_text(text)
        assert message_of(lambda: Journal(file, ABOUT, resume=True), JournalError) == (
            f"{file}: is not the journal of a search\n  hint: remove the file to start a new search"
        )


HEAD = json.dumps(ABOUT | {"--cv": 3})


LINES = [HEAD, *(fit.to_json() for fit in FITS[:2]), '{"whole": true}', FITS[2].to_json(), '{"whole": true}']


OTHER = json.dumps(ABOUT | {"--cv": 3, "data": "others"})


RUBBISH = "\x00\ufffd]["


def changed(number, *lines):
    """The lines of a journal with others in place of one, counted from 1."""
    return [*LINES[: number - 1], *lines, *LINES[number:]]


@pytest.mark.parametrize(
    ("lines", "folds", "unread"),
    [
        (LINES, [0, 1, 2], ()),
        ([*LINES, '{"finished": true}'], [0, 1, 2], ()),
        (changed(2, LINES[1][:30]), [1, 2], (2,)),
        (changed(3, RUBBISH), [0, 2], (3,)),
        (changed(4, '{"whole": tru}'), [0, 1, 2], (4,)),
        (changed(5, "[" * 100_000), [0, 1], (5,)),
        (LINES[:5], [0, 1], ()),  # a kill before the batch was whole
        ([*LINES[:5], LINES[5][:8] + "\0"], [0, 1, 2], (6,)),
        (changed(2, LINES[1], LINES[1]), [0, 1, 2], ()),  # twice
        (changed(4, LINES[3], OTHER, LINES[1].replace('"n": 4', '"n": 5'), LINES[3], HEAD), [0, 1, 2], (5, 6)),
        (changed(2, LINES[1].replace('"fold": 0', '"fold": 7')), [1, 2], (2,)),
        (changed(2, LINES[1].replace('"score": 0.3', '"score": null, "x": 0.3')), [1, 2], (2,)),
        (changed(2, LINES[1].replace('"fit_s": 0.5', '"fit_s": "0.5"')), [1, 2], (2,)),
        (changed(2, "[]", "3", "null", ""), [1, 2], (2, 3, 4, 5)),
    ],
)
def test_a_damaged_journal_gives_every_fit_that_can_be_read(tmp_path, lines, folds, unread):
    file = tmp_path / "journal"
    file.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    journal = Journal(file, json.loads(HEAD), resume=True)
    journal.close()
    assert [fit.fold for fit in journal.fits] == folds
    assert journal.unread == unread
    again = Journal(file, json.loads(HEAD), resume=True)  # rewritten
    again.close()
    assert ([fit.fold for fit in again.fits], again.unread) == (folds, ())


@pytest.mark.parametrize("place", [1, 3])
def test_a_line_that_is_not_text_loses_no_other_fit(tmp_path, place):
    file = tmp_path / "journal"
    content = [line.encode() for line in LINES]
    content[place] = bytes(range(128, 256))
    file.write_bytes(b"".join(line + b"\n" for line in content))
    journal = Journal(file, json.loads(HEAD), resume=True)
    journal.close()
    assert journal.unread == (place + 1,)
    assert len(journal.fits) == (3 if "whole" in LINES[place] else 2)


@pytest.mark.parametrize("head", ["", RUBBISH, HEAD[:-5], "[]", '{"whole": true}', LINES[1]])
def test_a_journal_without_its_first_line_is_refused(tmp_path, head):
    file = tmp_path / "journal"
    file.write_text("".join(f"{line}\n" for line in changed(1, head)), "utf-8")
    before = file.read_bytes()
    for resume in (False, True):
        assert message_of(lambda resume=resume: Journal(file, json.loads(HEAD), resume), JournalError) == (
            f"{file}: its first line, which identifies the search, is damaged\n"
            "  hint: remove the file to start a new search"
        )
    assert file.read_bytes() == before
