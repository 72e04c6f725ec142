"""Tasks: kinds of targets, with the network outputs that they require. Each has a row in `rows` and a module."""
