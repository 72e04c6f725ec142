"""A table as people have it, with text, categories, dates and gaps, goes straight into the network.

Numbers are imputed and scaled, categories and text become columns of 0 and 1, dates their parts, and gaps leave a mark:
all of it learned from the training rows alone, so cross-validation stays honest. Steps in front may give a table too.
"""

import numpy as np
import pandas as pd
from sklearn.datasets import load_diabetes
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from nnbuild import NNClassifier

patients, progression = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
patients["sex"] = patients["sex"].map({1.0: "male", 2.0: "female"})
patients["seen"] = pd.Timestamp("1999-03-01") + pd.to_timedelta(np.arange(len(patients)) % 300, unit="D")
rng = np.random.default_rng(0)
for column in ("sex", "bmi", "s5", "seen"):
    patients.loc[rng.random(len(patients)) < 0.1, column] = None
course = np.where(progression > progression.median(), "fast", "slow")


def with_age_group(table):
    groups = pd.cut(table["age"], [0, 35, 50, 65, 120], labels=["young", "middle", "older", "old"])
    return table.assign(age_group=groups)


network = NNClassifier("mlp", hidden=[32], dropout=0.2, l2=0.01, epochs=30, random_state=0)
pipeline = make_pipeline(FunctionTransformer(with_age_group), network)
scores = cross_val_score(pipeline, patients, course, cv=5)
print(f"columns: {patients.shape[1]}, gaps: {int(patients.isna().sum().sum())}")
print(f"accuracy: {scores.mean():.3f}")
