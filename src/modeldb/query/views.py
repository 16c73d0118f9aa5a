"""The public views: what SQL may ask about, with a sentence for every column.

This is the project's most public surface: names here are kept, columns are only added. Each view is plain SQL over
the replicated catalog tables, which appear under their name with an underscore in front. `docs/sql.md` is written
from this file.

Times are `TIMESTAMP`s in UTC. (Not `TIMESTAMPTZ`: that type prints in the session's zone, and needs a time-zone
package to reach Python.)
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class View:
    """One public view."""

    name: str
    summary: str
    columns: dict[str, str]
    """Column name to what it means."""
    sql: str
    tables: tuple[str, ...]
    """The base tables it reads, without the underscore: catalog tables, or ones computed or provided on demand."""


def _view(name: str, summary: str, tables: str, columns: dict[str, str], sql: str) -> View:
    return View(name, summary, columns, sql.strip(), tuple(tables.split()))


ALL = (
    _view(
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
    _view(
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
    _view(
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
    _view(
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
    _view(
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
    _view(
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
    _view(
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
    _view(
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
    _view(
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
    _view(
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
    _view(
        "datasets",
        "Tables and arrays, one row per content: the same content met in pandas, numpy or another run is the same "
        "dataset.",
        "datasets",
        {
            "dataset_id": "`d-` and the digest of its content",
            "digest": "digest of names, order and columns",
            "name": "what a script called it when it was first met",
            "source": "the file or loader it was read from, if it was",
            "n_rows": "rows",
            "n_columns": "columns, without the index",
            "kept": "true when its values are in the store",
            "first_seen_run": "the run that met it first",
            "container": "`DataFrame`, `ndarray`, … as first met",
            "weak": "true when it was too large to digest and the digest stands for its source",
            "rows_digest": "equal for the same rows in another order",
            "created_at": "when it was first met",
        },
        """
SELECT dataset_id, digest, name, source, n_rows, n_columns, kept, first_seen_run, container, weak, rows_digest,
       created_at
FROM _datasets
""",
    ),
    _view(
        "dataset_columns",
        "The columns of datasets. Equal columns of different datasets share their digest.",
        "dataset_columns",
        {
            "dataset_id": "the dataset",
            "position": "from 0; levels of the index are negative",
            "name": "the column's name",
            "dtype": "its logical type",
            "digest": "digest of its values",
            "n_null": "missing values",
            "n_distinct": "different values",
            "min": "smallest value of a numeric column",
            "max": "largest value of a numeric column",
            "mean": "mean of a numeric column",
            "std": "standard deviation of a numeric column",
            "min_text": "smallest value of any other column",
            "max_text": "largest value of any other column",
        },
        """
SELECT dataset_id, position, name, dtype, digest, n_null, n_distinct, min, max, mean, std, min_text, max_text
FROM _dataset_columns
""",
    ),
    _view(
        "models",
        "Fitted models, one row per fit. What the script fitted itself has role `model`; the steps of a composite "
        "and the candidates of a search are here too.",
        "models projects experiments runs",
        {
            "model_id": "`m-` and 16 hexadecimal digits",
            "run_id": "the run that fitted it",
            "action_id": "the fit",
            "name": "what the script calls it",
            "type": "the estimator's class: `RandomForestClassifier`",
            "library": "`sklearn`, `xgboost`, …",
            "library_version": "and its version",
            "problem_type": "`classification`, `regression`, `clustering`, `transform`, `outlier` or `density`",
            "train_dataset_id": "the dataset it was fitted on",
            "n_features": "how many features it saw",
            "digest": "digest of its content: equal for equal models",
            "size_bytes": "its size as a plain pickle",
            "stored_bytes": "what storing it added",
            "version_id": "the recipe that leads to it, see `versions`",
            "created_at": "when the fit began",
            "role": "`model` for what the script fitted itself, `step` for a part of a composite, `candidate` for a "
            "search's",
            "parent_model_id": "the composite or search it is a part of",
            "qualified_type": "the class with its module",
            "project": "the name of its project",
            "experiment": "the name of its experiment",
            "run_name": "the name of its run",
            "script": "the script that fitted it",
            "spec_id": "equal for the same estimator with the same hyperparameters",
            "summary": "what the index found inside: depth, leaves, iterations, as JSON",
            "store_error": "why its content could not be kept, if it could not",
        },
        """
