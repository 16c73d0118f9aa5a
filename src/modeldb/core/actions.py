"""The whole domain on two screens: what a journal holds.

A journal is a sequence of records. The record that matters is the `Action`: one immutable thing that happened, with
its inputs and outputs, and with a description of every dataset, model and metric that appeared in it for the first
time, so that one write makes all of it durable together. The other records say what surrounds actions: a run
began or ended, a model's content was stored, somebody wrote a note.

Everything in the catalog is derived from these records by `catalog.apply`; nothing else writes derived rows.
Identifiers are made by the client (see `ids`), so that records need no round trip and may be delivered again.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

KINDS = (
    "read", "select", "transform", "split", "fit", "predict", "evaluate",
    "cross_validate", "search", "log", "annotate", "write",
)  # fmt: skip
"""The kinds of action we know. The set is open: an unknown kind is kept and shown as it is."""


class Value(Struct, frozen=True, array_like=True):
    """A hyperparameter or argument. Typed JSON, never the `repr` of an object with an address."""

    name: str
    """For nested estimators `step__parameter`."""
    value: Any
    """A JSON value: scalar, list, mapping, or `{"type": qualified name, ...}` for an object."""
    type: str
    """`int`, `float`, `str`, `bool`, `none`, `list`, `dict`, `estimator`, `function` or `object`."""
    is_default: bool = False


class Input(Struct, frozen=True, array_like=True):
    """An artifact an action read."""

    role: str
    """The parameter it was passed as: `X`, `y`, `y_true`, `self`, `filepath_or_buffer`."""
    artifact_id: str
    artifact_kind: str
    """`dataset`, `model`, `spec` or `file`."""
    producer_id: str | None = None
    """The action this very value came from, when known."""
    inferred: bool = False
    """True when the producer was found by content alone."""
    columns: list[str] | None = None
    """The columns that were used, when only some were and they are known."""
    changed: bool = False
    """True when the call changed this input in place."""


class Output(Struct, frozen=True, array_like=True):
    """An artifact an action made or, for a file, wrote."""

    role: str
    artifact_id: str
    artifact_kind: str


class ColumnSeen(Struct, frozen=True, array_like=True):
    name: str
    dtype: str
    digest: str


class DatasetSeen(Struct, frozen=True, array_like=True):
    """A dataset as first met in a run. The same content has the same id everywhere."""

    dataset_id: str
    digest: str
    name: str | None
    """What the script calls it: a variable or a file name."""
    source: str | None
    """The file or loader it was read from, if it was."""
    container: str
    n_rows: int
    columns: list[ColumnSeen]
    index: list[ColumnSeen] = []
    weak: bool = False
    """True when the content was too large to digest and the digest stands for its source."""
    n_columns: int | None = None
    """How many columns there are, when more than are listed in `columns`."""


class FileSeen(Struct, frozen=True, array_like=True):
    file_id: str
    path: str
    """Absolute path, or the URL, as the script gave it."""
    size: int | None
    digest: str
    weak: bool = False


class ModelMade(Struct, frozen=True, array_like=True):
    """A fitted model: the output of one fit."""

    model_id: str
    type: str
    """The estimator's class name, for instance `RandomForestClassifier`."""
    qualified_type: str
    """With its module: `sklearn.ensemble.RandomForestClassifier`."""
    library: str
    library_version: str
    name: str | None = None
    """What the script calls it."""
    problem_type: str | None = None
    """`classification`, `regression`, `clustering`, `transform`, `outlier` or `density`."""
    role: str = "model"
    """`model` for what the script fitted itself, `step` for a part of another, `candidate` for a search's, `found` for
    one fitted where nobody watched."""
    parent_model_id: str | None = None
    """The composite or search this one is a part of."""
    spec_id: str | None = None
    train_dataset_id: str | None = None
    n_features: int | None = None
    feature_names: list[str] | None = None
    hyperparameters: list[Value] = []


class MetricSeen(Struct, frozen=True, array_like=True):
    """One measured value, with the model and the dataset it judges when they are known."""

    name: str
    value: float
    model_id: str | None = None
    dataset_id: str | None = None
    step: int | None = None
    label: str | None = None
    """A part of the name when one call measures several things: a class, an average, a fold."""


class Action(Struct, frozen=True, array_like=True, tag="action"):
    action_id: str
    run_id: str
    seq: int
    """The order in which the run's actions began, from 0; a process of its own counts for itself."""
    parent_id: str | None
    depth: int
    kind: str
    operation: str
    """The qualified public name: `sklearn.metrics.roc_auc_score`."""
    library: str
    status: str
    """`ok` or `failed`."""
    started_at: float
    duration_s: float
    params: list[Value] = []
    inputs: list[Input] = []
    outputs: list[Output] = []
    error: str | None = None
    file: str | None = None
    line: int | None = None
    code: str | None = None
    """Digest of the user's function, when a user function is involved."""
    rng: Any = None
    """The effective seed, or the digest of the generator's state, where randomness is used."""
    recipe_key: str | None = None
    value_key: str | None = None
    inferred: bool = False
    """True when nobody reported the call and it was concluded from content."""
    datasets: list[DatasetSeen] = []
    files: list[FileSeen] = []
    models: list[ModelMade] = []
    metrics: list[MetricSeen] = []
    extra: dict[str, Any] = {}
    """What only this operation has to say, as JSON."""


