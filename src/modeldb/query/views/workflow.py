"""What ran: projects, runs, their code and surroundings, and every action with what it read and made."""

from __future__ import annotations

from modeldb.query.views.view import view

VIEWS = (
    view(
        "projects",
        "What runs are grouped by first.",
        "projects",
        {
            "id": "the project's id",
            "name": "its name, unique in a store",
            "description": "what somebody wrote about it",
            "author": "who made it",
            "created_at": "when its first run began",
        },
        "SELECT project_id AS id, name, description, author, created_at FROM _projects",
    ),
    view(
        "experiments",
        "A group of runs inside a project.",
        "experiments projects",
        {
            "id": "the experiment's id",
            "name": "its name, unique in its project",
            "description": "what somebody wrote about it",
            "author": "who made it",
            "created_at": "when its first run began",
            "project": "the name of its project",
            "project_id": "the id of its project",
        },
        """
SELECT e.experiment_id AS id, e.name, e.description, e.author, e.created_at, p.name AS project, e.project_id
FROM _experiments e LEFT JOIN _projects p ON p.project_id = e.project_id
""",
    ),
    view(
        "runs",
        "One execution of a script, a notebook or a `with modeldb.run()` block.",
        "runs projects experiments actions models",
        {
            "run_id": "`r-` and 16 hexadecimal digits",
            "project": "the name of its project",
            "experiment": "the name of its experiment",
            "name": "its own name, if it was given one",
            "status": "`running`, `finished`, `failed` or `killed`",
            "started_at": "when it began",
            "ended_at": "when it ended; null while it runs",
            "duration_s": "seconds from beginning to end",
            "user": "who ran it",
            "host": "the machine",
            "command": "the command line, as one would type it",
            "script": "the script's path; null for interactive sessions",
            "git_commit": "the commit that was checked out",
            "git_dirty": "whether there were uncommitted changes; they are kept, see `run_code`",
            "python": "the version of Python",
            "environment_id": "what was installed, see `environments`",
            "n_actions": "how many actions it recorded",
            "n_models": "how many models its script fitted itself (role `model`)",
            "git_branch": "the branch that was checked out",
            "exit_code": "the exit code of the process",
            "error": "why it failed, in a line",
            "cwd": "the working directory",
            "pid": "the process",
            "parent_run_id": "the run that started this one, if one did",
            "project_id": "the id of its project",
            "experiment_id": "the id of its experiment",
        },
        """
SELECT r.run_id, p.name AS project, x.name AS experiment, r.name, r.status, r.started_at, r.ended_at,
       epoch(r.ended_at - r.started_at) AS duration_s, r.user, r.host,
       array_to_string(from_json(r.command, '["VARCHAR"]'), ' ') AS command, r.script, r.git_commit, r.git_dirty,
       r.python, r.environment_id, coalesce(a.n, 0) AS n_actions, coalesce(m.n, 0) AS n_models, r.git_branch,
       r.exit_code, r.error, r.cwd, r.pid, r.parent_run_id, r.project_id, r.experiment_id
FROM _runs r
LEFT JOIN _projects p ON p.project_id = r.project_id
LEFT JOIN _experiments x ON x.experiment_id = r.experiment_id
LEFT JOIN (SELECT run_id, count(*) AS n FROM _actions GROUP BY run_id) a ON a.run_id = r.run_id
LEFT JOIN (SELECT run_id, count(*) AS n FROM _models WHERE role = 'model' GROUP BY run_id) m ON m.run_id = r.run_id
""",
    ),
    view(
        "run_code",
        "The sources a run used, kept in the store: the script, imported files that git does not track, notebook "
        "cells, the uncommitted difference.",
        "run_code",
        {
            "run_id": "the run",
            "position": "the order within the run",
            "path": "the file, or the name of the cell",
            "kind": "`script`, `module`, `cell` or `diff`",
            "digest": "names the bytes in the object store",
            "size": "bytes",
        },
        "SELECT run_id, position, path, kind, digest, size FROM _run_code",
    ),
    view(
        "environments",
        "What was installed where a run took place; runs with equal environments share one.",
        "environments",
        {
            "environment_id": "digest of all of it",
            "python": "the version of Python",
            "os": "the operating system",
            "machine": "the kind of machine: `x86_64`",
            "cpu": "the processor",
            "cores": "how many cores it has",
            "memory_bytes": "its memory",
            "packages": "a map from package to version: `packages['scikit-learn']`",
            "variables": "the environment variables that are kept, as a map: those that govern threads and devices, "
            "and what you allowed",
            "value": "everything that is known, as JSON",
        },
        """
SELECT environment_id, value ->> '$.python' AS python, value ->> '$.os' AS os, value ->> '$.machine' AS machine,
       value ->> '$.cpu' AS cpu, (value ->> '$.cores')::BIGINT AS cores,
       (value ->> '$.memory_bytes')::BIGINT AS memory_bytes,
       from_json(json_extract(value, '$.packages'), '"MAP(VARCHAR, VARCHAR)"') AS packages,
       from_json(json_extract(value, '$.variables'), '"MAP(VARCHAR, VARCHAR)"') AS variables, value
FROM _environments
""",
    ),
    view(
        "actions",
        "Everything that happened: reads, splits, fits, predictions, evaluations. The other views are derived from "
        "these.",
        "actions",
        {
            "action_id": "a UUID that sorts by time",
            "run_id": "the run it belongs to",
            "seq": "the order in which the run's actions began",
            "parent_id": "the enclosing action: a pipeline's fit encloses those of its steps",
            "depth": "0 for what the script called itself",
            "kind": "`read`, `select`, `transform`, `split`, `fit`, `predict`, `evaluate`, `cross_validate`, "
            "`search`, `log`, `annotate`, `write`, or one we do not know",
            "operation": "the qualified name: `sklearn.metrics.roc_auc_score`",
            "library": "`sklearn`, `pandas`, …",
            "status": "`ok` or `failed`",
            "error": "the exception, for a failed call",
            "file": "the script's file that made the call",
            "line": "and the line",
            "started_at": "when it began",
            "duration_s": "seconds it took",
            "recipe_key": "equal for the same step of the same experiment, whatever the data's content",
            "value_key": "equal for the same computation on the same content",
            "inferred": "true when nobody reported the call and it was concluded from content",
            "code": "digest of the user's function, when one is involved",
            "rng": "the effective seed or the digest of the generator's state, as JSON",
            "extra": "what only this operation has to say, as JSON",
        },
        """
SELECT action_id, run_id, seq, parent_id, depth, kind, operation, library, status, error, file, line, started_at,
       duration_s, recipe_key, value_key, inferred, code, rng, extra
FROM _actions
""",
    ),
    view(
        "action_inputs",
        "What an action read.",
        "action_inputs",
        {
            "action_id": "the action",
            "role": "the parameter it was passed as: `X`, `y_true`, `self`",
            "artifact_id": "the dataset, model, spec or file",
            "artifact_kind": "`dataset`, `model`, `spec` or `file`",
            "producer_id": "the action this very value came from, when known",
            "inferred": "true when the producer was found by content alone",
            "position": "the order of the inputs",
            "changed": "true when the call changed this input in place",
            "columns": "the columns that were used, when only some were, as a JSON list",
        },
        """
SELECT action_id, role, artifact_id, artifact_kind, producer_id, inferred, position, changed, columns
FROM _action_inputs
""",
    ),
    view(
        "action_outputs",
        "What an action made or, for a file, wrote.",
        "action_outputs",
        {
            "action_id": "the action",
            "role": "which of its results: `output`, `X_train`",
            "artifact_id": "the dataset, model, spec or file",
            "artifact_kind": "`dataset`, `model`, `spec` or `file`",
            "position": "the order of the outputs",
        },
        "SELECT action_id, role, artifact_id, artifact_kind, position FROM _action_outputs",
    ),
    view(
        "action_params",
        "The arguments of an action.",
        "action_params",
        {
            "action_id": "the action",
            "name": "the argument",
            "value": "its value as text; JSON where it is nested",
            "value_double": "its value as a number, when it is one",
            "type": "`int`, `float`, `str`, `bool`, `none`, `list`, `dict`, `estimator`, `function` or `object`",
            "is_default": "true when the script left it at its default",
        },
        "SELECT action_id, name, value, value_double, type, is_default FROM _action_params",
    ),
    view(
        "files",
        "Files that were read or written, by content: the same path with other bytes is another row.",
        "files",
        {
            "file_id": "`f-` and the digest of the bytes",
            "path": "where it was, or its URL",
            "size": "bytes",
            "digest": "digest of the bytes",
            "weak": "true when the digest stands for something less than the whole content",
            "first_seen_run": "the run that met it first",
        },
        "SELECT file_id, path, size, digest, weak, first_seen_run FROM _files",
    ),
)