SELECT m.model_id, m.run_id, m.action_id, m.name, m.type, m.library, m.library_version, m.problem_type,
       m.train_dataset_id, m.n_features, m.digest, m.size_bytes, m.stored_bytes, m.version_id, m.created_at, m.role,
       m.parent_model_id, m.qualified_type, p.name AS project, x.name AS experiment, r.name AS run_name, r.script,
       m.spec_id, m.summary, m.store_error
FROM _models m
LEFT JOIN _runs r ON r.run_id = m.run_id
LEFT JOIN _projects p ON p.project_id = m.project_id
LEFT JOIN _experiments x ON x.experiment_id = r.experiment_id
""",
    ),
    _view(
        "hyperparameters",
        "What was chosen before fitting.",
        "hyperparameters",
        {
            "model_id": "the model",
            "name": "the parameter; `step__parameter` inside a composite",
            "value": "its value as text; JSON where it is nested",
            "value_double": "its value as a number, when it is one",
            "type": "`int`, `float`, `str`, `bool`, `none`, `list`, `dict`, `estimator`, `function` or `object`",
            "is_default": "true when the script left it at its default",
        },
        "SELECT model_id, name, value, value_double, type, is_default FROM _hyperparameters",
    ),
    _view(
        "metrics",
        "What was measured, with the model and the dataset it judges when they are known.",
        "metrics",
        {
            "model_id": "the model that was judged",
            "dataset_id": "the data it was judged on",
            "run_id": "the run that measured it",
            "action_id": "the evaluation",
            "name": "`roc_auc_score`, `accuracy_score`, or the name it was logged under",
            "value": "the value",
            "step": "for a series: which step",
            "logged_at": "when",
            "label": "for calls that measure several things: the class, average or fold",
        },
        "SELECT model_id, dataset_id, run_id, action_id, name, value, step, logged_at, label FROM _metrics",
    ),
    _view(
        "features",
        "What a model thinks of each of its features.",
        "features",
        {
            "model_id": "the model",
            "position": "the feature's place",
            "name": "its name",
            "importance": "its importance, for models that have one",
            "coefficient": "its coefficient, for linear models",
        },
        "SELECT model_id, position, name, importance, coefficient FROM _features",
    ),
    _view(
        "summaries",
        "What the index found inside a model, for models of which something was found: trees, iterations, losses.",
        "models",
        {
            "model_id": "the model",
            "n_trees": "how many trees it has",
            "max_depth": "the depth of the deepest",
            "n_leaves": "the leaves of all together",
            "n_iter": "how many iterations fitting took",
            "loss_curve": "the training loss after each iteration or stage, up to 1,000",
            "last_loss": "the last of these",
            "classes": "the classes it tells apart, as text",
        },
        """
SELECT model_id, (summary ->> '$.n_trees')::BIGINT AS n_trees, (summary ->> '$.max_depth')::BIGINT AS max_depth,
       (summary ->> '$.n_leaves')::BIGINT AS n_leaves, (summary ->> '$.n_iter')::BIGINT AS n_iter,
       from_json(summary -> '$.loss_curve', '["DOUBLE"]') AS loss_curve,
       from_json(summary -> '$.loss_curve', '["DOUBLE"]')[-1] AS last_loss,
       from_json(summary -> '$.classes', '["VARCHAR"]') AS classes
