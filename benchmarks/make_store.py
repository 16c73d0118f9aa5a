"""Makes a large store to measure on: 10,000 runs with 20 hyperparameters and 10 metrics each, unless told otherwise.

    python benchmarks/make_store.py /tmp/large-store --runs 10000

The records are made up (`modeldb.testing.synthetic`) and go through the catalog's own door, so it is a real store.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from pathlib import Path

from modeldb.catalog import Catalog, open_catalog
from modeldb.core.actions import Record
from modeldb.store import StoreLayout, init
from modeldb.testing.synthetic import records

BATCH = 2000


def fill(catalog: Catalog, runs: Iterable[list[Record]], client_id: str = "synthetic") -> int:
    """Applies the records of runs in batches; returns how many there were."""
    written, batch = 0, []
    for run in runs:
        batch += run
        if len(batch) >= BATCH:
            written += _apply(catalog, client_id, batch, written)
            batch = []
    return written + _apply(catalog, client_id, batch, written)


def make_store(directory: Path, n_runs: int, *, seed: int = 0) -> StoreLayout:
    """A store with this many runs, or the one that is there already."""
    layout = init(StoreLayout(directory))
    with open_catalog(layout.catalog) as catalog:
        if catalog.last_entry() == 0:
            fill(catalog, records(n_runs, seed=seed))
    return layout


def _apply(catalog: Catalog, client_id: str, batch: list[Record], first: int) -> int:
    return catalog.apply(client_id, batch, cursor=(0, first + len(batch)), first=first) if batch else 0


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
