"""Implementation of the commands: a module or folder each for train, predict, evaluate, show, export and search."""
