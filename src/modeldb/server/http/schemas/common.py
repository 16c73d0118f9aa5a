"""What several answers share: errors, small references, values.

Conventions everywhere: ids are strings; times are seconds since the epoch, UTC; what is unknown is null; a
number that is not finite is null. Lists keep their order.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class ErrorBody(Struct, frozen=True, kw_only=True):
    code: str
    """A stable word: `not_found`, `invalid_filter`, `query_failed`, `forbidden`."""
    message: str
    """The value and the reason."""
    hint: str | None = None
    """The next step."""
    position: int | None = None
    """The character, from 0, at which a filter or query went wrong."""


class Problem(Struct, frozen=True, kw_only=True):
    """Every answer that is not 2xx."""

    error: ErrorBody


class Parameter(Struct, frozen=True, kw_only=True):
    """A hyperparameter or an argument of an action."""

    name: str
    value: Any
    """A JSON value; an estimator or object is `{"type": ..., ...}`."""
    type: str
    is_default: bool = False


class MetricValue(Struct, frozen=True, kw_only=True):
    """One measured value; for a series, its last."""

    name: str
    """With its label, if it has one: `f1_score[macro]`."""
    value: float | None
    dataset_id: str | None = None
    dataset_name: str | None = None
    model_id: str | None = None
    run_id: str | None = None
    action_id: str | None = None
    step: int | None = None
    logged_at: float | None = None
    n_points: int = 1
    """More than 1 for a learning curve; see `/series`."""
    higher_is_better: bool | None = None


class Annotation(Struct, frozen=True, kw_only=True):
    """A tag or a note."""

    kind: str
    """`tag` or `note`."""
    key: str
    value: str | None
    author: str
    at: float


class ModelBrief(Struct, frozen=True, kw_only=True):
    """A model in a list."""

    model_id: str
    name: str | None
    type: str
    role: str
    """`model`, `step` or `candidate`."""
    run_id: str
    run_name: str | None = None
    project: str | None = None
    created_at: float | None = None
    parent_model_id: str | None = None
    metrics: list[MetricValue] = []
    changed: list[Parameter] = []
    """Hyperparameters that are not at their default."""
    steps: list[str] = []
    """What a pipeline or search is made of, in the order it was fitted."""


class DatasetBrief(Struct, frozen=True, kw_only=True):
    dataset_id: str
    name: str | None
    source: str | None
    container: str | None
    n_rows: int | None
    n_columns: int | None
    kept: bool
    created_at: float | None = None
    first_seen_run: str | None = None


class RunBrief(Struct, frozen=True, kw_only=True):
    run_id: str
    name: str | None
    project: str
    experiment: str
    status: str
    """`running`, `finished`, `failed` or `killed`."""
    started_at: float
    ended_at: float | None
    duration_s: float | None
    user: str | None
    script: str | None
    n_models: int = 0


class Session(Struct, frozen=True, kw_only=True):
    """What the page needs to know once."""

    version: str
    store: str
    entry: int
    """The last entry of the store."""
    can_change: bool
    """True when this request carried the token, so that changes would be accepted."""
    user: str
    """Who changes will be signed by."""
    max_rows: int
    """The most rows one page may ask for."""


class Health(Struct, frozen=True, kw_only=True):
    status: str
    version: str
