"""Common parts of both engines: training data, batches, losses, metrics, stopping."""
