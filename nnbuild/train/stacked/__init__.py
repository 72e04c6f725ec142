"""Train several networks as one program."""
