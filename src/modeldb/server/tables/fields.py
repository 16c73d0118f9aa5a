"""The fields of the tables of models and runs, and what the catalog's values are in them."""

from __future__ import annotations

import re
from typing import Any

from modeldb.core.codec import from_json

MODEL_FIELDS = {
    "id": "id", "name": "text", "type": "text", "role": "text", "problem_type": "text", "library": "text",
    "library_version": "text", "qualified_type": "text", "created_at": "time", "fit_s": "duration",
    "n_features": "number", "size_bytes": "bytes", "stored_bytes": "bytes", "digest": "id", "version_id": "id",
    "run_id": "id", "train_dataset_id": "id", "dataset": "text", "parent_model_id": "id", "action_id": "id",
    "note": "text",
}  # fmt: skip
"""The fields every table of models has, and the types of their values."""
RUN_FIELDS = {
    "id": "id", "name": "text", "status": "text", "started_at": "time", "ended_at": "time",
    "duration_s": "duration", "user": "text", "host": "text", "script": "text", "command": "text",
    "git_commit": "text", "git_branch": "text", "git_dirty": "boolean", "python": "text", "environment_id": "id",
    "exit_code": "number", "error": "text", "parent_run_id": "id", "project": "text", "experiment": "text",
    "n_models": "number", "note": "text",
}  # fmt: skip
"""The same of runs."""
FROM_RUN = {
    "run": "name", "status": "status", "user": "user", "host": "host", "script": "script", "project": "project",
    "experiment": "experiment", "git_commit": "git_commit", "git_dirty": "git_dirty",
}  # fmt: skip
"""Fields of the models' table that are those of their run."""

STEPS = "steps"
"""The field of the models' table that says what a pipeline or search is made of."""
THEN = " → "
"""Stands between steps."""

HIDDEN = "hidden"
"""The tag that hides."""

_INTEGER = re.compile(r"-?\d{1,15}")


def step_name(name: str | None, type: str) -> str:
    """A step as part of what it belongs to: its type, and what a pipeline inside ends with."""
    return name if name and THEN in name and type.endswith("Pipeline") else type


def parameter_value(text: str | None, number: float | None, type: str) -> Any:
    """The JSON value of a row of hyperparameters or action_params.

    None is the text `None`: a hyperparameter that was set to None is not missing.
    """
    if number is not None and type != "str":
        if type == "bool":
            return bool(number)
        return int(text) if text is not None and _INTEGER.fullmatch(text) else number
    if type not in ("str", "none") and text is not None and text[:1] in ("[", "{"):
        try:
            return from_json(text)
        except ValueError:
            return text
    return text
