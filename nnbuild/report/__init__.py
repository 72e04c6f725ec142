"""Render values as text, HTML, charts and diagrams."""
