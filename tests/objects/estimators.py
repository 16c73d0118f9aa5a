"""Every scikit-learn estimator that can be fitted, each on a small problem it accepts."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils import all_estimators

SMALL = {
    "n_estimators": 4, "max_iter": 15, "n_components": 2, "n_iter_no_change": 2, "n_clusters": 3, "cv": 2,
    "max_fun": 50, "n_alphas": 4,
}  # fmt: skip
KEEP_DEFAULT = {"n_components": ("SpectralBiclustering",), "max_iter": ("FastICA", "TSNE")}


def problem() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Forty-eight positive rows of five features and three classes."""
    X, y = make_classification(48, 5, n_informative=4, n_redundant=0, n_classes=3, random_state=0)
    return np.abs(X), y


def make(cls: type[Any]) -> Any:
    """An estimator of this class with few iterations."""
    params = inspect.signature(cls.__init__).parameters
    given: dict[str, Any] = {}
    if "estimator" in params:
        given["estimator"] = Ridge() if "Regressor" in cls.__name__ else LogisticRegression()
    if cls.__name__ == "FrozenEstimator":
        given["estimator"].fit(*problem())
    if cls.__name__ == "RANSACRegressor":
        given["min_samples"] = 10
    if cls.__name__ == "OrthogonalMatchingPursuitCV":
        given["max_iter"] = 3
    if cls.__name__ == "PatchExtractor":
        given["patch_size"] = (2, 2)
    if "estimators" in params:
        kind = Ridge if "Regressor" in cls.__name__ else LogisticRegression
        given["estimators"] = [("a", kind()), ("b", kind(1.0))] if kind is Ridge else [("a", kind()), ("b", kind(C=2))]
    if "transformers" in params:
        from sklearn.preprocessing import StandardScaler

        given["transformers"] = [("scale", StandardScaler(), [0, 1, 2])]
    if "transformer_list" in params:
        from sklearn.preprocessing import StandardScaler

        given["transformer_list"] = [("scale", StandardScaler())]
    if "steps" in params:
        from sklearn.preprocessing import StandardScaler

        given["steps"] = [("scale", StandardScaler()), ("clf", LogisticRegression())]
    if "param_grid" in params:
        given["param_grid"] = {"C": [0.1, 1.0]}
    if "param_distributions" in params:
        given["param_distributions"] = {"C": [0.1, 1.0, 3.0]}
        if "n_iter" in params:
            given["n_iter"] = 2
    if "dictionary" in params:
        given["dictionary"] = np.eye(5)
    if "base_estimator" in params:
        given["base_estimator"] = LogisticRegression()
    for name, value in SMALL.items():
        if name in params and name not in given and cls.__name__ not in KEEP_DEFAULT.get(name, ()):
            given[name] = value
    if "random_state" in params:
        given["random_state"] = 0
    return cls(**given)


def data_for(name: str) -> tuple[Any, Any]:
    """What an estimator of this name is fitted on."""
    X, y = problem()
    if name in ("CountVectorizer", "HashingVectorizer", "TfidfVectorizer"):
        return [f"word{i} other{i % 7} and more" for i in range(48)], y
    if name in ("DictVectorizer", "FeatureHasher"):
        return [{"a": i, f"b{i % 3}": 1} for i in range(48)], y
    if name == "IsotonicRegression":
        return X[:, 0], y.astype(float)
    if name in ("LabelBinarizer", "LabelEncoder"):
        return y, None
    if name == "MultiLabelBinarizer":
        return [[int(v), int(v) + 1] for v in y], None
    if name == "PatchExtractor":
        return np.arange(480.0).reshape(6, 8, 10), None
    if name == "KernelCenterer":
        return X @ X.T, None
    if name == "GammaRegressor":
        return X, y + 1.0
    if name.startswith("MultiTask") or name in ("MultiOutputRegressor", "RegressorChain"):
        return X, np.c_[y, y[::-1]].astype(float)
    if name in ("MultiOutputClassifier", "ClassifierChain"):
        return X, np.c_[y > 0, y[::-1] > 0].astype(int)
    if name in ("CCA", "PLSCanonical", "PLSRegression", "PLSSVD"):
        return X, np.c_[y, y[::-1]].astype(float)
    if name == "CategoricalNB":
        return X.astype(int), y
    if name in ("FixedThresholdClassifier", "TunedThresholdClassifierCV"):
        return X, (y > 0).astype(int)
    return X, y


def fitted_estimators() -> Iterator[tuple[str, Any, Any, str]]:
    """Name, fitted estimator, the data it was fitted on, and why it could not be fitted (else empty)."""
    for name, cls in all_estimators():
        X, y = data_for(name)
        try:
            model = make(cls)
            model.fit(X, y) if y is not None else model.fit(X)
        except Exception as error:
            yield name, None, X, f"{type(error).__name__}: {error}"
            continue
        yield name, model, X, ""
