"""The recipe language: read, checked, expanded; the standard library alone."""
