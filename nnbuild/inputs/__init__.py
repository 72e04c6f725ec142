"""Kinds of inputs: tables, text, ids, images and series become arrays."""
