"""Implementation of `nnbuild search`: find the best candidate of a recipe's search space, and train it."""
