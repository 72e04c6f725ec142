"""Diagrams for the site: a light and a dark version of each."""

from __future__ import annotations

import re
from pathlib import Path

SVG = re.compile(r"^!\[(?P<alt>[^\]]*)\]\((?P<name>[\w.]+)\.svg\)$", re.MULTILINE)
DARK = re.compile(r"@media (?:screen and )?\(prefers-color-scheme:dark\)")
THEMES = {"light": "@media not all", "dark": "@media all"}


def themed(page: str, source: Path, out: Path) -> str:
    """Return a page with light and dark diagrams in place of those in folder `source`, and write them to `out`.

    Each picture links to its file, which has tooltips.
    """
    out.mkdir(parents=True, exist_ok=True)
    return SVG.sub(lambda found: pictures(found["name"], found["alt"], source, out), page)


def pictures(name: str, alt: str, source: Path, out: Path) -> str:
    svg = (source / f"{name}.svg").read_text("utf-8")
    for theme, media in THEMES.items():
        (out / f"{name}.{theme}.svg").write_text(DARK.sub(media, svg), "utf-8")
    return "\n".join(
        f'<a class="diagram only-{theme}" href="{name}.{theme}.svg">'
        f'<img loading="lazy" src="{name}.{theme}.svg" alt="{alt}"></a>'
        for theme in THEMES
    )
