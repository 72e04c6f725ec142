"""One network finds what is in an image and where: two outputs of different tasks, with positions for few images only.

A third of the images has a position. The others train the kind alone; their losses do not count for the position.
"""

import numpy as np
from sklearn.model_selection import train_test_split

from nnbuild import NNMultiOutput
from nnbuild.datasets import make_shapes
from nnbuild.metrics import output_scorer

X, y = make_shapes(900, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
y_train.loc[np.random.default_rng(0).random(len(y_train)) < 2 / 3, ["x", "y"]] = np.nan  # not measured

model = NNMultiOutput("kind_and_position", filters=[8, 16], epochs=15, random_state=0).fit(X_train, y_train)

print(f"images with a position: {y_train['x'].count()} of {len(y_train)}")
print(f"accuracy of the kind: {output_scorer('kind')(model, X_test, y_test):.3f}")
off = np.abs(model.predict(X_test)[["x", "y"]].to_numpy() - y_test[["x", "y"]]).mean() * 32
print(f"position: off by {off['x']:.1f} pixels across and {off['y']:.1f} down, of 32")
print(f"score: {model.score(X_test, y_test):.3f}")
