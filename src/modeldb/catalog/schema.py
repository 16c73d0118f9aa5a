"""The catalog's tables, once for both databases.

Three rules. Every table a replica follows has an `entry`: the number of the journal entry that last touched the row,
monotonic over the whole store, so "what is new since N" is one indexed range. Values are in typed columns, never
mixed. Nothing here is written but by `apply`.

Times are seconds since the epoch, UTC. JSON is text: neither database is asked to look inside it.
"""

from typing import Any

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData()

# SQLite's strict tables know INTEGER, REAL, TEXT and BLOB only.
Flag = Boolean().with_variant(Integer(), "sqlite")
Long = BigInteger().with_variant(Integer(), "sqlite")
Number: Double[float] = Double().with_variant(REAL(), "sqlite")

STRICT: dict[str, Any] = {"sqlite_strict": True}
"""For tables with long rows."""
CLUSTERED: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}
"""For tables with short rows: they live in the index of their key, which saves writing the key twice."""


def _entry() -> Column[int]:
    return Column("entry", Long, nullable=False, index=True)


def _index_where(name: str, column: str, condition: str) -> Index:
    """An index over only some rows: most have nothing there, and each would cost as much as one that has."""
    where = text(condition)
    return Index(name, column, sqlite_where=where, postgresql_where=where)


