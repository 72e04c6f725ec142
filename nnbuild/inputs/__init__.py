"""Prepare inputs of each kind: tables, text, ids, images and series become arrays."""
