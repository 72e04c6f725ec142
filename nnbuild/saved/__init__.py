"""The file of a saved model: written in one step, read with a limit on everything; of the standard library alone."""
