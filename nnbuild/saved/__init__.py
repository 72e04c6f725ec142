"""Model files: written in one step, read with size limits and checks; only the standard library is imported."""
