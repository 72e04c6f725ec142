"""A Keras model -> a file or folder of another program: one module a format, and their table."""
