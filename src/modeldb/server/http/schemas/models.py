"""One model: what it is, how good it is, how it compares."""

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


class Feature(Struct, frozen=True, kw_only=True):
    position: int
    name: str
    importance: float | None
    coefficient: float | None


class Part(Struct, frozen=True, kw_only=True):
    path: str
    type: str
    dtype: str | None
    shape: str | None
    digest: str | None
    size_bytes: int | None
    min: float | None
    max: float | None
    mean: float | None
    std: float | None
    norm: float | None


class CodeRef(Struct, frozen=True, kw_only=True):
    """A source file a run used; its text is at `/runs/{run_id}/code/{position}`."""

    position: int
    path: str
    kind: str
    """`script`, `module`, `cell` or `diff`."""
    digest: str
    size: int


class Environment(Struct, frozen=True, kw_only=True):
    environment_id: str | None
    python: str | None
    host: str | None
    git_commit: str | None
    git_branch: str | None
    git_dirty: bool | None
    details: dict[str, Any] | None
    """Packages, OS, CPU as recorded."""


class Judged(Struct, frozen=True, kw_only=True):
    """A dataset with the metrics this model got on it."""

    dataset: DatasetBrief | None
    is_training: bool
    metrics: list[MetricValue]


class ModelDetail(Struct, frozen=True, kw_only=True):
    model_id: str
    name: str | None
    type: str
    qualified_type: str
    library: str
    library_version: str | None
    problem_type: str | None
    role: str
    project: str | None
    project_id: str | None
    created_at: float
    fit_s: float | None
    """How long the fit took."""
    n_features: int | None
    digest: str | None
    size_bytes: int | None
    stored_bytes: int | None
    store_error: str | None
    version_id: str | None
    action_id: str
    operation: str | None
    file: str | None
    line: int | None
    run: RunBrief
    trained_on: DatasetBrief | None
    judged: list[Judged]
    metrics: list[MetricValue]
    """All of them, also those without a dataset."""
    parameters: list[Parameter]
    """Not at their default first."""
    features: list[Feature]
    n_parts: int
    parts: list[Part]
    summary: dict[str, Any]
    """What the index found: tree depths, iterations, intercepts."""
    curves: list[str]
    """Names of its learning curves; see `/series`."""
    annotations: list[Annotation]
    hidden: bool
    parent: ModelBrief | None
    children: list[ModelBrief]
    """Steps and candidates."""
    siblings: list[ModelBrief]
    """Other models of the same run or on the same data, nearest in time first."""
    same_content: list[ModelBrief]
    """Other fits that gave the very same content."""
    code: list[CodeRef]
    environment: Environment
    load: str
    """Python that loads the model."""
    sql: str


class Curve(Struct, frozen=True, kw_only=True):
    """A curve for one class, thinned to at most 300 points."""

    label: str
    x: list[float]
    y: list[float]
    threshold: list[float | None] = []
    area: float | None = None
    """Area under the ROC curve; average precision for precision-recall."""


class Confusion(Struct, frozen=True, kw_only=True):
    labels: list[str]
    counts: list[list[int]]
    """`counts[i][j]`: examples of class i predicted as j."""


class ClassReport(Struct, frozen=True, kw_only=True):
    label: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int


class CalibrationPoint(Struct, frozen=True, kw_only=True):
    label: str
    predicted: float
    observed: float
    count: int


class Histogram(Struct, frozen=True, kw_only=True):
    edges: list[float]
    counts: list[int]


class Residuals(Struct, frozen=True, kw_only=True):
    """For regression: a sample of points, with those furthest off, and the distribution over all rows."""

    actual: list[float]
    predicted: list[float]
    row: list[int]
    histogram: Histogram
    r2: float | None
    mae: float | None
    rmse: float | None
    bias: float | None


class EvaluatedDataset(Struct, frozen=True, kw_only=True):
    dataset_id: str
    name: str | None
    n_rows: int
    n_labelled: int | None
    n_correct: int | None


class Evaluation(Struct, frozen=True, kw_only=True):
    """Computed from stored predictions. `available` is false, with the reason, when there are none."""

    model_id: str
    available: bool
    reason: str | None = None
    dataset_id: str | None = None
    dataset_name: str | None = None
    datasets: list[EvaluatedDataset] = []
    """Those with stored predictions of this model; ask for one with `?dataset=`."""
    output: int = 0
    """Which of the model's outputs this is about, from 0; ask for one with `?output=`."""
    n_outputs: int = 1
    problem_type: str | None = None
    n_rows: int = 0
    n_labelled: int = 0
    accuracy: float | None = None
    confusion: Confusion | None = None
    classes: list[ClassReport] = []
    roc: list[Curve] = []
    precision_recall: list[Curve] = []
    calibration: list[CalibrationPoint] = []
    residuals: Residuals | None = None
    sql: str = ""


class SimilarModel(Struct, frozen=True, kw_only=True):
    model: ModelBrief
    similarity: float
    """From 0 to 1, where nothing compared differs."""
    compared: str
    """What was compared, in words."""


class SimilarModels(Struct, frozen=True, kw_only=True):
    """The models nearest to one, nearest first."""

    model_id: str
    by: str
    models: list[SimilarModel]
    truncated: bool
    """Whether a larger `limit` would show more."""
    sql: str
    """Empty for predictions, whose comparison is no statement."""
    python: str


class CompareRow(Struct, frozen=True, kw_only=True):
    """One line of the comparison; `values` are aligned with the models."""

    name: str
    values: list[Any]
    differs: bool
    is_default: list[bool | None] = []


class CompareMetric(Struct, frozen=True, kw_only=True):
    name: str
    dataset_id: str | None
    dataset_name: str | None
    values: list[float | None]
    best: int | None
    """Which of the models has the best value."""
    higher_is_better: bool | None
    is_training: bool = False


class Flip(Struct, frozen=True, kw_only=True):
    """An example the compared models do not agree on."""

    row: int
    example: str | None
    label: Any
    predictions: list[Any]
    correct: list[bool | None]


class Flips(Struct, frozen=True, kw_only=True):
    available: bool
    reason: str | None = None
    dataset_id: str | None = None
    dataset_name: str | None = None
    output: int = 0
    """Which of several outputs the models are compared on."""
    n_outputs: int = 1
    total: int = 0
    """Examples on which at least two of the models differ; in a regression all, those furthest apart first."""
    all_wrong: int = 0
    wins: list[int] = []
    """For each of the models, the examples on which it alone is right; in a regression, on which it is nearest."""
    problem_type: str | None = None
    n_rows: int = 0
    flips: list[Flip] = []


class Comparison(Struct, frozen=True, kw_only=True):
    kind: str
    """`models` or `runs`."""
    ids: list[str]
    models: list[ModelBrief]
    runs: list[RunBrief]
    facts: list[CompareRow]
    """Type, library, data, features, code, environment, when, by whom."""
    parameters: list[CompareRow]
    """Those that differ first."""
    metrics: list[CompareMetric]
    features: list[CompareRow]
    """Importance or coefficient by feature name, largest first, at most 100."""
    curves: list[str]
    """Names of metrics with a curve in at least one; see `/series`."""
    flips: Flips
    sql: str
