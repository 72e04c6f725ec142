"""Diagrams for the site, whose reader chooses light or dark: two pictures for one that goes by the system."""

from __future__ import annotations

import re
from pathlib import Path

SVG = re.compile(r"^!\[(?P<words>[^\]]*)\]\((?P<name>\w+)\.svg\)$", re.MULTILINE)
DARK = "@media (prefers-color-scheme:dark)"
THEMES = {"light": "@media not all", "dark": "@media all"}


def themed(page: str, source: Path, out: Path) -> str:
    """A page whose diagrams, files of the folder `source`, are shown for light and for dark; `out` gets those files.

    A click shows a diagram alone, where pointing at a box tells its facts.
    """
    out.mkdir(parents=True, exist_ok=True)
    return SVG.sub(lambda found: pictures(found["name"], found["words"], source, out), page)


def pictures(name: str, words: str, source: Path, out: Path) -> str:
    svg = (source / f"{name}.svg").read_text("utf-8")
    for theme, media in THEMES.items():
        (out / f"{name}.{theme}.svg").write_text(svg.replace(DARK, media), "utf-8")
    return "\n".join(
        f'<a class="diagram only-{theme}" href="{name}.{theme}.svg">'
        f'<img loading="lazy" src="{name}.{theme}.svg" alt="{words}"></a>'
        for theme in THEMES
    )
