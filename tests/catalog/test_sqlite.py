"""SQLite keeps the promises of catalogs, and those of its file."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from modeldb.testing.catalog import CatalogSuite


class TestSQLite(CatalogSuite):
    @pytest.fixture
    def location(self, tmp_path: Path) -> Path:
        return tmp_path / "catalog.sqlite"

    @pytest.fixture(autouse=True)
    def _places(self) -> Iterator[None]:
        # Hundreds of catalogs: in memory where there is such a directory, since each commit waits for the disk.
        memory = Path("/dev/shm")
        with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as directory:
            type(self).directory = Path(directory)
            yield

    def another(self) -> Path:
        return Path(tempfile.mkdtemp(dir=type(self).directory)) / "catalog.sqlite"
