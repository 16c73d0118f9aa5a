"""Digests of tables, paired with pandas' and joblib's hashes of the same values in one run.

Prints the best and the median of several rounds, and how many times longer the others take. Run with
`python benchmarks/bench_digest.py [--quick]`.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import joblib
import numpy as np
import pandas as pd
import scipy.sparse as sp

from modeldb.objects.columns import digest, row_digests


def cases(quick: bool) -> Iterator[tuple[str, Any, float]]:
    """Yields what is measured, the value, and the target in seconds."""
    random = np.random.default_rng(0)
    scale = 10 if quick else 1
    iris = random.normal(size=(150, 4))
    yield "iris array 150 x 4", iris, 60e-6
    yield "iris frame 150 x 4", pd.DataFrame(iris, columns=["a", "b", "c", "d"]), 60e-6
    yield "labels int64 150", random.integers(0, 3, 150), 10e-6
    yield "target float64 150", random.normal(size=150), 10e-6
    floats = random.normal(size=(2_000_000 // scale, 19))
    yield "float frame 2M x 19", pd.DataFrame(np.asfortranarray(floats)), 80e-3
    yield "float array 2M x 19, C order", floats, 80e-3
    del floats
    pixels = random.random((60_000 // scale, 784))
    yield "array 60,000 x 784, C order", pixels, 0.5
    yield "the same, 80 % zeros", np.where(pixels < 0.8, 0, pixels), 0.5
    yield "bytes 60,000 x 784, C order", (pixels * 255).astype("u1"), 0.5
    del pixels
    words = [f"word {at % 1000} {at}" for at in range(1_000_000 // scale)]
    yield "1M strings, str", pd.Series(words, dtype="str"), 150e-3
    yield "1M strings, objects", pd.Series(words, dtype=object), 150e-3
    yield "1M strings, list", words, 150e-3
    del words
    yield "csr 10,000 x 20,000, 1M values", sp.random(10_000, 20_000, 0.005, format="csr", rng=random), 150e-3


def times(function: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Returns the best and the median time of one call; short calls are measured in a batch."""
    start = perf_counter()
    function()
    once = perf_counter() - start
    batch = max(1, int(2e-3 / max(once, 1e-7)))
    taken = []
    for _ in range(rounds):
        start = perf_counter()
        for _ in range(batch):
            function()
        taken.append((perf_counter() - start) / batch)
    return min(taken), statistics.median(taken)


def written(seconds: float) -> str:
    return f"{seconds * 1e6:9.1f} µs" if seconds < 1e-3 else f"{seconds * 1e3:9.1f} ms"


def peers(value: Any) -> dict[str, Callable[[], object]]:
    found: dict[str, Callable[[], object]] = {"joblib": lambda: joblib.hash(value)}
    if isinstance(value, (pd.DataFrame, pd.Series)):
        found["pandas"] = lambda: pd.util.hash_pandas_object(value)
    elif isinstance(value, np.ndarray) and value.ndim == 1:
        found["pandas"] = lambda: pd.util.hash_array(value)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="tenth of the rows, fewer rounds")
    quick = parser.parse_args().quick
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; digest | target | peers, as multiples of the best")
    for name, value, target in cases(quick):
        best, middle = times(lambda value=value: digest(value, budget_s=60), 3 if quick else 7)
        ratios = {peer: times(call, 2)[0] / best for peer, call in peers(value).items()}
        beside = "  ".join(f"{peer} {ratio:6.1f}x" for peer, ratio in ratios.items())
        print(f"{name:32} best{written(best)}  median{written(middle)} | {written(target)} | {beside}", flush=True)
    values = np.random.default_rng(0).normal(size=(100_000 if quick else 1_000_000, 20))
    frame = pd.DataFrame(values)
    best, middle = times(lambda: row_digests(frame), 3)
    ratio = times(lambda: pd.util.hash_pandas_object(frame, index=False), 2)[0] / best
    print(f"{'rows of 1M x 20':32} best{written(best)}  median{written(middle)} |              | pandas {ratio:6.1f}x")


if __name__ == "__main__":
    main()
