"""Diagrams for the site: a light and a dark picture in place of one that follows the system's colour scheme."""

from __future__ import annotations

import re
from pathlib import Path

SVG = re.compile(r"^!\[(?P<words>[^\]]*)\]\((?P<name>\w+)\.svg\)$", re.MULTILINE)
DARK = "@media (prefers-color-scheme:dark)"
THEMES = {"light": "@media not all", "dark": "@media all"}


def themed(page: str, source: Path, out: Path) -> str:
    """Return a page with light and dark diagrams in place of those in folder `source`, and write them to `out`.

    Each picture links to its file, in which boxes have tooltips.
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
