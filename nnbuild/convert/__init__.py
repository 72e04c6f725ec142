"""Recipe <-> Python text, Keras models and plain Keras code; the JSON Schema of recipes."""
