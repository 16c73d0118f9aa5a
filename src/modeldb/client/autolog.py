"""`modeldb.autolog()`: the one line that switches recording on in a script."""

from __future__ import annotations

import os

from modeldb.client import complaints, switch
from modeldb.client.session import current
from modeldb.errors import ModelDBError


def autolog(
    *,
    project: str | None = None,
    experiment: str | None = None,
    name: str | None = None,
    tags: dict[str, str] | None = None,
    store: str | os.PathLike[str] | None = None,
    keep_models: bool | None = None,
) -> None:
    """Record this process from here on, until it ends.

    The run begins with the first thing there is to record. A script that does everything inside `with modeldb.run()`
    blocks has those runs and no other.

    Nothing happens if it is being recorded already: by an earlier call, by `modeldb run`, or because it is a worker
    of a process that is. A store that cannot be used costs the recording and one line on standard error, never the
    script.
    """
    if current() is not None:
        return
    try:
        switch.start(
            project=project,
            experiment=experiment,
            name=name,
            tags=tags,
            store=store,
            keep_models=keep_models,
            when_used=True,
        )
    except ModelDBError as error:
        complaints.not_recorded(error)
