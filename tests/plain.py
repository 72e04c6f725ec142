"""A recipe for tests that do not depend on the default recipe: `mlp` without early stopping."""

from nnbuild import Recipe

_MLP = Recipe.load("mlp").to_dict()
del _MLP["training"]["early_stopping"]
PLAIN = Recipe.from_dict(_MLP)
