"""What a command does once TensorFlow is there: data file -> trained network, scores, files."""
