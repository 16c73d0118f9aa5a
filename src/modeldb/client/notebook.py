"""Notebooks: `%load_ext modeldb`, and `modeldb run notebook.ipynb`.

Each executed cell's source is kept with its execution count, so that what ran, in the order it ran, can be read again
whatever became of the notebook. The run ends with the kernel.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modeldb.client import complaints, launch, outcome, switch
from modeldb.client.session import Session, current
from modeldb.errors import MissingDependency, ModelDBError, NotFound

_cells: Cells | None = None


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext modeldb`: record this notebook from here on; the cells executed before are kept too."""
    global _cells
    session = current()
    path = notebook_path(ipython)
    if session is None:
        try:
            session = switch.start(name=Path(path).stem if path else None, script=path)
        except ModelDBError as error:
            complaints.not_recorded(error)
            return
        # An exception in a cell is not the end of a kernel, which has no other way to fail.
        outcome.say(outcome.Outcome("finished", 0))
    if _cells is None:
        _cells = Cells(session, ipython, path or "notebook")
        session.at_stop.append(_cells.unregister)


def unload_ipython_extension(ipython: Any) -> None:
    """`%unload_ext modeldb`: the run ends and nothing more is recorded."""
    switch.stop()


class Cells:
    """Keeps the source of every cell a shell executes."""

    def __init__(self, session: Session, ipython: Any, notebook: str) -> None:
        self._session = session
        self._ipython = ipython
        self._notebook = notebook
        for count, source in enumerate(self._history()):
            if source:
                self._keep(count, source)
        ipython.events.register("pre_run_cell", self._before_cell)

    def unregister(self) -> None:
        global _cells
        _cells = None
        try:
            self._ipython.events.unregister("pre_run_cell", self._before_cell)
        except ValueError:
            pass  # somebody has reset the shell's events

    def _before_cell(self, info: Any) -> None:
        try:
            # Cells the notebook's own machinery runs silently are nobody's work.
            if info.store_history and info.raw_cell:
                switch.before_source(info.raw_cell)
                # Its number is the place it is about to take; `execution_count` is, in some versions, the next.
                self._keep(len(self._history()), info.raw_cell)
        except Exception as error:
            self._session.failed("cell", error)

    def _history(self) -> list[str]:
        """The cells executed so far, by number; there is no cell 0."""
        return list(self._ipython.history_manager.input_hist_raw)

    def _keep(self, count: int, source: str) -> None:
        session = self._session
        if session.settings.keep_code:
            path = f"{self._notebook}#{count}"
            session.submit(session.snapshots.keep_cell, session, session.run_id, path, source)


def notebook_path(ipython: Any) -> str | None:
    """The notebook this kernel runs, if anybody has told it."""
    told = ipython.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME", "")
    if str(told).endswith(".ipynb"):
        return os.path.abspath(told)
    among = [word for word in _parents_command() if word.endswith(".ipynb")]
    return os.path.abspath(Path(among[0]).name) if len(among) == 1 else None


def _parents_command() -> list[str]:
    """The command line of the process that started the kernel: `jupyter nbconvert --execute report.ipynb`."""
    try:
        import psutil  # type: ignore[import-untyped]  # every kernel has it

        parent = psutil.Process().parent()
        return [] if parent is None else list(parent.cmdline())
    except Exception:
        return []


def program(path: str, arguments: Sequence[str]) -> launch.Program:
    """The program that executes a notebook as `jupyter nbconvert --execute --to notebook` does, recorded.

    Raises NotFound when there is no such file, MissingDependency without nbconvert.
    """
    if not Path(path).is_file():
        raise NotFound(f"There is no notebook {path}.")
    if importlib.util.find_spec("nbconvert") is None:
        raise MissingDependency(f'{path} is a notebook, and nbconvert is not installed; pip install "nbconvert".')
    words = ["--to", "notebook", "--execute", path, *arguments]
    load = "--NotebookClient.extra_arguments=--InteractiveShellApp.extra_extensions=modeldb"
    made = launch.module("nbconvert", [*words, load])
    return launch.Program(
        made.argv,
        ["jupyter", "nbconvert", *words],
        made.search_path,
        made.execute,
        os.path.abspath(path),
    )
