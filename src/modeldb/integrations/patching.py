"""Putting a hook on a Python function without replacing it.

A function's *code object* is exchanged for a trampoline that calls the hook and then the original code. The function
itself stays the same object, so that all of this needs no care at all: names imported before we were switched on
(`from sklearn.metrics import roc_auc_score`), references held by scorers and partials, pickling by reference,
`sklearn.clone`, `vars(cls)`, inherited methods and descriptors such as `available_if`. Taking the hook out again is
one assignment.

The trampoline's frame claims a file name that the `warnings` module treats as part of the import machinery, so that
`warnings.warn(..., stacklevel=2)` in a library names the user's line, with and without us. `FRAME_FILE` is also how
a debugger or log can tell our frames. In tracebacks they do not appear: a bare `raise` adds no entry for its own
frame, so dropping the one that is there leaves the traceback as it would be without us.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

FRAME_FILE = "<frozen importlib._bootstrap of modeldb>"

_CO_GENERATOR = 0x20
"""As in `inspect`, which takes a while to import."""

Begin = Callable[["Any", tuple[Any, ...], dict[str, Any]], "Any"]
"""Called with (hook, args, kwargs); answers None to step aside, else an object with `finish(result)` and
`fail(error)`, neither of which raises."""

_TEMPLATE = """
def outer({cells}):
    def trampoline(*args, **kwargs):
        __tracebackhide__ = True
        call = "modeldb:begin"
        call = call("modeldb:hook", args, kwargs)
        original = "modeldb:original"
        {keep}
        try:
            if call is None:
                return original(*args, **kwargs)
            result = original(*args, **kwargs)
        except BaseException as error:
            if call is not None:
                call.fail(error)
            error.__traceback__ = error.__traceback__.tb_next
            raise
        call.finish(result)
        return result
    return trampoline
"""


@functools.cache
def _template(n_cells: int) -> CodeType:
    """A trampoline that closes over as many cells as the function it will stand in for."""
    names = [f"cell{i}" for i in range(n_cells)]
    keep = "pass" if not names else f"if False: ({', '.join(names)},)"
    source = _TEMPLATE.format(cells=", ".join(names), keep=keep)
    namespace: dict[str, Any] = {}
    exec(compile(source, FRAME_FILE, "exec"), namespace)
    outer = namespace["outer"]
    code: CodeType = outer(*names).__code__
    if len(code.co_freevars) != n_cells:
        raise AssertionError(f"the trampoline kept {code.co_freevars} of {n_cells} cells")
    return code


class Patch:
    """What was found on one function, to be put back."""

    __slots__ = ("added_wrapped", "code", "function", "original")

    def __init__(self, function: FunctionType, hook: Any, begin: Begin) -> None:
        code = function.__code__
        original = FunctionType(
            code, function.__globals__, function.__name__, function.__defaults__, function.__closure__
        )
        original.__kwdefaults__ = function.__kwdefaults__
        original.__annotations__ = function.__annotations__
        original.__qualname__ = function.__qualname__
        original.__module__ = function.__module__
        values = {"modeldb:begin": begin, "modeldb:hook": hook, "modeldb:original": original}
        template = _template(len(code.co_freevars))
        consts = tuple(values.get(c, c) if isinstance(c, str) else c for c in template.co_consts)
        self.function, self.original, self.code = function, original, code
        # `inspect` finds signature and source through __wrapped__; a decorated function has one already.
        self.added_wrapped = "__wrapped__" not in function.__dict__
        # The kind of function stays what it says it is; what makes a generator is in the original code.
        flags = template.co_flags | (code.co_flags & _CO_GENERATOR)
        function.__code__ = template.replace(
            co_consts=consts, co_name=code.co_name, co_qualname=code.co_qualname, co_flags=flags
        )
        if self.added_wrapped:
            function.__wrapped__ = original

    def undo(self) -> None:
        self.function.__code__ = self.code
        if self.added_wrapped:
            self.function.__dict__.pop("__wrapped__", None)


class Exchange:
    """A function that runs another's code, to be given its own again."""

    __slots__ = ("code", "function")

    def __init__(self, function: FunctionType, stand_in: FunctionType) -> None:
        self.function, self.code = function, function.__code__
        function.__code__ = stand_in.__code__

    def undo(self) -> None:
        self.function.__code__ = self.code


class Replacement:
    """A name that stands for another value, to be given its own again."""

    __slots__ = ("name", "namespace", "value")

    def __init__(self, namespace: dict[str, Any], name: str, value: Any) -> None:
        self.namespace, self.name, self.value = namespace, name, namespace[name]
        namespace[name] = value

    def undo(self) -> None:
        self.namespace[self.name] = self.value


class Patches:
    """What of this process has been changed: functions that have a hook, above all. Threads: safe."""

    def __init__(self) -> None:
        self._by_function: dict[int, Patch | Exchange] = {}
        self._replaced: list[Replacement] = []
        self._lock = threading.Lock()

    def wrap(self, target: Any, hook: Any, begin: Begin) -> bool:
        """Put a hook on a function, or on the function behind a method, property or descriptor.

        Answers False when there is no Python function to be found, or it has a hook already.
        """
        function = plain_function(target)
        if function is None:
            return False
        with self._lock:
            if id(function) in self._by_function:
                return False
            self._by_function[id(function)] = Patch(function, hook, begin)
        return True

    def exchange(self, function: FunctionType, stand_in: FunctionType) -> None:
        """Have a function run another's code, in its own namespace. The other closes over nothing."""
        with self._lock:
            if id(function) not in self._by_function:
                self._by_function[id(function)] = Exchange(function, stand_in)

    def replace(self, namespace: dict[str, Any], name: str, value: Any) -> None:
        """Have a module's name stand for another value."""
        with self._lock:
            self._replaced.append(Replacement(namespace, name, value))

    def undo_all(self) -> None:
        with self._lock:
            for change in (*reversed(self._by_function.values()), *reversed(self._replaced)):
                change.undo()
            self._by_function.clear()
            self._replaced.clear()

    def __len__(self) -> int:
        return len(self._by_function)


def plain_function(target: Any) -> FunctionType | None:
    """The Python function whose code runs when `target` is called, or None."""
    if isinstance(target, FunctionType):
        return target
    if isinstance(target, (staticmethod, classmethod)):
        return plain_function(target.__func__)
    if isinstance(target, property):
        return plain_function(target.fget)
    # sklearn's `available_if` keeps the method in `fn`; numpy's dispatcher and pandas' cached properties likewise.
    for attribute in ("fn", "__wrapped__", "func"):
        inner = getattr(target, attribute, None) if not isinstance(target, type) else None
        if isinstance(inner, FunctionType):
            return inner
    return None


def innermost(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function at the end of the `__wrapped__` chain: the one whose signature the caller sees."""
    while True:
        inner = getattr(function, "__wrapped__", None)
        if inner is None:
            return function
        function = inner
