from __future__ import annotations

from pathlib import Path

import pytest

from modeldb.testing.scripts import record_all


@pytest.fixture(scope="session")
def recorded_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where scripts were really run and recorded: a search and a forest, twice, and a script that failed."""
    pytest.importorskip("sklearn")
    return record_all(tmp_path_factory.mktemp("recorded"))
