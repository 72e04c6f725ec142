"""What the commands do: one module or folder each for train, predict, evaluate, show and search."""
