"""Successive halving with epochs as the resource: many candidates train a little, the better third goes on."""

from scipy.stats import loguniform, uniform
from sklearn.datasets import load_digits
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingRandomSearchCV, train_test_split

from nnbuild import NNClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X / 16, y, stratify=y, random_state=0)

space = {
    "hidden": [[32], [64, 32]],
    "dropout": uniform(0.0, 0.5),
    "l2": loguniform(1e-6, 1e-2),
    "learning_rate": loguniform(1e-4, 1e-1),
}
network = NNClassifier("mlp", random_state=0)
epochs = {"resource": "epochs", "min_resources": 2, "max_resources": 18}
search = HalvingRandomSearchCV(network, space, **epochs, cv=2, random_state=0).fit(X_train, y_train)

for n_candidates, epochs in zip(search.n_candidates_, search.n_resources_, strict=True):
    print(f"{n_candidates} candidate(s), {epochs} epochs each")
chosen = search.best_params_
print(f"best: hidden {chosen['hidden']}, dropout {chosen['dropout']:.2f}, learning rate {chosen['learning_rate']:.4f}")
print(f"accuracy: {search.score(X_test, y_test):.3f}")
