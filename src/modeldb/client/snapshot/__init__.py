"""The ingredients of a run besides its data: code and environment.

Everything here runs in the background thread. What changes rarely is looked at once per process: the environment,
the state of the git checkout (for a few seconds), and each source file (as long as it is unchanged on disk).
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from modeldb.client.snapshot import environment, git, sources
from modeldb.client.values import is_user_file
from modeldb.core import keys
from modeldb.core.actions import CodeSeen, RunDescribed

if TYPE_CHECKING:
    from modeldb.client.scope import Scope
    from modeldb.client.session import Session

_CHECKOUT_AGE_S = 5.0
_LOOK_AGAIN_S = 30.0


class Snapshots:
    """What one process has found out so far."""

    def __init__(self) -> None:
        self._environment_id: str | None = None
        self._checkouts: dict[str, tuple[float, git.Checkout | None]] = {}
        self._kept: dict[tuple[str, int, int], CodeSeen] = {}
        self._described: dict[str, set[tuple[str, str]]] = {}
        self._looked_at = time.monotonic()

    def take(self, session: Session, scope: Scope, text: bytes | None) -> None:
        """Describe a run at its beginning: checkout, environment, the script."""
        checkout = self._checkout(session, scope)
        value = environment.describe(session.settings) if self._environment_id is None else None
        if value is not None:
            self._environment_id = keys.digest(value)
        code: list[CodeSeen | None] = []
        try:
            code.append(self._script(session, scope.script, text) if scope.script else None)
            if checkout is not None and checkout.diff:
                diff = checkout.diff
                code.append(CodeSeen(str(checkout.root), "diff", session.objects.put_bytes(diff), len(diff)))
        except Exception as error:
            # The rest of what is known does not depend on whether bytes can be stored.
            session.failed("keeping of sources", error)
        session.append(
            RunDescribed(
                run_id=scope.run_id,
                git_commit=checkout.commit if checkout else None,
                git_branch=checkout.branch if checkout else None,
                git_dirty=checkout.dirty if checkout else None,
                environment_id=self._environment_id,
                environment=value,
                code=self._new(scope.run_id, code),
            )
        )

    def look_again(self, session: Session) -> None:
        """In a long run, now and then: modules imported since."""
        if time.monotonic() - self._looked_at > _LOOK_AGAIN_S:
            self._looked_at = time.monotonic()
            self._keep_modules(session, session.scope)

    def finish(self, session: Session, scope: Scope) -> None:
        """At the end of a run, or of a worker that took part in it."""
        self._keep_modules(session, scope)

    def _keep_modules(self, session: Session, scope: Scope) -> None:
        """Keep the local modules this process has imported; in a worker, the script it runs is one of them."""
        found = [self._file(session, path, "module") for path in sources.local_modules()]
        if scope.script and not scope.is_ours and is_user_file(scope.script):
            found.append(self._file(session, scope.script, "script"))
        self._append_code(session, scope.run_id, found)

    def keep_cell(self, session: Session, run_id: str, path: str, source: str) -> None:
        """Keep a notebook cell as it was executed."""
        data = source.encode("utf-8", "surrogatepass")
        cell = CodeSeen(path, "cell", session.objects.put_bytes(data), len(data))
        self._append_code(session, run_id, [cell])

    def _append_code(self, session: Session, run_id: str, found: list[CodeSeen | None]) -> None:
        code = self._new(run_id, found)
        if code:
            session.append(RunDescribed(run_id=run_id, code=code))

    def _new(self, run_id: str, found: list[CodeSeen | None]) -> list[CodeSeen]:
        """Those this run has not been described with yet."""
        described = self._described.setdefault(run_id, set())
        fresh = [code for code in found if code is not None and (code.path, code.digest) not in described]
        described.update((code.path, code.digest) for code in fresh)
        while len(self._described) > 64:
            self._described.pop(next(iter(self._described)))
        return fresh

    def _checkout(self, session: Session, scope: Scope) -> git.Checkout | None:
        directory = str(Path(scope.script).parent) if scope.script else scope.cwd
        now = time.monotonic()
        looked_at, checkout = self._checkouts.get(directory, (float("-inf"), None))
        if now - looked_at > _CHECKOUT_AGE_S:
            checkout = git.look(Path(directory), session.settings.diff_bytes)
            self._checkouts[directory] = (now, checkout)
        return checkout

    def _script(self, session: Session, path: str, text: bytes | None) -> CodeSeen | None:
        if text is None:
            return self._file(session, path, "script")
        if len(text) > session.settings.source_bytes:
            return None
        return CodeSeen(path, "script", session.objects.put_bytes(text), len(text))

    def _file(self, session: Session, path: str, kind: str) -> CodeSeen | None:
        try:
            status = os.stat(path)
            if status.st_size > session.settings.source_bytes:
                return None
            key = (path, status.st_mtime_ns, status.st_size)
            if key not in self._kept:
                data = Path(path).read_bytes()
                self._kept[key] = CodeSeen(path, kind, session.objects.put_bytes(data), len(data))
        except OSError:
            return None  # deleted meanwhile, or not ours to read
        return self._kept[key]
