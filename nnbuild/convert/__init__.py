"""Recipe <-> Python text that makes it with the constructors of `nnbuild.layers`."""
