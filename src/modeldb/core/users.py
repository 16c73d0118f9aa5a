"""Who is asking: the name that notes and runs are signed with."""

from __future__ import annotations

import os


def user_name() -> str:
    """The name of the user; `unknown` where there is none, as in containers that run under any number.

    Found as `getpass.getuser` finds it, which would import what reads passwords.
    """
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        if os.environ.get(variable):
            return os.environ[variable]
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError, AttributeError):
        return "unknown"