projects = Table(
    "projects",
    metadata,
    Column("project_id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("description", Text),
    Column("author", Text),
    Column("created_at", Number),
    _entry(),
    **CLUSTERED,
)

experiments = Table(
    "experiments",
    metadata,
    Column("experiment_id", Text, primary_key=True),
    Column("project_id", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("author", Text),
    Column("created_at", Number),
    _entry(),
    **CLUSTERED,
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("project_id", Text, nullable=False, index=True),
    Column("experiment_id", Text, nullable=False, index=True),
    Column("parent_run_id", Text),
    Column("name", Text),
    Column("status", Text, nullable=False),  # running, finished, failed, killed
    Column("started_at", Number, nullable=False, index=True),
    Column("ended_at", Number),
    Column("user", Text),
    Column("host", Text),
    Column("pid", Integer),
    Column("command", Text),  # JSON list
    Column("script", Text),
    Column("cwd", Text),
    Column("python", Text),
    Column("git_commit", Text),
    Column("git_branch", Text),
    Column("git_dirty", Flag),
    Column("environment_id", Text),
    Column("exit_code", Integer),
    Column("error", Text),
    # The client whose journal began the run; when that client dies, the run was killed.
    Column("client_id", Text),
    _entry(),
    _index_where("ix_runs_client_id", "client_id", "status = 'running'"),
    **STRICT,
)

run_code = Table(
    "run_code",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("path", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("size", Long, nullable=False),
    _entry(),
    **CLUSTERED,
)

environments = Table(
    "environments",
    metadata,
    Column("environment_id", Text, primary_key=True),
    Column("value", Text, nullable=False),  # JSON
    _entry(),
    **STRICT,
)

actions = Table(
    "actions",
    metadata,
    Column("action_id", Text, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("parent_id", Text),
    Column("depth", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("library", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("error", Text),
    Column("file", Text),
    Column("line", Integer),
    Column("code", Text),
    Column("rng", Text),  # JSON
    Column("started_at", Number, nullable=False),
    Column("duration_s", Number, nullable=False),
    Column("recipe_key", Text),
    Column("value_key", Text),
    Column("inferred", Flag, nullable=False),
    Column("extra", Text),  # JSON
    _entry(),
    Index("ix_actions_run", "run_id", "seq"),
    _index_where("ix_actions_parent_id", "parent_id", "parent_id IS NOT NULL"),
    _index_where("ix_actions_recipe_key", "recipe_key", "recipe_key IS NOT NULL"),
    _index_where("ix_actions_value_key", "value_key", "value_key IS NOT NULL"),
    **STRICT,
)

action_inputs = Table(
    "action_inputs",
    metadata,
    Column("action_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("role", Text, nullable=False),
    Column("artifact_id", Text, nullable=False, index=True),
    Column("artifact_kind", Text, nullable=False),
    Column("producer_id", Text, index=True),
    Column("inferred", Flag, nullable=False),
    Column("changed", Flag, nullable=False),
    Column("columns", Text),  # JSON list
    _entry(),
    **CLUSTERED,
)

action_outputs = Table(
    "action_outputs",
    metadata,
    Column("action_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("role", Text, nullable=False),
    Column("artifact_id", Text, nullable=False, index=True),
    Column("artifact_kind", Text, nullable=False),
    _entry(),
    **CLUSTERED,
)

action_params = Table(
    "action_params",
    metadata,
    # The entry of the action they belong to: an action is never touched again, and its id, written down for every
    # argument, would take more room than all the rest.
    Column("entry", Long, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("value", Text),
    Column("value_double", Number),
    Column("type", Text, nullable=False),
    Column("is_default", Flag, nullable=False),
    **CLUSTERED,
)

datasets = Table(
    "datasets",
    metadata,
    Column("dataset_id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("name", Text, index=True),
    Column("source", Text),
    Column("container", Text),
    Column("n_rows", Long),
    Column("n_columns", Integer),
    Column("weak", Flag, nullable=False),
    Column("kept", Flag, nullable=False),
    Column("kept_digests", Text),  # JSON list
    Column("stored_bytes", Long),
    Column("rows_digest", Text, index=True),
    Column("first_seen_run", Text),
    Column("created_at", Number),
    _entry(),
    **STRICT,
)

dataset_columns = Table(
    "dataset_columns",
    metadata,
    Column("dataset_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),  # negative for index levels
    Column("name", Text, nullable=False),
    Column("dtype", Text, nullable=False),
    Column("digest", Text, nullable=False, index=True),
    Column("n_null", Long),
    Column("n_distinct", Long),
    Column("min", Number),
    Column("max", Number),
    Column("min_text", Text),
    Column("max_text", Text),
    Column("mean", Number),
    Column("std", Number),
    _entry(),
    **CLUSTERED,
)

files = Table(
    "files",
    metadata,
    Column("file_id", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("size", Long),
    Column("digest", Text, nullable=False),
    Column("weak", Flag, nullable=False),
    Column("first_seen_run", Text),
    _entry(),
    **CLUSTERED,
)

models = Table(
    "models",
    metadata,
    Column("model_id", Text, primary_key=True),
    Column("run_id", Text, nullable=False, index=True),
    Column("project_id", Text, index=True),
    Column("action_id", Text, nullable=False, index=True),
    Column("parent_model_id", Text, index=True),
    Column("role", Text, nullable=False),  # model, step, candidate
    Column("name", Text),
    Column("type", Text, nullable=False),
    Column("qualified_type", Text, nullable=False),
    Column("library", Text, nullable=False),
    Column("library_version", Text),
    Column("problem_type", Text),
    Column("spec_id", Text, index=True),
    Column("train_dataset_id", Text, index=True),
    Column("n_features", Integer),
    Column("digest", Text, index=True),
    Column("size_bytes", Long),
    Column("stored_bytes", Long),
    Column("store_error", Text),
    Column("version_id", Text, index=True),
    Column("summary", Text),  # JSON
    Column("sketch", LargeBinary),  # float32
    Column("created_at", Number, nullable=False),
    _entry(),
    **STRICT,
)

hyperparameters = Table(
    "hyperparameters",
    metadata,
    Column("model_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text),
    Column("value_double", Number),
    Column("type", Text, nullable=False),
    Column("is_default", Flag, nullable=False),
    _entry(),
    **CLUSTERED,
)

metrics = Table(
    "metrics",
    metadata,
    # The entry that brought the value and its place in it. NaN is NULL, infinities are kept.
    Column("entry", Long, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("action_id", Text),
    Column("model_id", Text),
    Column("dataset_id", Text),
    Column("name", Text, nullable=False),
    Column("label", Text),
    Column("value", Number),
    Column("step", Long),
    Column("logged_at", Number, nullable=False),
    # The table that is written most: every index here costs as much as the table itself.
    Index("ix_metrics_name_value", "name", "value"),
    Index("ix_metrics_run_id", "run_id"),
    _index_where("ix_metrics_model_id", "model_id", "model_id IS NOT NULL"),
    **CLUSTERED,
)

features = Table(
    "features",
    metadata,
    Column("model_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False, index=True),
    Column("importance", Number),
    Column("coefficient", Number),
    _entry(),
    **CLUSTERED,
)

model_parts = Table(
    "model_parts",
    metadata,
    Column("model_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("path", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("dtype", Text),
    Column("shape", Text),
    Column("digest", Text, index=True),
    Column("size_bytes", Long),
    Column("min", Number),
    Column("max", Number),
    Column("mean", Number),
    Column("std", Number),
    Column("norm", Number),
    _entry(),
    **CLUSTERED,
)

prediction_sets = Table(
    "prediction_sets",
    metadata,
    Column("set_id", Text, primary_key=True),
    Column("model_id", Text, nullable=False, index=True),
    Column("dataset_id", Text, nullable=False, index=True),
    Column("action_id", Text),
    Column("run_id", Text),
    Column("method", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("n_rows", Long, nullable=False),
    Column("n_labelled", Long),
    Column("n_correct", Long),
    Column("size_bytes", Long),
    _entry(),
    **CLUSTERED,
)

annotations = Table(
    "annotations",
    metadata,
    Column("target_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),  # tag, note
    Column("key", Text, primary_key=True),
    Column("value", Text),  # NULL once taken away
    Column("author", Text),
    Column("at", Number, nullable=False),
    _entry(),
    **CLUSTERED,
)

unknown_records = Table(
    "unknown_records",
    metadata,
    Column("entry", Long, primary_key=True),
    Column("type", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    # Why a record of a known type could not be applied.
    Column("reason", Text),
    **STRICT,
)

pending_records = Table(
    "pending_records",
    metadata,
    # Records that came before what they are about (a worker's journal may be drained first) wait here for it.
    Column("target_id", Text, primary_key=True),
    Column("arrived", Long, primary_key=True),
    Column("payload", LargeBinary, nullable=False),
    **CLUSTERED,
)

journal_cursors = Table(
    "journal_cursors",
    metadata,
    # How far each client's journal has been applied; written in the same transaction as the rows.
    Column("client_id", Text, primary_key=True),
    Column("segment", Integer, nullable=False),
    Column("position", Long, nullable=False),
    Column("records", Long, nullable=False),
    # True once the client was found dead with runs it had not ended; nothing more of it is applied.
    Column("ended", Flag, nullable=False),
    Column("updated_at", Number, nullable=False),
    **CLUSTERED,
)

counters = Table(
    "counters",
    metadata,
    # `entry`: the last journal entry applied to this store.
    Column("name", Text, primary_key=True),
    Column("value", Long, nullable=False),
    **CLUSTERED,
)

properties = Table(
    "properties",
    metadata,
    # `written_by`: the version of ModelDB that made or last migrated these tables.
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    **CLUSTERED,
)
