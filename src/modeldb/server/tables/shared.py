"""Which data sets a project shares with another that met them first: the same file read again, the same split."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from modeldb.server.source import Source

MOST = 30_000
"""So many per project are told, the newest: databases limit how many values a statement takes."""


class SharedData:
    """The data sets that actions of one project took or gave, and that a run of another project met first.

    Like all tables of the server read by entry number: at every change only what is new. Threads: any.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._entry = -1
        self._ids: dict[str, dict[str, None]] = {}

    def of(self, project: str) -> Sequence[str]:
        """The ids of those that the project with this name shares."""
        with self._lock:
            entry = self._source.last_entry()
            if entry != self._entry:
                self._read_on()
                self._entry = entry
            return list(self._ids.get(project, ()))[-MOST:]

    def _read_on(self) -> None:
        # As in `loading`, a plus keeps the index on `entry` out where everything is read.
        is_new = "+e.entry > :since" if self._entry < 0 else "e.entry > :since"
        for table in ("action_outputs", "action_inputs"):
            rows = self._source.query(_MET.format(table=table, is_new=is_new), {"since": self._entry})
            for project, dataset_id in rows:
                self._ids.setdefault(project, {})[dataset_id] = None


_MET = """
    SELECT DISTINCT p.name, e.artifact_id
    FROM {table} e JOIN actions a ON a.action_id = e.action_id JOIN runs r ON r.run_id = a.run_id
         JOIN projects p ON p.project_id = r.project_id
         JOIN datasets d ON d.dataset_id = e.artifact_id JOIN runs f ON f.run_id = d.first_seen_run
    WHERE e.artifact_kind = 'dataset' AND f.project_id <> r.project_id AND {is_new}
"""
