"""`nnbuild search`: the search space of a recipe -> its best candidate, trained."""
