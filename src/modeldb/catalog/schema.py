"""The catalog's tables, once for both databases.

Three rules. Every table a replica follows has an `entry`: the number of the journal entry that last touched the row,
monotonic over the whole store, so "what is new since N" is one indexed range. Values are in typed columns, never
mixed. Nothing here is written but by `apply`.

Times are seconds since the epoch, UTC. JSON is text: neither database is asked to look inside it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

metadata = MetaData()


def _entry() -> Column[int]:
    return Column("entry", BigInteger, nullable=False, index=True)


projects = Table(
    "projects",
    metadata,
    Column("project_id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("description", Text),
    Column("author", Text),
    Column("created_at", Float),
    _entry(),
)

experiments = Table(
    "experiments",
    metadata,
    Column("experiment_id", Text, primary_key=True),
    Column("project_id", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("author", Text),
    Column("created_at", Float),
    _entry(),
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
    Column("started_at", Float, nullable=False, index=True),
    Column("ended_at", Float),
    Column("user", Text),
    Column("host", Text),
    Column("pid", Integer),
    Column("command", Text),  # JSON list
    Column("script", Text),
    Column("cwd", Text),
    Column("python", Text),
    Column("git_commit", Text),
    Column("git_branch", Text),
    Column("git_dirty", Boolean),
    Column("environment_id", Text),
    Column("exit_code", Integer),
    Column("error", Text),
    _entry(),
)

run_code = Table(
    "run_code",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("path", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    _entry(),
)

environments = Table(
    "environments",
    metadata,
    Column("environment_id", Text, primary_key=True),
    Column("value", Text, nullable=False),  # JSON
    _entry(),
)

actions = Table(
    "actions",
    metadata,
    Column("action_id", Text, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("parent_id", Text, index=True),
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
    Column("started_at", Float, nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("recipe_key", Text, index=True),
    Column("value_key", Text, index=True),
    Column("inferred", Boolean, nullable=False),
    Column("extra", Text),  # JSON
    _entry(),
    Index("ix_actions_run", "run_id", "seq"),
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
    Column("inferred", Boolean, nullable=False),
    Column("changed", Boolean, nullable=False),
    Column("columns", Text),  # JSON list
    _entry(),
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
)

action_params = Table(
    "action_params",
    metadata,
    Column("action_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text),
    Column("value_double", Float),
    Column("type", Text, nullable=False),
    Column("is_default", Boolean, nullable=False),
    _entry(),
)

datasets = Table(
    "datasets",
    metadata,
    Column("dataset_id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("name", Text, index=True),
    Column("source", Text),
    Column("container", Text),
    Column("n_rows", BigInteger),
    Column("n_columns", Integer),
    Column("weak", Boolean, nullable=False),
    Column("kept", Boolean, nullable=False),
    Column("kept_digests", Text),  # JSON list
    Column("rows_digest", Text, index=True),
    Column("first_seen_run", Text),
    Column("created_at", Float),
    _entry(),
)

dataset_columns = Table(
    "dataset_columns",
    metadata,
    Column("dataset_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),  # negative for index levels
    Column("name", Text, nullable=False),
    Column("dtype", Text, nullable=False),
    Column("digest", Text, nullable=False, index=True),
    Column("n_null", BigInteger),
    Column("n_distinct", BigInteger),
    Column("min", Float),
    Column("max", Float),
    Column("min_text", Text),
    Column("max_text", Text),
    Column("mean", Float),
    Column("std", Float),
    _entry(),
)

files = Table(
    "files",
    metadata,
    Column("file_id", Text, primary_key=True),
    Column("path", Text, primary_key=True),
    Column("size", BigInteger),
    Column("digest", Text, nullable=False),
    Column("weak", Boolean, nullable=False),
    Column("first_seen_run", Text),
    _entry(),
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
    Column("size_bytes", BigInteger),
    Column("stored_bytes", BigInteger),
    Column("store_error", Text),
    Column("version_id", Text, index=True),
    Column("summary", Text),  # JSON
    Column("sketch", LargeBinary),  # float32
    Column("created_at", Float, nullable=False),
    _entry(),
)

hyperparameters = Table(
    "hyperparameters",
    metadata,
    Column("model_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text),
    Column("value_double", Float),
    Column("type", Text, nullable=False),
    Column("is_default", Boolean, nullable=False),
    _entry(),
)

metrics = Table(
    "metrics",
    metadata,
    # The entry that brought the value and its place in it: a natural key that makes delivery repeatable.
    Column("entry", BigInteger, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("run_id", Text, nullable=False),
    Column("action_id", Text),
    Column("model_id", Text, index=True),
    Column("dataset_id", Text),
    Column("name", Text, nullable=False),
    Column("label", Text),
    Column("value", Float),
    Column("step", BigInteger),
    Column("logged_at", Float, nullable=False),
    Index("ix_metrics_name_value", "name", "value"),
    Index("ix_metrics_run", "run_id", "name", "step"),
)

features = Table(
    "features",
    metadata,
    Column("model_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False, index=True),
    Column("importance", Float),
    Column("coefficient", Float),
    _entry(),
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
    Column("size_bytes", BigInteger),
    Column("min", Float),
    Column("max", Float),
    Column("mean", Float),
    Column("std", Float),
    Column("norm", Float),
    _entry(),
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
    Column("n_rows", BigInteger, nullable=False),
    Column("n_labelled", BigInteger),
    Column("n_correct", BigInteger),
    Column("size_bytes", BigInteger),
    _entry(),
)

annotations = Table(
    "annotations",
    metadata,
    Column("target_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),  # tag, note
    Column("key", Text, primary_key=True),
    Column("value", Text),  # NULL once taken away
    Column("author", Text),
    Column("at", Float, nullable=False),
    _entry(),
)

unknown_records = Table(
    "unknown_records",
    metadata,
    Column("entry", BigInteger, primary_key=True),
    Column("type", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)

journal_cursors = Table(
    "journal_cursors",
    metadata,
    # How far each client's journal has been applied; written in the same transaction as the rows.
    Column("client_id", Text, primary_key=True),
    Column("segment", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("records", BigInteger, nullable=False),
    Column("run_id", Text),
    Column("ended", Boolean, nullable=False),
    Column("updated_at", Float, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    # `entry`: the last journal entry applied to this store.
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
