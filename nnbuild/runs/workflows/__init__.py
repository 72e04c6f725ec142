"""Workflows: reading of data, training, scores and predictions of the estimators that commands treat alike."""
