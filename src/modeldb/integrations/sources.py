"""What an estimator's methods are called, and what a script's text says about its own."""

from __future__ import annotations

import ast

METHODS = {
    "fit": "fit",
    "partial_fit": "fit",
    "fit_transform": "fit",
    "fit_predict": "fit",
    "fit_resample": "fit",
    "transform": "transform",
    "inverse_transform": "transform",
    "predict": "predict",
    "predict_proba": "predict",
    "predict_log_proba": "predict",
    "predict_joint_log_proba": "predict",
    "decision_function": "predict",
    "score_samples": "predict",
    "staged_predict": "predict",
    "staged_predict_proba": "predict",
    "staged_decision_function": "predict",
    "kneighbors": "predict",
    "radius_neighbors": "predict",
    "kneighbors_graph": "predict",
    "radius_neighbors_graph": "predict",
    "decision_path": "predict",
    "dbscan_clustering": "predict",
    "mahalanobis": "predict",
    "sample": "predict",
    "sample_y": "predict",
    "gibbs": "predict",
    "perplexity": "evaluate",
    "error_norm": "evaluate",
    "aic": "evaluate",
    "bic": "evaluate",
    "apply": "predict",
    "cost_complexity_pruning_path": "transform",
    "log_marginal_likelihood": "evaluate",
    "reconstruction_error": "evaluate",
    "score": "evaluate",
    "staged_score": "evaluate",
}
"""Method → the kind of action a call of it is."""

_ANSWERS = {"predict", "transform", "predict_proba", "fit_transform", "fit_predict", "score", "decision_function"}


def is_duck(methods: set[str]) -> bool:
    """True for a class that can be fitted and then asked something."""
    return "fit" in methods and bool(methods & _ANSWERS)


def has_duck(source: str | bytes) -> bool:
    """True when a class in this source defines `fit` and something to ask for afterwards."""
    text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
    if "def fit" not in text:
        return False
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return False
    return any(
        is_duck({n.name for n in node.body if isinstance(n, ast.FunctionDef)})
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    )
