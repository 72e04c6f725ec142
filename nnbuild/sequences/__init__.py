"""Estimators of sequences of tokens, and what reads and continues them token by token."""
