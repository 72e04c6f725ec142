"""Tables of findings for docs/guide/doctor.md, from the rows of their kinds."""

from __future__ import annotations

from functools import partial

from nnbuild.diagnosis.kinds import MOMENTS
from nnbuild.diagnosis.rules import FindingKind
from tools.finding_chinese import CHINESE
from tools.markdown import code, table


def findings(moment: str) -> str:
    """Return code, severity, condition and edit of each kind of finding of a moment."""
    rows = [
        (code(name), _severity(kind), f"{kind.title}: {kind.when}", kind.edit or "-")
        for name, kind in MOMENTS[moment].items()
    ]
    return table(("code", "severity", "finding", "edit"), rows)


def findings_chinese(moment: str) -> str:
    """Return the same in Chinese, without edits."""
    rows = [(code(name), _severity(kind), CHINESE[name]) for name, kind in MOMENTS[moment].items()]
    return table(("代码", "级别", "发现"), rows)


def _severity(kind: FindingKind) -> str:
    return kind.severity if isinstance(kind.severity, str) else "depends"


TABLES = {
    **{f"findings_{moment.replace(' ', '_')}": partial(findings, moment) for moment in MOMENTS},
    **{f"findings_{moment.replace(' ', '_')}_chinese": partial(findings_chinese, moment) for moment in MOMENTS},
}
