"""Text -> validated Recipe: what the user asked for, with the standard library alone."""
