"""Opening a store's examples by paths alone: what a process that runs queries for another one needs."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modeldb.examples.sets import Place
from modeldb.examples.tables import Tables

if TYPE_CHECKING:
    from modeldb.examples.lazy import Predictions


def predictions(*, objects: str, examples: str, catalog: str, cache: str, entry: str) -> Predictions:
    """Every prediction of the store whose parts lie at these paths, as of an entry of its catalog."""
    from modeldb.examples.lazy import Predictions

    return Predictions(_tables(objects, examples, catalog, cache))


@functools.lru_cache(maxsize=4)
def _tables(objects: str, examples: str, catalog: str, cache: str) -> Tables:
    from modeldb.catalog import open_catalog
    from modeldb.objects import open_store

    held: Any = open_catalog(Path(catalog), readonly=True, create=False)
    return Tables(Place(open_store(objects, readonly=True), Path(examples)), Path(cache), held.query)
