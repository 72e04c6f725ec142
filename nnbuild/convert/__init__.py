"""Convert recipes from and to Python text and Keras models; write plain Keras code and the JSON Schema."""
