"""Work off the training thread goes unnoticed."""

from __future__ import annotations

import sys
import threading
import time
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


def test_a_fork_finds_no_thread_and_work_goes_on_after_it():
    made: list[str] = []
    background = Background(1 << 20, lambda _, error: made.append(repr(error)), lambda: made.append("tick"), 0.01)
    background.submit(time.sleep, 0.02)
    background.submit(made.append, "before")
    release = background.hold()
    assert "modeldb" not in {thread.name for thread in threading.enumerate()} and background.rests
    release()
    background.wake()
    assert not background.rests and background.flush(30)
    background.submit(made.append, "after")
    assert background.flush(30)
    background.close()
    assert [word for word in made if word != "tick"] == ["before", "after"]


def test_where_no_thread_can_be_started_work_is_done_at_once(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    made: list[int] = []
    background = Background(1 << 20, lambda _, error: made.append(-1))
    background.submit(made.append, 1)
    assert made == [1] and background.flush(30)
