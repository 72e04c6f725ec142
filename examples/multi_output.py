"""One network predicts three quantities, each in its own unit; targets are scaled inside and come back as they were.

Throws without air: from speed and angle to range (m), height (m) and time of flight (s), whose sizes differ thirtyfold.
"""

import numpy as np
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nnbuild import NNRegressor

G = 9.81  # m/s^2
rng = np.random.default_rng(0)
speed = rng.uniform(5, 60, 2000)  # m/s
angle = rng.uniform(5, 85, 2000)  # degrees
across, up = speed * np.cos(np.radians(angle)), speed * np.sin(np.radians(angle))
X = np.column_stack([speed, angle])
y = np.column_stack([2 * across * up / G, up**2 / (2 * G), 2 * up / G])
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)

network = NNRegressor("mlp", hidden=[64, 64], l2=0.0, epochs=60, learning_rate=3e-3, random_state=0)
regressor = make_pipeline(StandardScaler(), network).fit(X_train, y_train)

predicted = regressor.predict(X_test)
errors = mean_absolute_error(y_test, predicted, multioutput="raw_values")
for name, unit, error, truth in zip(["range", "height", "time"], ["m", "m", "s"], errors, y_test.T, strict=True):
    print(f"{name}: off by {error:.2f} {unit} on average, of {truth.min():.1f} to {truth.max():.1f} {unit}")
print(f"lowest R2: {r2_score(y_test, predicted, multioutput='raw_values').min():.4f}")
