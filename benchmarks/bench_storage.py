"""How small and how quickly models are kept: 200 scikit-learn models against their pickles.

    python benchmarks/bench_storage.py [--scale 1.0] [--times]

Prints bytes as pickles, gzip of each, and this store (as the store grows, so that sharing counts), by kind of model,
and with --times the time to store and to load each beside joblib's. Boosters appear when installed, and MLflow's own
bytes and times for one model in seven.
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
from beside import HAS_PEER, answer, row
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


EVERY = 7
"""One model in so many is given to MLflow too: its default format takes half a minute for some."""

LOADS = 7
LOADS_MS = 400
"""A model is loaded so often each way by turns, and on until both took so long together. Medians count: where a machine
changes its speed, the quickest of one way and that of the other are of different moments."""

PEER_SAVES = """
import json, pathlib, pickle, re, sys, tempfile, time, warnings
warnings.simplefilter("ignore")
import mlflow.sklearn
from sklearn.linear_model import Ridge

def save(model, **more):
    # its search for requirements, seconds of it, is left out
    with tempfile.TemporaryDirectory() as directory:
        start = time.process_time()
        mlflow.sklearn.save_model(model, directory + "/model", pip_requirements=["scikit-learn"], **more)
        took = time.process_time() - start
        return took * 1000, sum(p.stat().st_size for p in pathlib.Path(directory).rglob("*") if p.is_file())

save(Ridge().fit([[0.0], [1.0]], [0, 1]))
found = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.pkl")):
    model = pickle.loads(path.read_bytes())
    try:
        found[path.stem] = save(model)
    except Exception as error:  # the default format wants the types of trees to be called trusted
        named = re.findall(r"'([\\w.]+)'", str(error).partition("Untrusted types found")[2])
        found[path.stem] = save(model, skops_trusted_types=named)
print(json.dumps(found))
"""


class Peer:
    """MLflow's own figures for some of the models: bytes in its default format, and what saving takes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ours: dict[str, tuple[int, float]] = {}
        directory.mkdir()

    def give(self, pickled: bytes, took: float) -> None:
        """Every so many models, one: its pickle, and what storing it took here, capture included."""
        name = f"{len(self._ours):04}"
        self._ours[name] = len(pickled), took
        if len(self._ours) % EVERY == 1:
            (self._directory / f"{name}.pkl").write_bytes(pickled)

    def report(self) -> None:
        """Have MLflow save them, and print the two beside each other."""
        if not HAS_PEER:
            print("MLflow is not here: its figures are missing.")
            return
        saved = answer(PEER_SAVES, str(self._directory), cwd=self._directory, peer=True)
        raw = sum(self._ours[name][0] for name in saved)
        ours = np.array([self._ours[name][1] for name in saved])
        theirs = np.array([took for took, _ in saved.values()])
        size = sum(size for _, size in saved.values())
        row(
            f"MLflow's bytes for {len(saved)} of them, of the pickles",
            size / raw,
            "times",
            None,
            f"{size / 1e6:.1f} MB",
        )
        for name, share in (("p50", 50), ("p90", 90)):
            most, beside = np.percentile(theirs, share), f"MLflow {np.percentile(theirs, share):.1f} ms, "
            took = np.percentile(ours, share)
            row(f"capture and store, {name} of these", took, "ms", round(most, 1), beside + f"{most / took:.1f} times")


def milliseconds(call: Callable[[], Any]) -> float:
    """Processor time of one call."""
    start = time.process_time()
    call()
    return (time.process_time() - start) * 1000


def measure(models: Iterator[tuple[str, Any]], url: str, times: bool, peer: Peer | None = None) -> None:
    """Store every model and print a row per kind."""
    raw: dict[str, int] = defaultdict(int)
    kept: dict[str, int] = defaultdict(int)
    zipped: dict[str, int] = defaultdict(int)
    count: dict[str, int] = defaultdict(int)
    took: dict[str, list[float]] = defaultdict(list)
    ratios: list[float] = []
    store = open_store(url, fsync=False)
    for kind, model in models:
        pickled = pickle.dumps(model, 5)
        took["capture"].append(milliseconds(lambda m=model: capture(m)))
        captured = capture(model)
        start = time.process_time()
        stored = store.put(captured)
        took["store"].append((time.process_time() - start) * 1000)
        if peer is not None:
            peer.give(pickled, took["capture"][-1] + took["store"][-1])
        raw[kind] += len(pickled)
        kept[kind] += stored.stored_bytes
        count[kind] += 1
        if times:
            zipped[kind] += len(gzip.compress(pickled, 6))
            with tempfile.NamedTemporaryFile() as file:
                took["joblib.dump"].append(milliseconds(lambda m=model, f=file: joblib.dump(m, f.name)))
                ours, theirs = [], []
                while len(ours) < LOADS or sum(ours) + sum(theirs) < LOADS_MS:
                    # in turns: a busy machine is slow for both
                    theirs.append(milliseconds(lambda f=file: joblib.load(f.name)))
                    ours.append(milliseconds(lambda d=stored.digest: store.load(d)))
            took["joblib.load"].append(statistics.median(theirs))
            took["load"].append(statistics.median(ours))
            ratios.append(statistics.median(a / b for a, b in zip(ours, theirs, strict=True)))
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
        peer = Peer(Path(directory) / "peer")
        measure(corpus(arguments.scale), f"{directory}/a", arguments.times, peer)
        peer.report()
        print()
        measure(boosters(), f"{directory}/b", arguments.times)
        files = sum(1 for name in "ab" for path in Path(directory, name).rglob("*") if path.is_file())
        print(f"\n{files} files in both stores")


if __name__ == "__main__":
    main()
