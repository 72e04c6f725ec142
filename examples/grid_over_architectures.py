"""Widths, depths and the learning rate in one grid of scikit-learn's own search: architectures are parameters."""

from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nnbuild import NNClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

pipeline = make_pipeline(StandardScaler(), NNClassifier("mlp", epochs=8, random_state=0))
grid = {
    "nnclassifier__hidden": [[], [32], [64, 32]],  # the first has no hidden layer: logistic regression
    "nnclassifier__learning_rate": [1e-3, 1e-2],
}
search = GridSearchCV(pipeline, grid, cv=3).fit(X_train, y_train)

for params, score in zip(search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True):
    hidden, learning_rate = params["nnclassifier__hidden"], params["nnclassifier__learning_rate"]
    print(f"hidden {hidden}, learning rate {learning_rate}: {score:.3f}")
best = search.best_estimator_[-1]
print(f"best: hidden {best.hidden}, {best.model_.count_params():,} weights")
print(f"accuracy: {search.score(X_test, y_test):.3f}")
