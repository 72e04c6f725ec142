"""Decoding of sequences, token by token."""
