"""Private names of Keras, TensorFlow and scikit-learn, one module per library; no other module uses such names."""
