"""Training of several networks as one program."""
