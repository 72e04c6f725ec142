"""Arrays -> fit, predict, save and load, by scikit-learn's protocol."""
