"""Model + data -> weights and History."""
