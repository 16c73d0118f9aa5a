"""Running a script or module as Python itself would, in this process, while recording.

The program is a true `__main__`: a module of its own in `sys.modules`, with the `sys.argv`, `sys.path` and attributes
`python script.py` gives it. How it ends is left to the interpreter: its exceptions leave through us, so exit code,
traceback and death by signal are the interpreter's own; only the entries of our frames are taken out of the traceback.
"""

from __future__ import annotations

import builtins
import importlib.machinery
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

import msgspec

from modeldb.client import outcome, switch
from modeldb.client.values import is_user_file
from modeldb.errors import NotFound


class Program(msgspec.Struct, frozen=True):
    """What is to be run."""

    argv: list[str]
    """`sys.argv`: the path as it was given, and the arguments."""
    command: list[str]
    """The command line without ModelDB."""
    search_path: str
    """`sys.path[0]`."""
    execute: Callable[[ModuleType], object]
    """Runs it in this main module."""
    path: str | None = None
    """The file, absolute and otherwise as it was given, where it is one."""
    text: bytes | None = None
    """Its source, where it is a file."""


def script(path: str, arguments: Sequence[str]) -> Program:
    """The program `python path arguments…` runs: a file, or a directory or zip file with a `__main__.py`.

    Raises NotFound when there is no such file.
    """
    argv = [path, *arguments]
    command = ["python", *argv]
    absolute = path if os.path.isabs(path) else os.path.join(os.getcwd(), path)
    if os.path.isdir(path) or path.endswith((".zip", ".pyz")):
        return Program(argv, command, absolute, lambda main: _run_as_python_does("__main__", False), absolute)
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        raise NotFound(
            f"{path} cannot be read: {error.strerror}. Give the path of a script, or a module's name after -m."
        ) from None
    directory = os.path.dirname(os.path.realpath(path))
    return Program(argv, command, directory, lambda main: _run_file(main, absolute, text), absolute, text)


def module(name: str, arguments: Sequence[str]) -> Program:
    """The program `python -m name arguments…` runs."""
    command = ["python", "-m", name, *arguments]
    directory = os.getcwd()
    path = _module_file(name, directory)
    text = Path(path).read_bytes() if path is not None else None

    def execute(main: ModuleType) -> object:
        if text is not None:
            switch.before_source(text)
        return _run_as_python_does(name, True)

    return Program(["-m", *arguments], command, directory, execute, path, text)


def _module_file(name: str, directory: str) -> str | None:
    """The user's own source that `python -m name` will run, found without importing the packages it is in.

    None for a library's, and where it is not found: Python will say so, or has a way of its own to find it.
    """
    places: Sequence[str] | None = [directory, *sys.path[1:]]
    words = name.split(".")
    for i in range(len(words) + 1):
        if places is None:
            break
        full = ".".join(words[: i + 1]) if i < len(words) else f"{name}.__main__"
        spec = importlib.machinery.PathFinder.find_spec(full, places)
        if spec is None:
            return None
        places = spec.submodule_search_locations
        if places is None and i >= len(words) - 1 and spec.origin is not None and spec.origin.endswith(".py"):
            path = os.path.join(directory, spec.origin)
            return path if is_user_file(path) else None
    return None


def _run_file(main: ModuleType, path: str, text: bytes) -> None:
    main.__file__ = path
    main.__dict__["__cached__"] = None
    if path.endswith(".pyc"):
        compiled = importlib.machinery.SourcelessFileLoader("__main__", path)
        main.__loader__ = compiled
        code = compiled.get_code("__main__")
        assert code is not None
    else:
        main.__loader__ = importlib.machinery.SourceFileLoader("__main__", path)
        code = compile(text, path, "exec", dont_inherit=True)
        switch.before_source(text)
    exec(code, main.__dict__)


def _run_as_python_does(name: str, alter_argv: bool) -> object:
    """What `python -m` calls, so that even its frames in a traceback and its words for a missing module are there."""
    import runpy

    return runpy._run_module_as_main(name, alter_argv)


def run(program: Program) -> None:
    """Run it as the main program of this process. Returns when its last line has run; otherwise raises what it does.

    The caller lets that exception through to the interpreter.
    """
    main = _become_main(program)
    try:
        program.execute(main)
    except BaseException as error:
        outcome.say(outcome.of_exception(error))
        _hide_our_frames(error)
        raise
    outcome.say(outcome.Outcome("finished", 0))


def _become_main(program: Program) -> ModuleType:
    main = ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins, __annotations__={}, __package__=None, __spec__=None)
    global _launcher
    _launcher = sys.modules["__main__"]
    sys.modules["__main__"] = main
    sys.argv = list(program.argv)
    sys.orig_argv = [sys.executable, *program.command[1:]]
    if not sys.flags.safe_path:
        sys.path[0:1] = [program.search_path]
    return main


_launcher: ModuleType | None = None
"""The main module we were started as, kept alive: its functions are still on the stack."""


def _hide_our_frames(error: BaseException) -> None:
    """See to it that the traceback Python will print for this exception begins at the program.

    The entries of our frames are added while the exception leaves through them, so they are taken out by an
    `excepthook` in front of the program's own, which is put back before it is called.
    """
    programs_hook = sys.excepthook
    entry = _programs_part(error.__traceback__)

    def excepthook(kind: type[BaseException], value: BaseException, traceback: TracebackType | None) -> Any:
        sys.excepthook = programs_hook
        if value is error:
            value.__traceback__ = sys.last_traceback = traceback = entry
        return programs_hook(kind, value, traceback)

    sys.excepthook = excepthook


def _programs_part(traceback: TracebackType | None) -> TracebackType | None:
    """What remains of a traceback after the frames of this file; nothing, for a script that cannot be compiled."""
    while traceback is not None and traceback.tb_frame.f_globals is globals():
        traceback = traceback.tb_next
    return traceback
