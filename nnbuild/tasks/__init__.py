"""One row for each task, and one file for its behaviour: what targets are, and what a network must give for them."""
