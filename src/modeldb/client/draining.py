"""Moving this process's journal into the catalog, while it runs and when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modeldb.store import StoreLayout

if TYPE_CHECKING:
    from modeldb.catalog.catalog import Catalog


class Drainer:
    """Drains one client's journal. Used by one thread only, since a SQLite connection belongs to the thread it was
    opened in."""

    def __init__(self, layout: StoreLayout) -> None:
        self._layout = layout
        self._catalog: Catalog | None = None

    def drain(self, client_id: str) -> None:
        """Apply what the journal has beyond the catalog's cursor; removes the journal if it is closed.

        Raises StoreError when the catalog cannot be used. The journal then keeps everything for a later process.
        """
        from modeldb.catalog.drain import drain

        if self._catalog is None:
            from modeldb.catalog.opening import open_catalog

            self._catalog = open_catalog(self._layout.catalog)
        drain(self._layout.journal, self._catalog, client_id=client_id)

    def close(self) -> None:
        if self._catalog is not None:
            self._catalog.close()
            self._catalog = None
