"""Estimators of scikit-learn's protocol: fit, predict, save and load."""
