"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# SQLite's strict tables know INTEGER, REAL, TEXT and BLOB only.
Flag = sa.Boolean().with_variant(sa.Integer(), "sqlite")
Long = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Number: sa.Double[float] = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "action_inputs",
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("artifact_id", sa.Text(), nullable=False),
        sa.Column("artifact_kind", sa.Text(), nullable=False),
        sa.Column("producer_id", sa.Text(), nullable=True),
        sa.Column("inferred", Flag, nullable=False),
        sa.Column("changed", Flag, nullable=False),
        sa.Column("columns", sa.Text(), nullable=True),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("action_id", "position"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_action_inputs_artifact_id"), "action_inputs", ["artifact_id"], unique=False)
    op.create_index(op.f("ix_action_inputs_entry"), "action_inputs", ["entry"], unique=False)
    op.create_index(op.f("ix_action_inputs_producer_id"), "action_inputs", ["producer_id"], unique=False)
    op.create_table(
        "action_outputs",
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("artifact_id", sa.Text(), nullable=False),
        sa.Column("artifact_kind", sa.Text(), nullable=False),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("action_id", "position"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_action_outputs_artifact_id"), "action_outputs", ["artifact_id"], unique=False)
    op.create_index(op.f("ix_action_outputs_entry"), "action_outputs", ["entry"], unique=False)
    op.create_table(
        "action_params",
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("value_double", Number, nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("is_default", Flag, nullable=False),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("action_id", "name"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_action_params_entry"), "action_params", ["entry"], unique=False)
    op.create_table(
        "actions",
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("rng", sa.Text(), nullable=True),
        sa.Column("started_at", Number, nullable=False),
        sa.Column("duration_s", Number, nullable=False),
        sa.Column("recipe_key", sa.Text(), nullable=True),
        sa.Column("value_key", sa.Text(), nullable=True),
        sa.Column("inferred", Flag, nullable=False),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("action_id"),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_actions_entry"), "actions", ["entry"], unique=False)
    op.create_index(op.f("ix_actions_parent_id"), "actions", ["parent_id"], unique=False)
    op.create_index(op.f("ix_actions_recipe_key"), "actions", ["recipe_key"], unique=False)
    op.create_index("ix_actions_run", "actions", ["run_id", "seq"], unique=False)
    op.create_index(op.f("ix_actions_value_key"), "actions", ["value_key"], unique=False)
    op.create_table(
        "annotations",
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("at", Number, nullable=False),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("target_id", "kind", "key"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_annotations_entry"), "annotations", ["entry"], unique=False)
    op.create_table(
        "counters",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", Long, nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dataset_columns",
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("dtype", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("n_null", Long, nullable=True),
        sa.Column("n_distinct", Long, nullable=True),
        sa.Column("min", Number, nullable=True),
        sa.Column("max", Number, nullable=True),
        sa.Column("min_text", sa.Text(), nullable=True),
        sa.Column("max_text", sa.Text(), nullable=True),
        sa.Column("mean", Number, nullable=True),
        sa.Column("std", Number, nullable=True),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("dataset_id", "position"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_dataset_columns_digest"), "dataset_columns", ["digest"], unique=False)
    op.create_index(op.f("ix_dataset_columns_entry"), "dataset_columns", ["entry"], unique=False)
    op.create_table(
        "datasets",
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("container", sa.Text(), nullable=True),
        sa.Column("n_rows", Long, nullable=True),
        sa.Column("n_columns", sa.Integer(), nullable=True),
        sa.Column("weak", Flag, nullable=False),
        sa.Column("kept", Flag, nullable=False),
        sa.Column("kept_digests", sa.Text(), nullable=True),
        sa.Column("stored_bytes", Long, nullable=True),
        sa.Column("rows_digest", sa.Text(), nullable=True),
        sa.Column("first_seen_run", sa.Text(), nullable=True),
        sa.Column("created_at", Number, nullable=True),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("dataset_id"),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_datasets_entry"), "datasets", ["entry"], unique=False)
    op.create_index(op.f("ix_datasets_name"), "datasets", ["name"], unique=False)
    op.create_index(op.f("ix_datasets_rows_digest"), "datasets", ["rows_digest"], unique=False)
    op.create_table(
        "environments",
        sa.Column("environment_id", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("environment_id"),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_environments_entry"), "environments", ["entry"], unique=False)
    op.create_table(
        "experiments",
        sa.Column("experiment_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("created_at", Number, nullable=True),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("experiment_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_experiments_entry"), "experiments", ["entry"], unique=False)
    op.create_index(op.f("ix_experiments_project_id"), "experiments", ["project_id"], unique=False)
    op.create_table(
        "features",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("importance", Number, nullable=True),
        sa.Column("coefficient", Number, nullable=True),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("model_id", "position"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_features_entry"), "features", ["entry"], unique=False)
    op.create_index(op.f("ix_features_name"), "features", ["name"], unique=False)
    op.create_table(
        "files",
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("size", Long, nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("weak", Flag, nullable=False),
        sa.Column("first_seen_run", sa.Text(), nullable=True),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("file_id", "path"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_files_entry"), "files", ["entry"], unique=False)
    op.create_table(
        "hyperparameters",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("value_double", Number, nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("is_default", Flag, nullable=False),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("model_id", "name"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_hyperparameters_entry"), "hyperparameters", ["entry"], unique=False)
    op.create_table(
        "journal_cursors",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("segment", sa.Integer(), nullable=False),
        sa.Column("position", Long, nullable=False),
        sa.Column("records", Long, nullable=False),
        sa.Column("ended", Flag, nullable=False),
        sa.Column("updated_at", Number, nullable=False),
        sa.PrimaryKeyConstraint("client_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "metrics",
        sa.Column("entry", Long, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("action_id", sa.Text(), nullable=True),
        sa.Column("model_id", sa.Text(), nullable=True),
        sa.Column("dataset_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("value", Number, nullable=True),
        sa.Column("step", Long, nullable=True),
        sa.Column("logged_at", Number, nullable=False),
        sa.PrimaryKeyConstraint("entry", "position"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_metrics_model_id",
        "metrics",
        ["model_id"],
        unique=False,
        sqlite_where=sa.text("model_id IS NOT NULL"),
        postgresql_where=sa.text("model_id IS NOT NULL"),
    )
    op.create_index("ix_metrics_name_value", "metrics", ["name", "value"], unique=False)
    op.create_index("ix_metrics_run_id", "metrics", ["run_id"], unique=False)
    op.create_table(
        "model_parts",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("dtype", sa.Text(), nullable=True),
        sa.Column("shape", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("size_bytes", Long, nullable=True),
        sa.Column("min", Number, nullable=True),
        sa.Column("max", Number, nullable=True),
        sa.Column("mean", Number, nullable=True),
        sa.Column("std", Number, nullable=True),
        sa.Column("norm", Number, nullable=True),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("model_id", "position"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_model_parts_digest"), "model_parts", ["digest"], unique=False)
    op.create_index(op.f("ix_model_parts_entry"), "model_parts", ["entry"], unique=False)
    op.create_table(
        "models",
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=True),
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("parent_model_id", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("qualified_type", sa.Text(), nullable=False),
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("library_version", sa.Text(), nullable=True),
        sa.Column("problem_type", sa.Text(), nullable=True),
        sa.Column("spec_id", sa.Text(), nullable=True),
        sa.Column("train_dataset_id", sa.Text(), nullable=True),
        sa.Column("n_features", sa.Integer(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("size_bytes", Long, nullable=True),
        sa.Column("stored_bytes", Long, nullable=True),
        sa.Column("store_error", sa.Text(), nullable=True),
        sa.Column("version_id", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("sketch", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", Number, nullable=False),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("model_id"),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_models_action_id"), "models", ["action_id"], unique=False)
    op.create_index(op.f("ix_models_digest"), "models", ["digest"], unique=False)
    op.create_index(op.f("ix_models_entry"), "models", ["entry"], unique=False)
    op.create_index(op.f("ix_models_parent_model_id"), "models", ["parent_model_id"], unique=False)
    op.create_index(op.f("ix_models_project_id"), "models", ["project_id"], unique=False)
    op.create_index(op.f("ix_models_run_id"), "models", ["run_id"], unique=False)
    op.create_index(op.f("ix_models_spec_id"), "models", ["spec_id"], unique=False)
    op.create_index(op.f("ix_models_train_dataset_id"), "models", ["train_dataset_id"], unique=False)
    op.create_index(op.f("ix_models_version_id"), "models", ["version_id"], unique=False)
    op.create_table(
        "pending_records",
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("arrived", Long, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("target_id", "arrived"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "prediction_sets",
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("model_id", sa.Text(), nullable=False),
        sa.Column("dataset_id", sa.Text(), nullable=False),
        sa.Column("action_id", sa.Text(), nullable=True),
        sa.Column("run_id", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("n_rows", Long, nullable=False),
        sa.Column("n_labelled", Long, nullable=True),
        sa.Column("n_correct", Long, nullable=True),
        sa.Column("size_bytes", Long, nullable=True),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("set_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_prediction_sets_dataset_id"), "prediction_sets", ["dataset_id"], unique=False)
    op.create_index(op.f("ix_prediction_sets_entry"), "prediction_sets", ["entry"], unique=False)
    op.create_index(op.f("ix_prediction_sets_model_id"), "prediction_sets", ["model_id"], unique=False)
    op.create_table(
        "projects",
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("created_at", Number, nullable=True),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("project_id"),
        sa.UniqueConstraint("name"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_projects_entry"), "projects", ["entry"], unique=False)
    op.create_table(
        "properties",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_code",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("size", Long, nullable=False),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "position"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_run_code_entry"), "run_code", ["entry"], unique=False)
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Text(), nullable=False),
        sa.Column("experiment_id", sa.Text(), nullable=False),
        sa.Column("parent_run_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_at", Number, nullable=False),
        sa.Column("ended_at", Number, nullable=True),
        sa.Column("user", sa.Text(), nullable=True),
        sa.Column("host", sa.Text(), nullable=True),
        sa.Column("pid", sa.Integer(), nullable=True),
        sa.Column("command", sa.Text(), nullable=True),
        sa.Column("script", sa.Text(), nullable=True),
        sa.Column("cwd", sa.Text(), nullable=True),
        sa.Column("python", sa.Text(), nullable=True),
        sa.Column("git_commit", sa.Text(), nullable=True),
        sa.Column("git_branch", sa.Text(), nullable=True),
        sa.Column("git_dirty", Flag, nullable=True),
        sa.Column("environment_id", sa.Text(), nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("entry", Long, nullable=False),
        sa.PrimaryKeyConstraint("run_id"),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_runs_client_id"), "runs", ["client_id"], unique=False)
    op.create_index(op.f("ix_runs_entry"), "runs", ["entry"], unique=False)
    op.create_index(op.f("ix_runs_experiment_id"), "runs", ["experiment_id"], unique=False)
    op.create_index(op.f("ix_runs_project_id"), "runs", ["project_id"], unique=False)
    op.create_index(op.f("ix_runs_started_at"), "runs", ["started_at"], unique=False)
    op.create_table(
        "unknown_records",
        sa.Column("entry", Long, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("entry"),
        sqlite_strict=True,
    )
    # ### end Alembic commands ###
