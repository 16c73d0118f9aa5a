"""Classes and functions that no other process could import, written into the model themselves."""

from __future__ import annotations

import re
import types
from typing import Any

from modeldb.objects.freeze import CaptureHooks

try:
    from joblib.externals import cloudpickle
except ImportError:
    import cloudpickle

_NOTEBOOK_FILE = re.compile(r".*ipykernel_\d+[/\\]|<ipython-input-.*")


class ByValuePickler(CaptureHooks, cloudpickle.Pickler):
    """Pickles what belongs to `__main__`, lambdas and local classes by value, the rest by name."""

    def reducer_override(self, obj: Any) -> Any:
        ours = self.reduce(obj)
        if ours is not NotImplemented:
            return ours
        if isinstance(obj, types.CodeType) and _NOTEBOOK_FILE.match(obj.co_filename):
            # a cell's file is named after the kernel's process: equal models would differ
            obj = obj.replace(co_filename="<notebook>")
            return cloudpickle.Pickler.dispatch_table[types.CodeType](obj)
        reduced = super().reducer_override(obj)
        if isinstance(obj, type) and isinstance(reduced, tuple):
            return _without_tracker(reduced)
        return reduced


def _without_tracker(reduced: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same reduction without the random id that would give equal models different digests."""
    maker, arguments = reduced[0], reduced[1]
    if getattr(maker, "__name__", "") in ("_make_skeleton_class", "_make_skeleton_enum"):
        place = 4 if maker.__name__ == "_make_skeleton_class" else 5
        arguments = (*arguments[:place], None, *arguments[place + 1 :])
    return (maker, arguments, *reduced[2:])
