"""Projects, experiments and runs."""

from __future__ import annotations

from modeldb.catalog.apply.values import json_or_null
from modeldb.catalog.batch import Batch, insert
from modeldb.core import codec
from modeldb.core.actions import RunDescribed, RunEnded, RunStarted
from modeldb.core.keys import digest


def project_id(name: str) -> str:
    """The same project has the same id in every store."""
    return "p-" + digest(name)[:16]


def experiment_id(project: str, name: str) -> str:
    return "e-" + digest([project, name])[:16]


_PROJECT = insert("projects", "project_id, name, created_at, entry")
_EXPERIMENT = insert("experiments", "experiment_id, project_id, name, created_at, entry")

_COLUMNS = (
    "run_id, project_id, experiment_id, parent_run_id, name, status, started_at, "
    '"user", host, pid, command, script, cwd, python, client_id, entry'
)
_ATTACHED = insert("runs", _COLUMNS)
# A worker's journal may have been drained before the one that began the run: then the row is there already,
# without a client, and gets what the beginning says.
_BEGUN = insert(
    "runs",
    _COLUMNS,
    """DO UPDATE SET project_id = excluded.project_id, experiment_id = excluded.experiment_id,
        parent_run_id = excluded.parent_run_id, name = coalesce(excluded.name, runs.name),
        started_at = excluded.started_at, "user" = excluded."user", host = excluded.host, pid = excluded.pid,
        command = excluded.command, script = excluded.script, cwd = excluded.cwd, python = excluded.python,
        client_id = excluded.client_id, entry = excluded.entry
    WHERE runs.client_id IS NULL""",
    key="run_id",
)
_ADOPT_MODELS = "UPDATE models SET project_id = ?, entry = ? WHERE run_id = ? AND project_id IS NULL"


def started(batch: Batch, record: RunStarted) -> None:
    project, experiment = project_id(record.project), experiment_id(record.project, record.experiment)
    entry, at = batch.entry, record.started_at
    batch.add("projects", _PROJECT, (project, record.project, at, entry))
    batch.add("experiments", _EXPERIMENT, (experiment, project, record.experiment, at, entry))
    row = (
        record.run_id,
        project,
        experiment,
        record.parent_run_id,
        record.name,
        "running",
        at,
        record.user,
        record.host,
        record.pid,
        codec.to_json(record.command),
        record.script,
        record.cwd,
        record.python,
        None if record.attached else batch.client_id,
        entry,
    )
    batch.add("runs", _ATTACHED if record.attached else _BEGUN, row)
    if record.run_id not in batch.runs:
        batch.runs[record.run_id] = project
        batch.add("models", _ADOPT_MODELS, (project, entry, record.run_id))
        batch.arrived(record.run_id)


_DESCRIBE = """
    UPDATE runs SET git_commit = coalesce(?, git_commit), git_branch = coalesce(?, git_branch),
        git_dirty = coalesce(?, git_dirty), environment_id = coalesce(?, environment_id),
        name = coalesce(?, name), entry = ?
    WHERE run_id = ?"""
_ENVIRONMENT = insert("environments", "environment_id, value, entry")
# A run may be described several times, as a notebook grows: a source it has already is not listed again.
_CODE = """
    INSERT INTO run_code (run_id, position, path, kind, digest, size, entry)
    SELECT ?, coalesce((SELECT max(position) + 1 FROM run_code WHERE run_id = ?), 0), ?, ?, ?, ?, ?
    WHERE NOT EXISTS (SELECT 1 FROM run_code WHERE run_id = ? AND path = ? AND kind = ? AND digest = ?)"""


def described(batch: Batch, record: RunDescribed) -> None:
    run, entry = record.run_id, batch.entry
    if run not in batch.runs:
        batch.wait(run, record)
        return
    facts = (record.git_commit, record.git_branch, record.git_dirty, record.environment_id, record.name)
    batch.add("runs", _DESCRIBE, (*facts, entry, run))
    if record.environment_id is not None and record.environment is not None:
        value = json_or_null(record.environment) or "{}"
        batch.add("environments", _ENVIRONMENT, (record.environment_id, value, entry))
    for code in record.code:
        source = (code.path, code.kind, code.digest)
        batch.add("run_code", _CODE, (run, run, *source, code.size, entry, run, *source))


# Whoever finds the process dead says "killed"; that does not overrule what the run said itself.
_END = """
    UPDATE runs SET status = ?, ended_at = ?, exit_code = ?, error = ?, entry = ?
    WHERE run_id = ? AND NOT (? = 'killed' AND status IN ('finished', 'failed'))"""


def ended(batch: Batch, record: RunEnded) -> None:
    if record.run_id not in batch.runs:
        batch.wait(record.run_id, record)
        return
    values = (record.status, record.ended_at, record.exit_code, record.error, batch.entry)
    batch.add("runs", _END, (*values, record.run_id, record.status))
