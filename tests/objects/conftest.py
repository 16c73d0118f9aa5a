from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def config_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user of its own for every test, so that none makes a key in the real one's home."""
    directory = tmp_path / "config"
    monkeypatch.setenv("MODELDB_CONFIG_DIR", str(directory))
    return directory
