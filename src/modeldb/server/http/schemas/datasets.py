"""Data sets, their columns, their rows, and examples with predictions."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from modeldb.server.http.schemas.common import Annotation, DatasetBrief, MetricValue, ModelBrief, RunBrief


class DatasetRow(Struct, frozen=True, kw_only=True):
    """A dataset in the list."""

    dataset: DatasetBrief
    n_versions: int
    """Datasets with the same source, or the same name where there is no source."""
    n_trained: int
    n_judged: int
    n_runs: int
    project: str | None
    last_used: float | None


class DatasetList(Struct, frozen=True, kw_only=True):
    datasets: list[DatasetRow]
    total: int
    offset: int
    limit: int


class DatasetColumn(Struct, frozen=True, kw_only=True):
    position: int
    """Negative for index levels."""
    name: str
    dtype: str
    digest: str
    n_null: int | None
    n_distinct: int | None
    min: float | str | None
    max: float | str | None
    mean: float | None
    std: float | None
    shared_with: int = 0
    """Other datasets that hold this very column."""


class TopValue(Struct, frozen=True, kw_only=True):
    value: str
    """As text, cut when it is long."""
    count: int


class Bins(Struct, frozen=True, kw_only=True):
    """How many values lie in each of some equal parts of a range."""

    low: float
    high: float
    counts: list[int]


class ColumnDistribution(Struct, frozen=True, kw_only=True):
    """How a column's values are distributed: `bins` for what can be measured, `top` for the rest."""

    position: int
    unit: str
    """`number`, `time` (seconds since the epoch), `duration` (seconds) or `value`."""
    bins: Bins | None = None
    """Of the finite values; null when there are none."""
    top: list[TopValue] = []
    """The most frequent values, most frequent first."""
    n_other: int = 0
    """Rows with a value that is not among those."""
    n_missing: int = 0
    n_infinite: int = 0


class Distributions(Struct, frozen=True, kw_only=True):
    """The distribution of every column. `available` is false, with the reason, when the values are not kept."""

    available: bool
    reason: str | None = None
    n_rows: int = 0
    columns: list[ColumnDistribution] = []


class Version(Struct, frozen=True, kw_only=True):
    dataset: DatasetBrief
    same_columns: int
    """Columns with the same content as in the dataset asked for."""
    changed_columns: int
    added_columns: int
    removed_columns: int


class UsedBy(Struct, frozen=True, kw_only=True):
    model: ModelBrief
    metrics: list[MetricValue]


class DatasetDetail(Struct, frozen=True, kw_only=True):
    dataset: DatasetBrief
    digest: str
    weak: bool
    rows_digest: str | None
    columns: list[DatasetColumn]
    versions: list[Version]
    """Newest first, with this one."""
    trained: list[UsedBy]
    n_trained: int
    judged: list[UsedBy]
    n_judged: int
    runs: list[RunBrief]
    files: list[str]
    """Paths it was read from or written to."""
    made_by: list[MadeBy]
    annotations: list[Annotation]
    load: str
    sql: str


class MadeBy(Struct, frozen=True, kw_only=True):
    action_id: str
    run_id: str
    operation: str
    kind: str
    started_at: float


class ColumnChange(Struct, frozen=True, kw_only=True):
    name: str
    change: str
    """`same`, `changed`, `added`, `removed`, `renamed` or `moved`."""
    a: DatasetColumn | None
    b: DatasetColumn | None


class DatasetDiff(Struct, frozen=True, kw_only=True):
    a: DatasetBrief
    b: DatasetBrief
    columns: list[ColumnChange]
    same_rows: bool | None
    """True when the rows are the same up to their order; null when not known."""
    identical: bool
    sql: str


class DatasetRows(Struct, frozen=True, kw_only=True):
    """Kept values. `available` is false, with the reason, when they are not kept."""

    available: bool
    reason: str | None = None
    columns: list[str] = []
    types: list[str] = []
    rows: list[list[Any]] = []
    row_numbers: list[int] = []
    total: int = 0
    offset: int = 0
    limit: int = 0


class ExamplePrediction(Struct, frozen=True, kw_only=True):
    prediction: Any
    correct: bool | None
    score: list[float] | None = None
    loss: float | None = None
    error: float | None = None
    """In a regression, predicted minus actual."""


class ExampleRow(Struct, frozen=True, kw_only=True):
    row: int
    example: str | None
    label: Any
    predictions: list[ExamplePrediction | None]
    """Aligned with the models."""
    values: list[Any]
    """Aligned with `columns`; empty when the values are not kept."""


class SliceBar(Struct, frozen=True, kw_only=True):
    value: str
    """The slice: a value, or a range for numbers."""
    count: int
    accuracy: list[float | None]
    """Aligned with the models; mean absolute error for regression."""


class ExampleTable(Struct, frozen=True, kw_only=True):
    available: bool
    reason: str | None = None
    dataset: DatasetBrief | None = None
    models: list[ModelBrief] = []
    candidates: list[ModelBrief] = []
    """Models with stored predictions on this dataset, to choose from."""
    columns: list[str] = []
    rows: list[ExampleRow] = []
    total: int = 0
    n_rows: int = 0
    offset: int = 0
    limit: int = 0
    filter: str = "all"
    counts: dict[str, int] = {}
    """How many examples each choice of `show` has; without those that make no sense here."""
    order: str = "row"
    output: int = 0
    """Which of several outputs this is about, from 0."""
    n_outputs: int = 1
    """Of the model with the most."""
    problem_type: str | None = None
    slice_column: str | None = None
    slice_metric: str = "accuracy"
    slices: list[SliceBar] = []
    sql: str = ""


class ExampleMoment(Struct, frozen=True, kw_only=True):
    model: ModelBrief
    prediction: ExamplePrediction


class ExampleHistory(Struct, frozen=True, kw_only=True):
    """One example over all models that predicted it, oldest first."""

    available: bool
    reason: str | None = None
    dataset: DatasetBrief | None = None
    row: int = 0
    example: str | None = None
    label: Any = None
    values: list[Any] = []
    columns: list[str] = []
    moments: list[ExampleMoment] = []
    output: int = 0
    n_outputs: int = 1
    sql: str = ""
