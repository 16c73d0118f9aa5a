"""How small and how quickly models are kept: 200 scikit-learn models against their pickles.

    python benchmarks/bench_storage.py [--scale 1.0] [--times]

Prints bytes as pickles, gzip of each, and this store (as the store grows, so that sharing counts), by kind of model,
and with --times the time to store and to load each beside joblib's. Boosters and MLflow appear when installed.
"""

from __future__ import annotations

import argparse
import gzip
import pickle
import statistics
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.datasets import load_digits, make_classification, make_friedman1
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from modeldb.objects import capture, open_store


def corpus(scale: float) -> Iterator[tuple[str, Any]]:
    """Two hundred models as a few projects leave them behind: kind and fitted model."""
    X, y = make_classification(int(4000 * scale), 20, n_informative=10, n_classes=3, random_state=0)
    digits, labels = load_digits(return_X_y=True)
    Xr, yr = make_friedman1(int(2000 * scale), random_state=0)
    texts, topics = documents(int(1500 * scale))
    forest: dict[str, Any] = {"n_jobs": 2, "random_state": 0}
    for model in (RandomForestClassifier(n_estimators=20, warm_start=True, **forest),
                  RandomForestClassifier(n_estimators=20, warm_start=True, max_features=0.5, **forest)):  # fmt: skip
        for n in range(20, 201, 20):
            yield "forests, warm start", pickle.loads(pickle.dumps(model.set_params(n_estimators=n).fit(X, y)))
    for seed in range(20):
        data = (X, y) if seed % 2 else (digits, labels)
        yield "forests, other seeds", RandomForestClassifier(100, n_jobs=1, random_state=seed).fit(*data)
    for depth in (4, 8, 12):
        for leaf in (1, 5):
            for criterion in ("gini", "entropy"):
                grid = RandomForestClassifier(60, max_depth=depth, min_samples_leaf=leaf, criterion=criterion, **forest)
                yield "forests, grid", grid.fit(X, y)
    for seed in range(10):
        yield "extra trees", ExtraTreesClassifier(60, n_jobs=1, random_state=seed).fit(digits, labels)
    for seed in range(4):
        yield "forests, regression", RandomForestRegressor(40, n_jobs=1, random_state=seed).fit(Xr, yr)
    for n in range(20, 161, 20):
        yield "gradient boosting", GradientBoostingClassifier(n_estimators=n, random_state=0).fit(digits, labels > 4)
    for n in range(20, 121, 10):
        yield "histogram boosting", HistGradientBoostingClassifier(max_iter=n, random_state=0).fit(X, y)
    for seed in range(4):
        yield "isolation forests", IsolationForest(random_state=seed).fit(X)
    for c in (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30):
        sgd = SGDClassifier("log_loss", alpha=c / 1e4)
        for final in (LogisticRegression(C=c, max_iter=200), sgd, MultinomialNB(alpha=c)):
            yield "text", make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), final).fit(texts, topics)
    for k in (1, 3, 5, 7, 9, 11, 15, 21):
        for metric in ("euclidean", "manhattan"):
            yield "neighbours", KNeighborsClassifier(k, metric=metric).fit(X, y)
    for c in (0.001, 0.01, 0.1, 0.3, 1, 3, 10, 100):
        for features in (5, 10, 20):
            yield "linear", make_pipeline(StandardScaler(), LogisticRegression(C=c)).fit(X[:, :features], y)
            yield "linear", make_pipeline(StandardScaler(), Ridge(alpha=c)).fit(X[:, :features], y)
    for c in (0.1, 0.3, 1, 3, 10, 30):
        yield "support vectors", make_pipeline(StandardScaler(), SVC(C=c)).fit(X[:1000], y[:1000])
    for width in (16, 32, 64, 128):
        for seed in range(2):
            yield "networks", MLPClassifier((width,), max_iter=15, random_state=seed).fit(digits, labels)
    for _ in range(9):
        yield "refits, all equal", RandomForestClassifier(30, n_jobs=1, random_state=7).fit(X, y)


def documents(n: int) -> tuple[list[str], np.ndarray[Any, Any]]:
    """Made-up texts whose words are as unevenly frequent as in real ones."""
    rng = np.random.default_rng(0)
    consonants, vowels = "bcdfghjklmnprstvw", "aeiou"
    words = sorted(
        {
            "".join(consonants[rng.integers(17)] + vowels[rng.integers(5)] for _ in range(rng.integers(1, 5)))
            for _ in range(6000)
        }
    )
    rng.shuffle(words)
    weights = 1 / np.arange(1, len(words) + 1)
    drawn = rng.choice(len(words), (n, 40), p=weights / weights.sum())
    return [" ".join(words[i] for i in row) for row in drawn], drawn[:, 0] % 4


