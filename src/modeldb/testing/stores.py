"""Stores with something in them, for tests of what reads them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from modeldb.catalog import Catalog, open_catalog
from modeldb.core.actions import Record
from modeldb.store import StoreLayout, init


def apply_all(catalog: Catalog, records: Iterable[Record], client_id: str = "test") -> int:
    """Apply records as the next ones of a client; returns how many there were."""
    batch = list(records)
    done = catalog.cursor(client_id).records
    return catalog.apply(client_id, batch, cursor=(0, done + len(batch)), first=done)


def store_of(directory: Path, records: Iterable[Record]) -> StoreLayout:
    """A store whose catalog holds these records."""
    layout = init(StoreLayout(directory))
    with open_catalog(layout.catalog) as catalog:
        apply_all(catalog, records)
    return layout


def synthetic_store(directory: Path, n_runs: int, *, seed: int = 0) -> StoreLayout:
    """A store of made-up runs; the same arguments give the same store."""
    from modeldb.testing.synthetic import records

    return store_of(directory, (record for run in records(n_runs, seed=seed, steps=20) for record in run))