class RunStarted(Struct, frozen=True, array_like=True, tag="run_started"):
    run_id: str
    started_at: float
    project: str
    experiment: str
    name: str | None
    user: str
    host: str
    pid: int
    command: list[str]
    script: str | None
    cwd: str
    python: str
    parent_run_id: str | None = None
    attached: bool = False
    """True in a worker or subprocess that joins a run begun elsewhere; the run's row is left as it is."""


class RunDescribed(Struct, frozen=True, array_like=True, tag="run_described"):
    """What was found out about a run after it began: a slow fact must not delay the script."""

    run_id: str
    git_commit: str | None = None
    git_branch: str | None = None
    git_dirty: bool | None = None
    environment_id: str | None = None
    environment: dict[str, Any] | None = None
    """Python, packages, OS, CPU, thread pools: the value `environment_id` is the digest of."""
    code: list[CodeSeen] = []
    name: str | None = None


class CodeSeen(Struct, frozen=True, array_like=True):
    """A source the run used: the script, an imported file that git does not track, a notebook cell, the diff."""

    path: str
    kind: str
    """`script`, `module`, `cell` or `diff`."""
    digest: str
    """Names the bytes in the object store."""
    size: int = 0


class RunEnded(Struct, frozen=True, array_like=True, tag="run_ended"):
    run_id: str
    status: str
    """`finished`, `failed` or `killed`."""
    ended_at: float
    exit_code: int | None = None
    error: str | None = None


class Metrics(Struct, frozen=True, array_like=True, tag="metrics"):
    """One step of logged metrics: the record that is written most and must be cheapest."""

    run_id: str
    logged_at: float
    names: list[str]
    values: list[float]
    step: int | None = None
    action_id: str | None = None
    model_id: str | None = None
    dataset_id: str | None = None


class ColumnStatistics(Struct, frozen=True, array_like=True):
    position: int
    n_null: int | None = None
    n_distinct: int | None = None
    min: float | str | None = None
    max: float | str | None = None
    mean: float | None = None
    std: float | None = None


class DatasetDescribed(Struct, frozen=True, array_like=True, tag="dataset_described"):
    """Statistics, and whether the values are kept: computed off the training thread."""

    dataset_id: str
    statistics: list[ColumnStatistics] = []
    kept: bool = False
    rows_digest: str | None = None
    """Order-free digest of the rows: equal for a shuffle."""


class ModelStored(Struct, frozen=True, array_like=True, tag="model_stored"):
    """A model's content reached the object store."""

    model_id: str
    digest: str | None
    size_bytes: int | None = None
    stored_bytes: int | None = None
    error: str | None = None
    """Why it could not be stored, if it could not."""


class FeatureSeen(Struct, frozen=True, array_like=True):
    position: int
    name: str
    importance: float | None = None
    coefficient: float | None = None


class PartSeen(Struct, frozen=True, array_like=True):
    path: str
    type: str
    dtype: str | None = None
    shape: str | None = None
    digest: str | None = None
    size_bytes: int | None = None
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    std: float | None = None
    norm: float | None = None


class ModelIndexed(Struct, frozen=True, array_like=True, tag="model_indexed"):
    """What SQL may ask about a model's inside."""

    model_id: str
    features: list[FeatureSeen] = []
    parts: list[PartSeen] = []
    summary: dict[str, Any] = {}
    sketch: list[float] = []


class PredictionsStored(Struct, frozen=True, array_like=True, tag="predictions_stored"):
    """A set of predictions, aligned with the rows of the dataset they were made on, reached the object store."""

    set_id: str
    model_id: str
    dataset_id: str
    action_id: str | None
    digest: str
    """Names the set in the object store; see `examples.sets`."""
    n_rows: int
    method: str
    n_labelled: int = 0
    n_correct: int | None = None
    size_bytes: int = 0


class DatasetKept(Struct, frozen=True, array_like=True, tag="dataset_kept"):
    """The values of a dataset reached the store, column by column."""

    dataset_id: str
    digests: list[str]
    """Objects: one per column in order, one per level of the index, the frame, and the row digests last."""
    stored_bytes: int = 0


class Annotated(Struct, frozen=True, array_like=True, tag="annotated"):
    """A tag or a note on anything that has an id. A later value for the same key replaces the earlier one."""

    target_id: str
    kind: str
    """`tag` or `note`."""
    key: str
    value: str | None
    """None takes it away again."""
    author: str
    at: float


Record = (
    Action
    | RunStarted
    | RunDescribed
    | RunEnded
    | Metrics
    | DatasetDescribed
    | DatasetKept
    | ModelStored
    | ModelIndexed
    | PredictionsStored
    | Annotated
)
"""Everything a journal can hold."""
