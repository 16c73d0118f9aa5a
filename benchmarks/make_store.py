"""Makes a large store to measure on: 10,000 runs with 20 hyperparameters and 10 metrics each, unless told otherwise.

    python benchmarks/make_store.py /tmp/large-store --runs 10000

The records are made up (`modeldb.testing.synthetic`) and go through the catalog's own door, so it is a real store.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from modeldb.catalog import open_catalog
from modeldb.store import StoreLayout, init
from modeldb.testing.synthetic import SHARES, fill, records


def make_store(directory: Path, n_runs: int, *, seed: int = 0, shares: Sequence[float] = SHARES) -> StoreLayout:
    """A store with this many runs, or the one that is there already."""
    layout = init(StoreLayout(directory))
    with open_catalog(layout.catalog) as catalog:
        if catalog.last_entry() == 0:
            fill(catalog, records(n_runs, seed=seed, shares=shares))
    return layout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    begun = time.perf_counter()
    layout = make_store(arguments.directory, arguments.runs, seed=arguments.seed)
    with open_catalog(layout.catalog) as catalog:
        counted = {table: catalog.query(f"SELECT count(*) FROM {table}")[0][0] for table in
                   ("runs", "actions", "models", "hyperparameters", "metrics", "datasets")}  # fmt: skip
    print(f"{layout.root}: {counted} in {time.perf_counter() - begun:.1f} s")


if __name__ == "__main__":
    main()
