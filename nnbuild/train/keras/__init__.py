"""Train one network with Keras' engine."""
