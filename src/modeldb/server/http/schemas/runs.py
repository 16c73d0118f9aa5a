"""One run, its actions, its curves, and the difference of two things."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from modeldb.server.http.schemas.common import (
    Annotation,
    DatasetBrief,
    MetricValue,
    ModelBrief,
    Parameter,
    RunBrief,
)
from modeldb.server.http.schemas.models import CodeRef, Environment


class Artifact(Struct, frozen=True, kw_only=True):
    role: str
    artifact_id: str
    kind: str
    """`dataset`, `model`, `spec` or `file`."""
    name: str | None = None
    inferred: bool = False
    columns: list[str] | None = None


class Measured(Struct, frozen=True, kw_only=True):
    """A value an action measured."""

    name: str
    """With its label, if it has one: `f1_score[macro]`."""
    value: float | None
    model_id: str | None


class ActionRow(Struct, frozen=True, kw_only=True):
    action_id: str
    seq: int
    parent_id: str | None
    depth: int
    kind: str
    operation: str
    library: str
    status: str
    error: str | None
    file: str | None
    line: int | None
    started_at: float
    duration_s: float
    inferred: bool
    inputs: list[Artifact]
    outputs: list[Artifact]
    metrics: list[Measured]
    parameters: list[Parameter]


class ActionPage(Struct, frozen=True, kw_only=True):
    actions: list[ActionRow]
    total: int
    offset: int
    limit: int


class CodeText(Struct, frozen=True, kw_only=True):
    path: str
    kind: str
    digest: str
    text: str | None
    """Null when the source is not in the store."""
    truncated: bool = False


class RunDetail(Struct, frozen=True, kw_only=True):
    run: RunBrief
    project_id: str
    experiment_id: str
    host: str | None
    pid: int | None
    command: list[str]
    cwd: str | None
    exit_code: int | None
    error: str | None
    parent_run_id: str | None
    children: list[RunBrief]
    parameters: list[Parameter]
    """What the script logged."""
    metrics: list[MetricValue]
    curves: list[str]
    """Names of its learning curves; see `/series`."""
    models: list[ModelBrief]
    """The script's own models; at most 200, the newest."""
    n_models: int
    """The script's own models."""
    n_fits: int
    datasets: list[DatasetBrief]
    n_actions: int
    actions: list[ActionRow]
    """The first 200; page through `/runs/{id}/actions`."""
    annotations: list[Annotation]
    hidden: bool
    code: list[CodeRef]
    environment: Environment
    sql: str


class Series(Struct, frozen=True, kw_only=True):
    """One curve, thinned so that its shape survives."""

    run_id: str
    run_name: str | None
    model_id: str | None
    first_model_id: str | None
    """The first model that the object was which became this one, where it went on learning."""
    name: str
    higher_is_better: bool | None
    dataset_id: str | None
    step: list[int]
    """Logged step, or the running count when the script gave none."""
    value: list[float | None]
    at: list[float]
    """Seconds since the run began."""
    count: int
    """Points before thinning."""
    last: float | None
    min: float | None
    max: float | None


class SeriesList(Struct, frozen=True, kw_only=True):
    series: list[Series]
    total: int
    """Series that match; more than `len(series)` when the cap was met."""
    names: list[str]
    """All curve names in the runs asked for."""
    sql: str
    hidden: int = 0
    """Of a project, runs and curves of models left out because somebody hid them."""
    entry: int = 0
    """The store's entry number that this is as of; to be given as `after` when asking again."""
    after: int = 0
    """When not 0, only the curves of runs that got points after this entry are here."""


class Change(Struct, frozen=True, kw_only=True):
    """Something that differs: absent on one side when null."""

    name: str
    a: Any
    b: Any
    kind: str = "changed"
    """`changed`, `added` (only in b) or `removed` (only in a)."""


class CodeChange(Struct, frozen=True, kw_only=True):
    path: str
    kind: str
    patch: str | None
    """A unified diff when both sources are stored."""


class Diff(Struct, frozen=True, kw_only=True):
    """What changed from a to b: two runs or two models."""

    kind: str
    a: str
    b: str
    parameters: list[Change]
    metrics: list[Change]
    data: list[Change]
    features: list[Change]
    code: list[CodeChange]
    environment: list[Change]
    actions: list[Change]
    """Steps that only one side has, or that differ."""
    facts: list[Change]
    """The rest: when, by whom, which command."""
