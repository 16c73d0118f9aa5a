"""Switching recording on and off in this process."""

from __future__ import annotations

import atexit
import importlib
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

from modeldb import config
from modeldb import store as stores
from modeldb.client import outcome
from modeldb.client.scope import open_scope
from modeldb.client.session import Session, current, make_current
from modeldb.store import StoreLayout

_idle: Session | None = None
"""A session between two `with modeldb.run()` blocks: its journal and thread serve the next one."""
_hooked = False


def start(
    *,
    project: str | None = None,
    experiment: str | None = None,
    name: str | None = None,
    tags: dict[str, str] | None = None,
    store: str | os.PathLike[str] | None = None,
    keep_models: bool | None = None,
    script: str | None = None,
    command: Sequence[str] | None = None,
    script_text: bytes | None = None,
    when_used: bool = False,
) -> Session:
    """Begin a run in this process and switch recording on.

    `script` and `command` say what runs when it is not this process's own program; `script_text` is its source as it
    was read. `when_used`: the run begins with the first thing recorded, see `Session.begin_run`. In a process that had
    joined a run without recording anything yet, the new run's parent is that run.

    Raises StoreError when the store cannot be used and InvalidInput for a setting that cannot: the script's fate is
    the caller's decision.
    """
    if current() is not None:
        stop()
    layout, settings = _prepare(store, project=project, experiment=experiment, name=name, keep_models=keep_models)
    scope = open_scope(settings, script=script, command=command, parent_run_id=settings.run_id)
    session = _take_idle(layout, settings) or Session(layout, settings)
    session.begin_run(scope, script_text, when_used=when_used)
    session.tag(tags or {})
    _switch_on(session)
    return session


def attach() -> Session | None:
    """Join the run the environment names, in a worker or subprocess; None when it names none."""
    settings = config.load()
    if settings.run_id is None or settings.store is None or current() is not None:
        return None
    layout, settings = _prepare(settings.store)
    session = Session(layout, settings)
    session.join_run(open_scope(settings, joins=settings.run_id))
    _switch_on(session)
    return session


def stop(status: str = "finished", exit_code: int | None = None, error: str | None = None) -> None:
    """End the run, switch recording off, and wait within the stated bounds for what is still being stored."""
    global _idle
    session = _switch_off(status, exit_code, error) or _idle
    _idle = None
    if session is not None:
        _integrations("uninstall")  # a paused session has left its hooks in place
        session.close()
        session.raise_failures()


def pause(status: str = "finished", exit_code: int | None = None, error: str | None = None) -> None:
    """End the run and switch recording off, ready for the next run of this process."""
    global _idle
    _idle = _switch_off(status, exit_code, error, integrations="rest")


def before_source(source: str | bytes) -> None:
    """Tell the integrations of a script or notebook cell that is about to run."""
    session = current()
    if session is None:
        return
    try:
        _integrations("before_source", source)
    except Exception as error:
        session.failed("before source", error)


def _prepare(given: str | os.PathLike[str] | None, **chosen: Any) -> tuple[StoreLayout, config.Settings]:
    layout = stores.init(stores.find_store(given))
    return layout, config.load(layout.config, **chosen)


def _take_idle(layout: StoreLayout, settings: config.Settings) -> Session | None:
    """The waiting session, if it writes to this store; one of another store is closed."""
    global _idle
    session, _idle = _idle, None
    if session is None:
        return None
    if session.layout == layout:
        session.settings = settings
        return session
    session.close()
    return None


def _switch_on(session: Session) -> None:
    global _hooked
    make_current(session)
    if not _hooked:
        _hooked = True
        atexit.register(_at_exit)
        os.register_at_fork(
            before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child
        )
    outcome.watch()
    try:
        _integrations("install")
    except Exception as error:
        session.failed("install integrations", error)


def _switch_off(
    status: str, exit_code: int | None, error: str | None, integrations: str = "uninstall"
) -> Session | None:
    session = current()
    if session is None:
        return None
    for step in (lambda: _integrations(integrations), *session.at_stop):
        try:
            step()
        except Exception as failure:
            session.failed("switch off", failure)
    session.at_stop.clear()
    while session.depth:
        session.end_run(status, exit_code, error)
    make_current(None)
    outcome.unwatch()
    session.release_children()
    return session


def _integrations(function: str, *args: Any) -> None:
    # Imported by name: the client knows nothing of the integrations but that they can be put in and taken out.
    getattr(importlib.import_module("modeldb.integrations"), function)(*args)


def _at_exit() -> None:
    end = outcome.at_exit()
    stop(*end)
    if end.status == "killed":
        outcome.interrupt_again()


class _Fork(threading.local):
    """The fork this thread is in the middle of."""

    let_go: Callable[[], None] | None = None


_fork = _Fork()


def _before_fork() -> None:
    session = current() or _idle
    if session is not None:
        session.begin_unbegun()  # the child will take part in it
    _fork.let_go = session.hold_background() if session is not None else None


def _after_fork_in_parent() -> None:
    let_go, _fork.let_go = _fork.let_go, None
    if let_go is not None:
        let_go()


def _after_fork_in_child() -> None:
    global _idle
    _idle = _fork.let_go = None
    session = current()
    if session is not None:
        session.become_worker()