FROM _models WHERE summary IS NOT NULL
""",
    ),
    _view(
        "splits",
        "What the trees of a model split on, one row per model and feature that is used.",
        "models features",
        {
            "model_id": "the model",
            "position": "the feature's place",
            "name": "its name",
            "n_splits": "how many splits of all trees are on it",
            "gain": "by how much these lower the impurity, weighed by samples; the gains histogram boosting notes",
        },
        """
SELECT s.model_id, s.position, coalesce(f.name, 'x' || s.position) AS name, s.n_splits, s.gain
FROM (
  SELECT model_id, unnest(from_json(summary -> '$.splits.feature', '["BIGINT"]')) AS position,
         unnest(from_json(summary -> '$.splits.count', '["BIGINT"]')) AS n_splits,
         unnest(from_json(summary -> '$.splits.gain', '["DOUBLE"]')) AS gain
  FROM _models WHERE summary IS NOT NULL
) s LEFT JOIN _features f ON f.model_id = s.model_id AND f.position = s.position
""",
    ),
    _view(
        "model_parts",
        "The arrays and trees a model is made of. Models that share a part share its digest.",
        "model_parts",
        {
            "model_id": "the model",
            "path": "where in the model: `named_steps.clf.coef_`",
            "type": "`array`, `tree`, …",
            "dtype": "element type of an array",
            "shape": "its shape",
            "digest": "digest of its content",
            "size_bytes": "its size uncompressed",
            "min": "smallest element",
            "max": "largest element",
            "mean": "mean of the elements",
            "std": "their standard deviation",
            "norm": "their Euclidean norm",
            "position": "the order within the model",
        },
        """
SELECT model_id, path, type, dtype, shape, digest, size_bytes, min, max, mean, std, norm, position
FROM _model_parts
""",
    ),
    _view(
        "sketches",
        "The weights of models in short: a random projection of all numbers in a model. Models of one class and width "
        "with near weights have near sketches.",
        "sketches",
        {
            "model_id": "the model",
            "sketch": "64 numbers, to compare with `list_distance` or `list_cosine_similarity`",
        },
        "SELECT model_id, sketch FROM _sketches",
    ),
    _view(
        "prediction_sets",
        "Which models' predictions on which data are kept.",
        "prediction_sets",
        {
            "set_id": "the set",
            "model_id": "the model that predicted",
            "dataset_id": "the data it predicted on",
            "action_id": "the prediction",
            "run_id": "its run",
            "method": "`predict`, `predict_proba` or `decision_function`",
            "n_rows": "predictions",
            "n_labelled": "those whose true label is known",
            "n_correct": "those that agree with it",
            "digest": "names the set in the object store",
            "size_bytes": "what storing it added",
        },
        """
SELECT set_id, model_id, dataset_id, action_id, run_id, method, n_rows, n_labelled, n_correct, digest, size_bytes
FROM _prediction_sets
""",
    ),
    _view(
        "predictions",
        "Every kept prediction, one row per model and example.",
        "predictions",
        {
            "model_id": "the model that predicted",
            "dataset_id": "the data it predicted on",
            "action_id": "the prediction",
            "row": "the row of the dataset, from 0",
            "example": "the example's identity, the same in every split, shuffle and run",
            "label": "the true value as text, when known",
            "prediction": "what the model said, as text",
            "score": "its scores: one per class, or one",
            "correct": "whether prediction and label agree; null where both are real numbers",
            "loss": "log loss for classes, squared error for numbers",
            "label_value": "the label as a number, where it is one",
            "prediction_value": "the prediction as a number, where it is one",
            "output": "which output, from 0: a model with several (multi-label, multi-output) has a row for each",
        },
        """
SELECT model_id, dataset_id, action_id, "row", example, label, prediction, score, correct, loss, label_value,
       prediction_value, "output"
