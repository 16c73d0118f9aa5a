"""What an integration says about one function it wraps."""

from __future__ import annotations

from enum import Enum
from types import FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modeldb.client.call import Call


class Children(Enum):
    """Which recorded calls inside a call become its children; the others pass unrecorded."""

    NONE = "none"
    ALL = "all"
    REFIT = "refit"
    """Only the fit of the estimator a search ends with."""


class Hook:
    """One wrapped function: how to describe a call of it.

    `start` runs before the call and sees the arguments; `finish` runs after it and sees the result. Either may raise:
    the recorder notes our failure and the user's call goes on. Instances must be picklable, since a class of the
    user's may travel to a worker process with its methods wrapped.
    """

    kind = "transform"
    operation = ""
    library = ""
    recorded = True
    """False for a hook that only keeps what happens inside it from being recorded."""
    nests = True
    """False for calls that matter only when the script itself makes them."""
    from_library = ""
    """Calls that come from this package itself are its own business and are not recorded."""

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        raise NotImplementedError

    def finish(self, call: Call, result: Any) -> None:
        raise NotImplementedError

    def children(self, call: Call) -> Children:
        return Children.NONE

    def wanted(self, frame: FrameType) -> bool:
        """False to let a call from this place in the script pass unrecorded."""
        return True

    def is_internal(self, module: str) -> bool:
        """True when a call made from this module is not the user's."""
        library = self.from_library
        return bool(library) and (module == library or module.startswith(library + "."))