def boosters() -> Iterator[tuple[str, Any]]:
    """The same booster with more and more rounds, of the libraries that are installed."""
    X, y = make_classification(4000, 20, n_informative=10, n_classes=3, random_state=0)
    try:
        from xgboost import XGBClassifier

        for n in range(10, 201, 10):
            yield "xgboost, more rounds", XGBClassifier(n_estimators=n, n_jobs=1).fit(X, y)
    except ImportError:
        print("xgboost is not installed")
    try:
        from lightgbm import LGBMClassifier

        for n in range(10, 201, 10):
            yield "lightgbm, more rounds", LGBMClassifier(n_estimators=n, n_jobs=1, verbose=-1).fit(X, y)
    except ImportError:
        print("lightgbm is not installed")


def mlflow_bytes(model: Any) -> int | None:
    """What MLflow's save of a model takes on disk in its default format, or None if it is not installed."""
    try:
        import mlflow.sklearn
    except ImportError:
        return None
    with tempfile.TemporaryDirectory() as directory:
        mlflow.sklearn.save_model(model, f"{directory}/model")
        return sum(path.stat().st_size for path in Path(directory).rglob("*") if path.is_file())


def milliseconds(call: Callable[[], Any]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    call()
    return (time.process_time() - start) * 1000


def measure(models: Iterator[tuple[str, Any]], url: str, times: bool) -> None:
    """Store every model and print a row per kind."""
    raw: dict[str, int] = defaultdict(int)
    kept: dict[str, int] = defaultdict(int)
    zipped: dict[str, int] = defaultdict(int)
    count: dict[str, int] = defaultdict(int)
    took: dict[str, list[float]] = defaultdict(list)
    store = open_store(url, fsync=False)
    for kind, model in models:
        pickled = pickle.dumps(model, 5)
        took["capture"].append(milliseconds(lambda m=model: capture(m)))
        captured = capture(model)
        start = time.process_time()
        stored = store.put(captured)
        took["store"].append((time.process_time() - start) * 1000)
        raw[kind] += len(pickled)
        kept[kind] += stored.stored_bytes
        count[kind] += 1
        if times:
            zipped[kind] += len(gzip.compress(pickled, 6))
            with tempfile.NamedTemporaryFile() as file:
                took["joblib.dump"].append(milliseconds(lambda m=model, f=file: joblib.dump(m, f.name)))
                took["joblib.load"].append(min(milliseconds(lambda f=file: joblib.load(f.name)) for _ in range(3)))
            took["load"].append(min(milliseconds(lambda d=stored.digest: store.load(d)) for _ in range(3)))
    print(f"{'kind':24} {'models':>6} {'pickles MB':>11} {'gzip MB':>8} {'here MB':>8} {'ratio':>6}")
    for kind in [*raw, "forests", "all"]:
        chosen = [k for k in raw if k == kind or kind == "all" or (kind == "forests" and "forests," in k)]
        if chosen:
            sums = [sum(table[k] for k in chosen) for table in (count, raw, zipped, kept)]
            print(f"{kind:24} {sums[0]:6} {sums[1] / 1e6:11.2f} {sums[2] / 1e6:8.2f} {sums[3] / 1e6:8.2f} "
                  f"{sums[1] / max(sums[3], 1):5.1f}x")  # fmt: skip
    for name, values in took.items():
        print(f"{name:12} ms CPU: p50 {statistics.median(values):8.2f}  p90 {np.percentile(values, 90):8.2f}  "
              f"total {sum(values):9.0f}")  # fmt: skip
    if times:
        ratios = [a / b for a, b in zip(took["load"], took["joblib.load"], strict=True)]
        print(f"load / joblib.load: p50 {statistics.median(ratios):.2f}  p90 {np.percentile(ratios, 90):.2f}  "
              f"all {sum(took['load']) / sum(took['joblib.load']):.2f}")  # fmt: skip
    store.close()


def main() -> None:
    """Run the comparison and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="rows in the data sets, as a factor")
    parser.add_argument("--times", action="store_true", help="also time against joblib, and gzip")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as directory:
        measure(corpus(arguments.scale), f"{directory}/a", arguments.times)
        print()
        measure(boosters(), f"{directory}/b", arguments.times)
        files = sum(1 for path in Path(directory).rglob("*") if path.is_file())
        print(f"\n{files} files in both stores")
    sample = RandomForestClassifier(20, random_state=0).fit(*load_digits(return_X_y=True))
    if (taken := mlflow_bytes(sample)) is not None:
        print(f"MLflow keeps {taken / len(pickle.dumps(sample)):.2f} times the pickle's bytes of one forest")


if __name__ == "__main__":
    main()
