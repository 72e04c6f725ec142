"""Prepare tables: read columns of each kind, and convert them to arrays."""
