"""Tasks: the kinds of targets, and the outputs that a network must have for them. One row and one file for each."""
