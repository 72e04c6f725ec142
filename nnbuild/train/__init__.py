"""Train models on arrays: weights and a `History` for each fit."""
