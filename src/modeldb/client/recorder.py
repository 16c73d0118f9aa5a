"""Calls become actions: the part that runs in the user's thread.

A hook's trampoline asks `begin` for a `Call`. The recorder decides whether the call is one to record (nested calls
belong to the call around them) and appends one record when it returns. It knows of no library: what a call means is
said by the integrations; where its inputs came from, by `lineage`; where records go is the session's business.

Threads: a call's parent is found per thread. A worker thread of joblib's pool takes the open call of the thread that
made the pool.
"""

from __future__ import annotations

import sys
import threading
import time
from types import FrameType
from typing import Any

from modeldb.client import keeping, quiet, values
from modeldb.client import session as sessions
from modeldb.client.call import Call
from modeldb.client.hooks import Hook
from modeldb.client.lineage import Lineage
from modeldb.client.session import Session

_current: Recorder | None = None


def current() -> Recorder | None:
    """The recorder of this process, if recording is on."""
    return _current


def started() -> Recorder | None:
    """The recorder of this process, started if a session is on and no library has asked for it yet."""
    session = sessions.current()
    if _current is None and session is not None:
        return start(session)
    return _current


def start(session: Session) -> Recorder:
    """Record into this session from now on."""
    global _current
    _current = Recorder(session)
    return _current


def stop() -> None:
    global _current
    _current = None


def begin(hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
    """Called by every trampoline before the user's call. None: nothing to record here."""
    recorder = _current
    if recorder is None:
        return None
    # The frames between the recorder and the caller: `begin` and the trampoline.
    return recorder.begin(hook, args, kwargs, frames=3)


class _Thread(threading.local):
    """What one thread is in the middle of."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.busy = False
        """True while our own code runs: what it calls is not the user's."""


class Recorder(Lineage):
    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._thread = _Thread()
        self._open: dict[int, list[Call]] = {}

    # deciding --------------------------------------------------------------------------------------------------------

    def begin(self, hook: Hook, args: tuple[Any, ...], kwargs: dict[str, Any], frames: int) -> Call | None:
        """The call that begins here, or None when it is not one to record. `frames`: how far above the caller is."""
        thread = self._thread
        calls = thread.calls
        if thread.busy or (calls and calls[-1].is_closed):
            return None
        thread.busy = True
        try:
            parent = calls[-1] if calls else self._adopted_parent()
            caller = sys._getframe(frames)
            if parent is not None:
                scripts_own = values.is_user_file(caller.f_code.co_filename)
                if not (hook.nests or (scripts_own and hook.wanted(caller))):
                    return None
                if not parent.admits(hook, args, scripts_own):
                    return None
                frame = caller if scripts_own else parent.frame
            else:
                if hook.is_internal(caller.f_globals.get("__name__") or ""):
                    return None
                frame = _users_frame(caller)
                if frame is not None and not hook.wanted(frame):
                    return None
            call = Call(self, hook, parent, frame)
            calls.append(call)
            self._open[threading.get_ident()] = calls
            try:
                with quiet.numbers():
                    hook.start(call, args, kwargs)
                # Now, so that what was inferred about the inputs comes before the call itself.
                call.seq = self.session.next_seq()
            except Exception as error:
                self.session.failed(f"start of {hook.operation or type(hook).__name__}", error)
            except BaseException:  # Ctrl-C: this call will not end, so nothing may become its child
                calls.pop()
                raise
            call._clock = time.perf_counter()
            return call
        except Exception as error:
            self.session.failed("begin", error)
            return None
        finally:
            thread.busy = False

    def finish(self, call: Call, result: Any, error: BaseException | None) -> None:
        duration = call.elapsed()
        thread = self._thread
        calls = thread.calls
        while calls:
            if calls.pop() is call:
                break
        if not calls:
            self._open.pop(threading.get_ident(), None)
        if thread.busy or not call.hook.recorded:
            return
        thread.busy = True
        try:
            with quiet.numbers():
                self._record(call, result, duration, error)
        except Exception as failure:
            self.session.failed(f"record {call.operation}", failure)
        finally:
            call.let_go()
            thread.busy = False

    def _record(self, call: Call, result: Any, duration: float, error: BaseException | None) -> None:
        if error is None:
            try:
                call.hook.finish(call, result)
            except Exception as failure:
                self.session.failed(f"finish of {call.operation}", failure)
        self.session.append(call.action(duration, error))
        for step in call.after:
            step()
        if error is None and call.is_outermost:
            keeping.values_of(self.session, call)

    def _adopted_parent(self) -> Call | None:
        """For a thread of a joblib pool, the call under way in the thread that made the pool."""
        thread = threading.current_thread()
        maker = getattr(thread, "_parent", None)
        if not isinstance(maker, threading.Thread):
            return None
        calls = self._open.get(maker.ident or 0)
        return calls[-1] if calls else None


def _users_frame(frame: FrameType) -> FrameType | None:
    """The nearest frame of the user's own code."""
    at: FrameType | None = frame
    main = vars(sys.modules["__main__"])
    for _ in range(200):
        if at is None:
            return None
        # The command that launched the script is a `__main__` too, but not the present one; nor is that of a function
        # that joblib has sent to a worker.
        is_main = at.f_globals.get("__name__") == "__main__" and at.f_globals is not main
        is_launcher = is_main and at.f_code.co_name == "<module>"
        if values.is_user_file(at.f_code.co_filename) and not is_launcher:
            return at
        at = at.f_back
    return None


__all__ = ["Recorder", "begin", "current", "start", "stop"]
