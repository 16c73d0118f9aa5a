"""`@modeldb.action`: a function of the user's becomes an action of its own."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, overload

from modeldb.client.session import current

P = ParamSpec("P")
R = TypeVar("R")


@overload
def action(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def action(*, name: str | None = None, kind: str = "transform") -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def action(function: Any = None, /, *, name: str | None = None, kind: str = "transform") -> Any:
    """Record each call of a function: its tables are inputs and outputs, its other arguments parameters.

    Used bare or with arguments: `@modeldb.action`, `@modeldb.action(name="clean prices")`. Where nothing is recorded
    the function is just called. What it raises passes untouched.
    """
    if function is None:
        return lambda function: action_of(function, name, kind)
    return action_of(function, name, kind)


def action_of(function: Callable[P, R], name: str | None, kind: str) -> Callable[P, R]:
    operation = name or f"{function.__module__}.{function.__qualname__}"

    @functools.wraps(function)
    def recorded(*args: P.args, **kwargs: P.kwargs) -> R:
        if current() is None:
            return function(*args, **kwargs)
        from modeldb.client import explicit

        result: R = explicit.call_action(function, operation, kind, args, kwargs)
        return result

    return recorded
