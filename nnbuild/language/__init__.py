"""The recipe language: parse, check and expand recipes, with the standard library alone."""
