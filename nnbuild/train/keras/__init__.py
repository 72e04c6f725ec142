"""Training of one network by Keras' engine."""