FROM _predictions
""",
    ),
    _view(
        "lineage",
        "Who descends from whom: every pair of an artifact or action and something it came from, however far.",
        "lineage",
        {
            "ancestor_id": "the file, dataset, model or action that came first",
            "descendant_id": "the file, dataset, model or action that came of it",
            "distance": "steps on the shortest way; from a dataset to the model fitted on it there are 2 (dataset, "
            "fit, model)",
        },
        "SELECT ancestor_id, descendant_id, distance FROM _lineage",
    ),
    _view(
        "versions",
        "The recipes that led to models: fitting again with the same recipe is another occurrence of the version, "
        "not a new one.",
        "versions",
        {
            "version_id": "the recipe",
            "parent_id": "the version the same script had before",
            "change": "what is different from the parent: `C: 1.0 → 0.5`, `− column age`",
            "n_actions": "how many actions lead to it",
            "n_runs": "in how many runs it occurred",
            "best_metric": "the name of the metric `best_value` is of",
            "best_value": "the best value any occurrence reached",
            "n_models": "how many models it gave",
            "type": "the estimator's class",
            "name": "what the script calls the model",
            "project": "the project it was first met in",
            "script": "the script it was first met in",
            "first_model_id": "its first occurrence",
            "last_model_id": "its newest occurrence",
            "first_at": "when the first was fitted",
            "last_at": "when the newest was fitted",
        },
        """
SELECT version_id, parent_id, change, n_actions, n_runs, best_metric, best_value, n_models, type, name, project,
       script, first_model_id, last_model_id, first_at, last_at
FROM _versions
""",
    ),
    _view(
        "tags",
        "Short marks people put on things.",
        "annotations",
        {
            "target_id": "what is tagged: anything that has an id",
            "key": "the tag",
            "value": "its value; empty for a plain tag",
            "author": "who tagged it",
            "at": 'when; quote it: `"at"`',
        },
        """
SELECT target_id, key, value, author, "at" FROM _annotations WHERE kind = 'tag' AND value IS NOT NULL
""",
    ),
    _view(
        "notes",
        "Text people wrote about things.",
        "annotations",
        {
            "target_id": "what the note is about: anything that has an id",
            "key": "which note",
            "value": "the text",
            "author": "who wrote it",
            "at": 'when; quote it: `"at"`',
        },
        """
SELECT target_id, key, value, author, "at" FROM _annotations WHERE kind = 'note' AND value IS NOT NULL
""",
    ),
)

VIEWS = {view.name: view for view in ALL}
"""Every view by name."""

FUNCTIONS = {
    "examples": "the kept rows of a dataset, with `row` and `example` to join with `predictions`: "
    "`SELECT * FROM examples('d-3f9a…')`",
    "predicted": "what every model predicted, one row per example of a dataset with `row`, `example`, `label` and a "
    "column per model named by its id: `SELECT \"row\" FROM predicted('d-3f9a…') WHERE COLUMNS('^m-') <> label`",
    "correct": "which predictions are right, as `predicted` but with 1, 0 or null for every model: "
    "`SELECT avg(COLUMNS('^m-')) FROM correct('d-3f9a…')`",
    "difficulty": "how many models get each example of a dataset right, with `row`, `example`, `label`, `n_models` and "
    "`n_right`: `SELECT * FROM difficulty('d-3f9a…') WHERE n_right = 0`",
    "slices": "how many examples each model gets right for every value of a column of the kept rows, as (`slice`, "
    "`model_id`, `n`, `n_right`): `SELECT slice, model_id, n_right / n FROM slices('d-3f9a… by region')`",
    "history": "what every model said about one example, given by its row, as (`model_id`, `type`, `created_at`, "
    "`dataset_id`, `row`, `label`, `prediction`, `correct`, `output`): `SELECT * FROM history('d-3f9a… 42')`",
    "ancestors": "everything one thing came from, as (`id`, `kind`, `distance`): `SELECT * FROM ancestors('m-3f9a…')`",
    "descendants": "everything that came of one thing, as (`id`, `kind`, `distance`): "
    "`SELECT * FROM descendants('f-3f9a…')`",
}
"""Table functions; the argument is an id or a unique prefix, written as a literal."""
