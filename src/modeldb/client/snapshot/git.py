"""The state of the checkout a script is in."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

_TIMEOUT_S = 5.0

_NOT_IN_DIFF = ("**/.env*", "**/*.pem", "**/*.key", "**/id_rsa*", "**/*credential*", "**/*secret*", "**/.netrc",
                "**/.npmrc", "**/.pypirc")  # fmt: skip
"""Tracked files that tend to hold secrets: that they differ is seen, what they say is not kept."""

# No lock is taken, nobody is asked for a password, and no program the repository's configuration names is run.
_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.quotepath=false", "--no-optional-locks")


class Checkout(msgspec.Struct, frozen=True):
    root: Path
    commit: str | None
    branch: str | None
    """None when no branch is checked out."""
    dirty: bool | None
    """None when git could not be asked."""
    diff: bytes | None
    """The uncommitted changes of tracked files, ready for `git apply`; None when there are none or too many."""


def look(directory: Path, diff_bytes: int) -> Checkout | None:
    """The checkout this directory is in, or None. Takes a few seconds at most, on any repository."""
    root = _root(directory)
    if root is None:
        return None
    status = _run(root, 1_000_000, "status", "--porcelain=v2", "--branch", "--untracked-files=no",
                  "--ignore-submodules=dirty")  # fmt: skip
    if status is None:
        return Checkout(root, *_head(root / ".git"), dirty=None, diff=None)
    commit = branch = None
    dirty = False
    for line in status.decode(errors="replace").splitlines():
        if line.startswith("# branch.oid "):
            commit = line.split(" ", 2)[2]
        elif line.startswith("# branch.head "):
            branch = line.split(" ", 2)[2]
        elif not line.startswith("#"):
            dirty = True
    commit = None if commit == "(initial)" else commit
    branch = None if branch == "(detached)" else branch
    return Checkout(root, commit, branch, dirty, _diff(root, diff_bytes) if dirty and commit else None)


def _root(directory: Path) -> Path | None:
    for above in (directory, *directory.parents):
        if (above / ".git").exists():
            return above
    return None


def _diff(root: Path, limit: int) -> bytes | None:
    excluded = [f":(exclude,glob,icase){pattern}" for pattern in _NOT_IN_DIFF]
    diff = _run(root, limit, "diff", "HEAD", "--binary", "--no-color", "--no-ext-diff", "--no-textconv",
                "--ignore-submodules=dirty", "--", ".", *excluded)  # fmt: skip
    return diff or None


def _run(root: Path, limit: int, *arguments: str) -> bytes | None:
    """What git prints, or None when it is absent, fails, takes too long or prints too much."""
    import subprocess  # too slow to load for a script's first moments

    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    for variable in ("PYTHONPATH", "GIT_EXTERNAL_DIFF"):
        environment.pop(variable, None)
    try:
        done = subprocess.run(
            [*_GIT, "-C", str(root), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode != 0 or len(done.stdout) > limit:
        return None
    return done.stdout


def _head(git: Path) -> tuple[str | None, str | None]:
    """Commit and branch as the files say, for a machine without git."""
    try:
        if git.is_file():  # a worktree or submodule: the file names the directory
            git = (git.parent / git.read_text().removeprefix("gitdir:").strip()).resolve()
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head, None
        name = head.removeprefix("ref: ")
        branch = name.removeprefix("refs/heads/")
        loose = git / name
        if loose.exists():
            return loose.read_text().strip(), branch
        for line in (git / "packed-refs").read_text().splitlines():
            commit, _, reference = line.partition(" ")
            if reference == name:
                return commit, branch
        return None, branch
    except OSError:
        return None, None
