"""A hook on a function leaves the function what it was."""

from __future__ import annotations

import inspect
import pickle
import traceback
import warnings
from typing import Any

import pytest

from modeldb.integrations.patching import FRAME_FILE, Patches, plain_function


class Heard:
    """A call that notes how it ended."""

    def __init__(self, log: list[Any]) -> None:
        self.log = log

    def finish(self, result: Any) -> None:
        self.log.append(("finish", result))

    def fail(self, error: BaseException) -> None:
        self.log.append(("fail", type(error).__name__))


def begin(hook: list[Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Heard:
    hook.append(("begin", args, kwargs))
    return Heard(hook)


def step_aside(hook: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    return None


@pytest.fixture
def patches():
    found = Patches()
    yield found
    found.undo_all()


def add(a: int, b: int = 2, *, c: int = 3) -> int:
    """Adds."""
    return a + b + c


def test_a_hook_hears_arguments_and_result(patches):
    log: list[Any] = []
    patches.wrap(add, log, begin)
    assert add(1, c=5) == 8
    assert log == [("begin", (1,), {"c": 5}), ("finish", 8)]


def test_the_function_stays_the_same_object_with_the_same_face(patches):
    before = (id(add), inspect.signature(add), add.__doc__, inspect.getsource(add), add.__name__)
    patches.wrap(add, [], begin)
    assert (id(add), inspect.signature(add), add.__doc__, inspect.getsource(add), add.__name__) == before
    assert pickle.loads(pickle.dumps(add)) is add


def test_undo_leaves_everything_as_it_was_found():
    before = (add.__code__, dict(vars(add)))
    patches = Patches()
    patches.wrap(add, [], begin)
    patches.undo_all()
    assert (add.__code__, dict(vars(add))) == before


def test_a_second_hook_on_a_function_is_refused(patches):
    assert patches.wrap(add, [], begin)
    assert not patches.wrap(add, [], begin)


def test_an_exception_passes_with_the_traceback_it_would_have_had(patches):
    def fails() -> None:
        raise KeyError("gone")

    def text() -> str:
        try:
            fails()
        except KeyError:
            return traceback.format_exc()
        return ""

    plain = text()
    log: list[Any] = []
    patches.wrap(fails, log, begin)
    assert text() == plain
    assert log[-1] == ("fail", "KeyError")
    patches.undo_all()
    patches.wrap(fails, log, step_aside)
    assert text() == plain


def test_a_warning_names_the_callers_line(patches):
    def warns() -> None:
        warnings.warn("careful", UserWarning, stacklevel=2)

    patches.wrap(warns, [], begin)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warns()
    assert caught[0].filename == __file__


def test_closures_super_and_recursion_work(patches):
    base = 10

    class Parent:
        def fit(self) -> int:
            return base

    class Child(Parent):
        def fit(self) -> int:
            return super().fit() + 1

    def factorial(n: int) -> int:
        return 1 if n < 2 else n * factorial(n - 1)

    for target in (Parent.fit, Child.fit, factorial):
        assert patches.wrap(target, [], begin)
    assert Child().fit() == 11
    assert factorial(20) == 2432902008176640000


def test_methods_properties_and_descriptors_are_found(patches):
    class Thing:
        @property
        def values(self) -> str:
            return "values"

        @classmethod
        def make(cls) -> str:
            return cls.__name__

        @staticmethod
        def help() -> str:
            return "help"

    log: list[Any] = []
    for name in ("values", "make", "help"):
        assert patches.wrap(vars(Thing)[name], log, begin), name
    assert (Thing().values, Thing.make(), Thing.help()) == ("values", "Thing", "help")
    assert [entry[1] for entry in log if entry[0] == "finish"] == ["values", "Thing", "help"]
    assert plain_function(len) is None


def test_a_names_imported_before_the_hook_are_hooked_too(patches):
    from sklearn.metrics import accuracy_score

    log: list[Any] = []
    patches.wrap(vars(__import__("sklearn.metrics", fromlist=["x"]))["accuracy_score"], log, begin)
    assert accuracy_score([0, 1], [0, 1]) == 1.0
    assert log[0][0] == "begin"


def test_the_frame_is_one_that_warnings_skip():
    assert "importlib" in FRAME_FILE and "_bootstrap" in FRAME_FILE


def count_to(n: int):
    """Counts."""
    yield from range(n)


def test_a_generator_stays_one_and_its_call_is_heard_before_it_is_asked(patches):
    log: list[Any] = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        patches.wrap(count_to, log, begin)
        counting = count_to(3)
        assert [entry[0] for entry in log] == ["begin", "finish"]
        assert inspect.isgeneratorfunction(count_to) and inspect.isgenerator(counting)
        assert list(counting) == [0, 1, 2]
        patches.undo_all()
    assert list(count_to(2)) == [0, 1] and len(log) == 2
