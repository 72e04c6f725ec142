"""Build the `Plan` of a recipe and shapes with symbolic Keras, without allocating weights."""
