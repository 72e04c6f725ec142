"""A fitted network goes into one file, data only, and another process predicts from it: no recipe, no pickled code."""

import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

from nnbuild import NNClassifier

ELSEWHERE = """
import sys
import nnbuild, pandas
classifier = nnbuild.load(sys.argv[1])
print(*classifier.predict(pandas.read_csv(sys.argv[2])))
"""

X, y = load_wine(return_X_y=True, as_frame=True)
y = y.map({0: "Barolo", 1: "Grignolino", 2: "Barbera"})
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
classifier = NNClassifier("mlp", hidden=[32], epochs=60, random_state=0).fit(X_train, y_train)

with TemporaryDirectory() as folder:
    model, rows = Path(folder) / "wine.nnb", Path(folder) / "new.csv"
    classifier.save(model)
    X_test.to_csv(rows, index=False)
    print(f"in the file: {', '.join(zipfile.ZipFile(model).namelist())}")
    command = [sys.executable, "-c", ELSEWHERE, str(model), str(rows)]
    predicted = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
print(f"same predictions there as here: {predicted == list(classifier.predict(X_test))}")
print(f"accuracy: {(predicted == y_test).mean():.3f}")
