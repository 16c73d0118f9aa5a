"""How the process ends, seen without standing in its way.

The interpreter keeps an uncaught exception in `sys.last_value`. The status given to `sys.exit` is kept nowhere, so
that function is watched; the launcher, which runs the script itself, says what it saw instead.
"""

from __future__ import annotations

import functools
import opcode
import sys
from types import FrameType
from typing import Any, NamedTuple


class Outcome(NamedTuple):
    status: str
    """`finished`, `failed` or `killed`."""
    exit_code: int | None = None
    error: str | None = None


_said: Outcome | None = None
_last_before: object = None
_pythons_exit: Any = None
_our_exit: Any = None
_exit: tuple[Any, FrameType | None] | None = None
"""The last `sys.exit`: its argument, and the main module's frame at the time."""


def of_exception(error: BaseException) -> Outcome:
    """What an exception that nobody catches does to a process."""
    match error:
        case SystemExit():
            return of_exit_status(error.code)
        case KeyboardInterrupt():
            return Outcome("killed", 130, "KeyboardInterrupt")
        case _:
            message = str(error)
            return Outcome(
                "failed", 1, f"{type(error).__qualname__}: {message}" if message else type(error).__qualname__
            )


def of_exit_status(code: Any) -> Outcome:
    """What `sys.exit(code)` means."""
    if code is None:
        return Outcome("finished", 0)
    if isinstance(code, int):
        return Outcome("finished" if code == 0 else "failed", code & 0xFF)
    return Outcome("failed", 1, str(code))


def say(outcome: Outcome) -> None:
    """Settle how this process ends, whatever else is seen."""
    global _said
    _said = outcome


def watch() -> None:
    """From here on, remember what the end will be explained with."""
    global _last_before, _pythons_exit, _our_exit
    _last_before = getattr(sys, "last_value", None)
    if _said is not None or _pythons_exit is not None:
        return
    _pythons_exit = sys.exit
    _our_exit = sys.exit = _watched(sys.exit)


def _watched(pythons_exit: Any) -> Any:
    @functools.wraps(pythons_exit)
    def exit(status: Any = None, /) -> None:
        global _exit
        _exit = (status, _main_frame(sys._getframe(1)))
        pythons_exit(status)

    return exit


def unwatch() -> None:
    """Forget it all; `sys.exit` is Python's again."""
    global _pythons_exit, _said, _exit
    if _pythons_exit is not None and sys.exit is _our_exit:
        sys.exit = _pythons_exit
    _pythons_exit = _said = _exit = None


def at_exit() -> Outcome:
    """How the process that is ending now ended."""
    if _said is not None:
        return _said
    last = getattr(sys, "last_value", None)
    if isinstance(last, BaseException) and last is not _last_before and not hasattr(sys, "ps1"):
        return of_exception(last)
    if _exit is not None and not _has_returned(_exit[1]):
        return of_exit_status(_exit[0])
    return Outcome("finished", 0)


def _main_frame(frame: FrameType | None) -> FrameType | None:
    while frame is not None:
        if frame.f_code.co_name == "<module>" and frame.f_globals.get("__name__") == "__main__":
            return frame
        frame = frame.f_back
    return None


def _has_returned(frame: FrameType | None) -> bool:
    """True when the main program ran to its last line after all: somebody caught the SystemExit."""
    if frame is None or frame.f_lasti < 0:
        return False
    instruction = frame.f_code.co_code[frame.f_lasti]
    return opcode.opname[instruction].startswith("RETURN_")


def interrupt_again() -> None:
    """Let the interpreter die of SIGINT after a KeyboardInterrupt nobody caught, as it was about to.

    It remembers that until the next time a text is executed, which importing a module with a namedtuple in it does.
    """
    try:
        exec("raise KeyboardInterrupt")
    except KeyboardInterrupt:
        pass
