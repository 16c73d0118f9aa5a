"""What the bootstrap calls in a new Python process: join the run that started it, or begin one."""

from __future__ import annotations

from modeldb.client import complaints, switch
from modeldb.errors import ModelDBError


def attach() -> None:
    """Join the run the environment names; without one, `MODELDB_AUTOLOG=1` asks for a run of this process's own."""
    try:
        if switch.attach() is None:
            from modeldb.client.autolog import autolog

            autolog()
    except ModelDBError as error:
        complaints.not_recorded(error)
