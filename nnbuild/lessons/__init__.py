"""Lessons: Markdown files with code, which run and become text of a terminal, pages and notebooks."""
