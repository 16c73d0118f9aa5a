"""Work off the training thread goes unnoticed."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np

from modeldb.client.background import Background


def done(function):
    """What went wrong with a call made in the background."""
    errors: list[BaseException] = []
    background = Background(1 << 20, lambda _, error: errors.append(error))
    background.submit(function)
    assert background.flush(30)
    background.close()
    return errors


def test_arithmetic_in_the_background_warns_nobody():
    assert done(lambda: np.array([np.inf]) - np.inf) == []


def test_work_goes_on_while_numpy_is_being_imported(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", ModuleType("numpy"))
    assert done(lambda: None) == []
