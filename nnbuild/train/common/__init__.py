"""What both engines share: rows, batches, losses, metrics, stopping."""
