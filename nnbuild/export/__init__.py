"""Export Keras models to files of other programs: one module per format, and their table."""
