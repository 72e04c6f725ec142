"""Model files: written atomically, read with size limits and checks; imports only the standard library."""
