"""Arithmetic of ours on the user's numbers is not the user's concern."""

from __future__ import annotations

import contextlib
import sys
from typing import Any


def numbers() -> contextlib.AbstractContextManager[Any]:
    """A block in which numpy neither warns nor raises for overflows and the like, whatever the user has told
    `numpy.seterr`. Where numpy is not loaded there is nothing to be quiet about."""
    numpy = sys.modules.get("numpy")
    return numpy.errstate(all="ignore") if hasattr(numpy, "errstate") else contextlib.nullcontext()
