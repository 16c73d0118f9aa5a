"""What pandas reads off the interpreter's stack, as if no hook stood on it.

pandas looks at who calls it in three places. Names after `@` in `df.query` are looked up in the caller's frame, so many
levels up. A warning is blamed on the first frame outside pandas, so many levels up. And `df["a"].fillna(0,
inplace=True)`, which changes a temporary and so nothing, is told by the number of references to that temporary. A
hook's trampoline is one frame and one reference more; each of the three is told so.
"""

from __future__ import annotations

import os
import sys
from types import FrameType, ModuleType
from typing import Any

from modeldb.client import recorder
from modeldb.client.call import Call
from modeldb.integrations.patching import FRAME_FILE, Patches

COUNTING_MODULES = ("generic", "frame", "series")
"""The modules of `pandas.core` that count references."""

COPIES_ARGUMENTS = sys.version_info < (3, 12)


def install(patches: Patches, pandas: ModuleType) -> None:
    patches.exchange(pandas.util._exceptions.find_stack_level, find_stack_level)
    for name in COUNTING_MODULES:
        namespace = vars(getattr(pandas.core, name))
        for constant in ("REF_COUNT", "REF_COUNT_METHOD"):  # pandas 3 has the second for methods
            if type(namespace.get(constant)) is int:
                patches.replace(namespace, constant, ReferenceCount(namespace[constant]))


# frames ------------------------------------------------------------------------------------------------------------


def begin_with_level(hook: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
    """For functions that look for names `level` frames above themselves: there is one more now."""
    at = recorder.current()
    # The frames between the recorder and the caller: this one and the trampoline.
    call = at.begin(hook, args, kwargs, frames=3) if at is not None else None
    kwargs["level"] = kwargs.get("level", 0) + 1
    return call


def find_stack_level() -> int:
    """Stands in for pandas' function of this name, in whose namespace it runs."""
    from modeldb.integrations.pandas.stack import frames_inside

    return frames_inside()


def frames_inside() -> int:
    """How many frames pandas is deep in itself, as `find_stack_level` would count them without our hooks."""
    inside = os.path.dirname(sys.modules["pandas"].__file__ or "") + os.sep
    frame: FrameType | None = sys._getframe(2)
    count = 1  # `find_stack_level` itself
    while frame is not None:
        file = frame.f_code.co_filename
        if file != FRAME_FILE:
            if not file.startswith(inside):
                break
            count += 1
        frame = frame.f_back
    return count


# references --------------------------------------------------------------------------------------------------------


class ReferenceCount(int):
    """The most references a temporary has. In a method that was called through a hook, ours are added to them."""

    def __ge__(self, count: int) -> bool:
        return int(self) + _ours(sys._getframe(1)) >= count

    def __add__(self, more: int) -> ReferenceCount:
        return ReferenceCount(int(self) + more)


def _ours(method: FrameType) -> int:
    trampoline = method.f_back
    if trampoline is None or trampoline.f_code.co_filename != FRAME_FILE:
        return 0
    inside = trampoline.f_locals
    call = inside.get("call")
    # The tuple of arguments, and in Python 3.11 a copy of it that is made where there are keywords.
    return 1 + (COPIES_ARGUMENTS and bool(inside.get("kwargs"))) + (call.held if call is not None else 0)
