"""Projects."""

from __future__ import annotations

from msgspec import Struct

from modeldb.server.http.schemas.common import Annotation, RunBrief


class TypeCount(Struct, frozen=True, kw_only=True):
    type: str
    count: int


class MetricSummary(Struct, frozen=True, kw_only=True):
    """One metric over the script's own models of a project; over its runs where no model was measured."""

    name: str
    higher_is_better: bool | None
    """A guess from the name; null when the name says nothing (then `best` is the maximum)."""
    best: float | None
    best_model_id: str | None
    """Null where it is over runs."""
    best_model_name: str | None
    best_model_type: str | None
    best_model_steps: str | None
    """What it is made of where it is a pipeline or search."""
    best_run_id: str | None
    min: float | None
    max: float | None
    mean: float | None
    count: int


class ProjectCard(Struct, frozen=True, kw_only=True):
    project_id: str
    name: str
    description: str | None
    author: str | None
    created_at: float | None
    last_activity: float | None
    n_runs: int
    n_running: int
    n_failed: int
    """Runs that failed or were killed."""
    n_models: int
    """Models the scripts fitted themselves: no steps, no candidates."""
    n_fits: int
    """All fits, with steps and candidates."""
    n_candidates: int
    """Settings that searches tried."""
    n_hidden: int
    """Runs and models the scripts fitted themselves that somebody hid: neither counted here nor the best."""
    n_datasets: int
    model_types: list[TypeCount]
    """Most frequent first; of pipelines, what they end with."""
    metrics: list[MetricSummary]
    """The one to sort by first, then the most measured."""
    activity: list[int]
    """Runs begun on each of the last 30 days, oldest first."""


class ProjectList(Struct, frozen=True, kw_only=True):
    projects: list[ProjectCard]
    total: int


class ExperimentInfo(Struct, frozen=True, kw_only=True):
    experiment_id: str
    name: str
    description: str | None
    n_runs: int
    n_models: int
    last_activity: float | None


class ProjectDetail(Struct, frozen=True, kw_only=True):
    project: ProjectCard
    experiments: list[ExperimentInfo]
    recent_runs: list[RunBrief]
    annotations: list[Annotation]
    main_metric: str | None
    """The column key to sort by when nobody has said: `metric.accuracy`."""
