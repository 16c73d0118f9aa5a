"""Who is asking: the name that notes and runs are signed with."""

from __future__ import annotations

import getpass


def user_name() -> str:
    """The name of the user; `unknown` where there is none, as in containers that run under any number."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
