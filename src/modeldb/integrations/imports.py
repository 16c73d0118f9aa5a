"""Being told when a library has been imported, without importing it.

A finder in front of `sys.meta_path` lets the others find the module and, for the names somebody waits for, runs
their callbacks right after the module's own code. Modules imported before are handled at once.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from modeldb.client.values import is_user_file
from modeldb.integrations.patching import FRAME_FILE

Callback = Callable[[ModuleType], None]

_SOURCE = """
def made(own, execute, executed):
    def exec_module(module):
        own.pop("exec_module", None)
        try:
            execute(module)
        except BaseException as error:
            error.__traceback__ = error.__traceback__.tb_next
            raise
        executed(module)
    return exec_module
"""


class PostImport:
    """Runs callbacks after modules of these names have been executed."""

    def __init__(self, on_error: Callable[[str, Exception], None]) -> None:
        self._callbacks: dict[str, list[Callback]] = {}
        self._users_own: list[Callback] = []
        self._others: list[Callback] = []
        self._on_error = on_error
        self._known: frozenset[str] = frozenset()
        self._finding: set[str] = set()
        self._executed: set[str] = set()

    def when(self, module: str, callback: Callback) -> None:
        """Run `callback(module)` now if the module is there already, and whenever it is imported."""
        self._callbacks.setdefault(module, []).append(callback)
        loaded = sys.modules.get(module)
        initializing = getattr(getattr(loaded, "__spec__", None), "_initializing", False)
        if loaded is not None and (module in self._executed or not initializing):
            self._run(callback, loaded)

    def when_users_own(self, callback: Callback) -> None:
        """Run `callback(module)` for every module of the user's own that is there or will be imported."""
        self._users_own.append(callback)
        for loaded in list(sys.modules.values()):
            if isinstance(loaded, ModuleType) and _is_users(getattr(loaded, "__file__", None)):
                self._run(callback, loaded)

    def when_others(self, known: frozenset[str], callback: Callback) -> None:
        """Run `callback(module)` for every module of an installed package, those called `known` left out."""
        self._known = known
        self._others.append(callback)
        for name, loaded in list(sys.modules.items()):
            if isinstance(loaded, ModuleType) and self._is_another(name, getattr(loaded, "__file__", None)):
                self._run(callback, loaded)

    def install(self) -> None:
        # Where libraries live is asked of `sysconfig`, which may import a module to answer: it must not be asked again
        # from there, half-way through.
        is_user_file("")
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        self._callbacks.clear()
        self._users_own.clear()
        self._others.clear()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name in self._finding or not (name in self._callbacks or self._may_be_seen(name, path)):
            return None
        self._finding.add(name)
        try:
            for finder in sys.meta_path:
                if finder is self or not hasattr(finder, "find_spec"):
                    continue
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    callbacks = self._callbacks.get(name) or []
                    if not callbacks and _is_users(spec.origin):
                        callbacks = self._users_own
                    elif not callbacks and self._is_another(name, spec.origin):
                        callbacks = self._others
                    if callbacks:
                        self._follow(spec, callbacks)
                    return spec
        finally:
            self._finding.discard(name)
        return None

    def _may_be_seen(self, name: str, path: Sequence[str] | None) -> bool:
        """False for what is looked for within a package that nobody waits for, as most is."""
        if self._others and name.partition(".")[0] not in self._known:
            return True
        return bool(self._users_own) and _may_be_users(path)

    def _is_another(self, name: str, origin: str | None) -> bool:
        if not self._others or origin is None or not origin.endswith(".py"):
            return False
        return name.partition(".")[0] not in self._known and _is_installed(origin)

    def _follow(self, spec: ModuleSpec, callbacks: list[Callback]) -> None:
        loader: Any = spec.loader
        execute = getattr(loader, "exec_module", None)
        if execute is None or isinstance(loader, type):  # a frozen module's loader is a class, shared by all
            return

        def executed(module: ModuleType) -> None:
            self._executed.add(module.__name__)
            for callback in callbacks:
                self._run(callback, module)

        try:
            loader.exec_module = _exec_module(loader.__dict__, execute, executed)
        except AttributeError:  # a loader with slots, or a frozen one: its module is not followed
            return

    def _run(self, callback: Callback, module: ModuleType) -> None:
        try:
            callback(module)
        except Exception as error:
            self._on_error(f"hooks for {module.__name__}", error)


@functools.cache
def _maker() -> Callable[..., Callback]:
    namespace: dict[str, Any] = {}
    exec(compile(_SOURCE, FRAME_FILE, "exec"), namespace)
    made: Callable[..., Callback] = namespace["made"]
    return made


def _exec_module(own: dict[str, Any], execute: Callback, executed: Callback) -> Callback:
    """`execute`, followed by `executed`. The loader, whose attributes are `own`, is left as it was found.

    Its frame is part of the import machinery, for the warnings a module gives to whoever imports it, and absent from
    tracebacks, where it would keep Python from leaving the machinery out.
    """
    return _maker()(own, execute, executed)


def _may_be_users(path: Sequence[str] | None) -> bool:
    """False for a module that is looked for within a library's package, as most are."""
    return path is None or any(map(_may_hold_users, path))


@functools.lru_cache(4096)
def _may_hold_users(directory: str) -> bool:
    return is_user_file(f"{directory}/")


def _is_users(origin: str | None) -> bool:
    return origin is not None and origin.endswith(".py") and is_user_file(origin)


def _is_installed(origin: str) -> bool:
    return "/site-packages/" in origin or "/dist-packages/" in origin
