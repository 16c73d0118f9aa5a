CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE action_inputs (
    action_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    role TEXT NOT NULL,
    artifact_id TEXT NOT NULL,
    artifact_kind TEXT NOT NULL,
    producer_id TEXT,
    inferred INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    columns TEXT,
    entry INTEGER NOT NULL,
    PRIMARY KEY (action_id, position)
)
 WITHOUT ROWID,
 STRICT;
CREATE INDEX ix_action_inputs_artifact_id ON action_inputs (artifact_id);
CREATE INDEX ix_action_inputs_entry ON action_inputs (entry);
CREATE INDEX ix_action_inputs_producer_id ON action_inputs (producer_id);
CREATE TABLE action_outputs (
    action_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    role TEXT NOT NULL,
    artifact_id TEXT NOT NULL,
    artifact_kind TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (action_id, position)
)
 WITHOUT ROWID,
 STRICT;
CREATE INDEX ix_action_outputs_artifact_id ON action_outputs (artifact_id);
CREATE INDEX ix_action_outputs_entry ON action_outputs (entry);
CREATE TABLE action_params (
    entry INTEGER NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    value TEXT,
    value_double REAL,
    type TEXT NOT NULL,
    is_default INTEGER NOT NULL,
    PRIMARY KEY (entry, position)
)
 WITHOUT ROWID,
 STRICT;
CREATE TABLE actions (
    action_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    parent_id TEXT,
    depth INTEGER NOT NULL,
    kind TEXT NOT NULL,
    operation TEXT NOT NULL,
    library TEXT NOT NULL,
    status TEXT NOT NULL,
    error TEXT,
    file TEXT,
    line INTEGER,
    code TEXT,
    rng TEXT,
    started_at REAL NOT NULL,
    duration_s REAL NOT NULL,
    recipe_key TEXT,
    value_key TEXT,
    inferred INTEGER NOT NULL,
    extra TEXT,
    entry INTEGER NOT NULL,
    PRIMARY KEY (action_id)
)
 STRICT;
CREATE INDEX ix_actions_entry ON actions (entry);
CREATE INDEX ix_actions_parent_id ON actions (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX ix_actions_recipe_key ON actions (recipe_key) WHERE recipe_key IS NOT NULL;
CREATE INDEX ix_actions_run ON actions (run_id, seq);
CREATE INDEX ix_actions_value_key ON actions (value_key) WHERE value_key IS NOT NULL;
CREATE TABLE annotations (
    target_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    "key" TEXT NOT NULL,
    value TEXT,
    author TEXT,
    at REAL NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (target_id, kind, "key")
)
 WITHOUT ROWID,
 STRICT;
CREATE INDEX ix_annotations_entry ON annotations (entry);
CREATE TABLE counters (
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (name)
)
 WITHOUT ROWID,
 STRICT;
CREATE TABLE dataset_columns (
    dataset_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    dtype TEXT NOT NULL,
    digest TEXT NOT NULL,
    n_null INTEGER,
    n_distinct INTEGER,
    min REAL,
    max REAL,
    min_text TEXT,
    max_text TEXT,
    mean REAL,
    std REAL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (dataset_id, position)
)
 WITHOUT ROWID,
 STRICT;
CREATE INDEX ix_dataset_columns_digest ON dataset_columns (digest);
CREATE INDEX ix_dataset_columns_entry ON dataset_columns (entry);
CREATE TABLE datasets (
    dataset_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    name TEXT,
    source TEXT,
    container TEXT,
    n_rows INTEGER,
    n_columns INTEGER,
    weak INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    kept_digests TEXT,
    stored_bytes INTEGER,
    rows_digest TEXT,
    first_seen_run TEXT,
    created_at REAL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (dataset_id)
)
 STRICT;
CREATE INDEX ix_datasets_entry ON datasets (entry);
CREATE INDEX ix_datasets_name ON datasets (name);
CREATE INDEX ix_datasets_rows_digest ON datasets (rows_digest);
CREATE TABLE environments (
    environment_id TEXT NOT NULL,
    value TEXT NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (environment_id)
)
 STRICT;
CREATE INDEX ix_environments_entry ON environments (entry);
CREATE TABLE experiments (
    experiment_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    author TEXT,
    created_at REAL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (experiment_id)
)
 WITHOUT ROWID,
 STRICT;
CREATE INDEX ix_experiments_entry ON experiments (entry);
CREATE INDEX ix_experiments_project_id ON experiments (project_id);
CREATE TABLE features (
    model_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    importance REAL,
    coefficient REAL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (model_id, position)
)
 WITHOUT ROWID,
 STRICT;
CREATE INDEX ix_features_entry ON features (entry);
CREATE INDEX ix_features_name ON features (name);
CREATE TABLE files (
    file_id TEXT NOT NULL,
    path TEXT NOT NULL,
    size INTEGER,
    digest TEXT NOT NULL,
    weak INTEGER NOT NULL,
    first_seen_run TEXT,
    entry INTEGER NOT NULL,
    PRIMARY KEY (file_id, path)
)
 WITHOUT ROWID,
 STRICT;
CREATE INDEX ix_files_entry ON files (entry);
CREATE TABLE hyperparameters (
    model_id TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT,
    value_double REAL,
    type TEXT NOT NULL,
    is_default INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (model_id, name)
)
 WITHOUT ROWID,
 STRICT;
CREATE INDEX ix_hyperparameters_entry ON hyperparameters (entry);
CREATE TABLE journal_cursors (
    client_id TEXT NOT NULL,
    segment INTEGER NOT NULL,
    position INTEGER NOT NULL,
    records INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    updated_at REAL NOT NULL,
    PRIMARY KEY (client_id)
)
 WITHOUT ROWID,
 STRICT;
CREATE TABLE metrics (
    entry INTEGER NOT NULL,
    position INTEGER NOT NULL,
    run_id TEXT NOT NULL,
    action_id TEXT,
    model_id TEXT,
    dataset_id TEXT,
    name TEXT NOT NULL,
    label TEXT,
    value REAL,
    step INTEGER,
    logged_at REAL NOT NULL,
    PRIMARY KEY (entry, position)
)
 WITHOUT ROWID,
 STRICT;
CREATE INDEX ix_metrics_model_id ON metrics (model_id) WHERE model_id IS NOT NULL;
CREATE INDEX ix_metrics_name_value ON metrics (name, value);
CREATE INDEX ix_metrics_run_id ON metrics (run_id);
CREATE TABLE model_parts (
    model_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    path TEXT NOT NULL,
    type TEXT NOT NULL,
    dtype TEXT,
    shape TEXT,
    digest TEXT,
    size_bytes INTEGER,
    min REAL,
    max REAL,
    mean REAL,
    std REAL,
    norm REAL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (model_id, position)
)
 WITHOUT ROWID,
 STRICT;
CREATE INDEX ix_model_parts_digest ON model_parts (digest);
CREATE INDEX ix_model_parts_entry ON model_parts (entry);
CREATE TABLE models (
    model_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    project_id TEXT,
    action_id TEXT NOT NULL,
    parent_model_id TEXT,
    role TEXT NOT NULL,
    name TEXT,
    type TEXT NOT NULL,
    qualified_type TEXT NOT NULL,
    library TEXT NOT NULL,
    library_version TEXT,
    problem_type TEXT,
    spec_id TEXT,
    train_dataset_id TEXT,
    n_features INTEGER,
    digest TEXT,
    size_bytes INTEGER,
    stored_bytes INTEGER,
    store_error TEXT,
    version_id TEXT,
    summary TEXT,
    sketch BLOB,
    created_at REAL NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (model_id)
)
 STRICT;
CREATE INDEX ix_models_action_id ON models (action_id);
CREATE INDEX ix_models_digest ON models (digest);
CREATE INDEX ix_models_entry ON models (entry);
CREATE INDEX ix_models_parent_model_id ON models (parent_model_id);
CREATE INDEX ix_models_project_id ON models (project_id);
CREATE INDEX ix_models_run_id ON models (run_id);
CREATE INDEX ix_models_spec_id ON models (spec_id);
CREATE INDEX ix_models_train_dataset_id ON models (train_dataset_id);
CREATE INDEX ix_models_version_id ON models (version_id);
CREATE TABLE pending_records (
    target_id TEXT NOT NULL,
    arrived INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (target_id, arrived)
)
 WITHOUT ROWID,
 STRICT;
CREATE TABLE prediction_sets (
    set_id TEXT NOT NULL,
    model_id TEXT NOT NULL,
    dataset_id TEXT NOT NULL,
    action_id TEXT,
    run_id TEXT,
    method TEXT NOT NULL,
    digest TEXT NOT NULL,
    n_rows INTEGER NOT NULL,
    n_labelled INTEGER,
    n_correct INTEGER,
    size_bytes INTEGER,
    entry INTEGER NOT NULL,
    PRIMARY KEY (set_id)
)
 WITHOUT ROWID,
 STRICT;
CREATE INDEX ix_prediction_sets_dataset_id ON prediction_sets (dataset_id);
CREATE INDEX ix_prediction_sets_entry ON prediction_sets (entry);
CREATE INDEX ix_prediction_sets_model_id ON prediction_sets (model_id);
CREATE TABLE projects (
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    author TEXT,
    created_at REAL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (project_id),
    UNIQUE (name)
)
 WITHOUT ROWID,
 STRICT;
CREATE INDEX ix_projects_entry ON projects (entry);
CREATE TABLE properties (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
)
 WITHOUT ROWID,
 STRICT;
CREATE TABLE run_code (
    run_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    path TEXT NOT NULL,
    kind TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (run_id, position)
)
 WITHOUT ROWID,
 STRICT;
CREATE INDEX ix_run_code_entry ON run_code (entry);
CREATE TABLE runs (
    run_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    experiment_id TEXT NOT NULL,
    parent_run_id TEXT,
    name TEXT,
    status TEXT NOT NULL,
    started_at REAL NOT NULL,
    ended_at REAL,
    user TEXT,
    host TEXT,
    pid INTEGER,
    command TEXT,
    script TEXT,
    cwd TEXT,
    python TEXT,
    git_commit TEXT,
    git_branch TEXT,
    git_dirty INTEGER,
    environment_id TEXT,
    exit_code INTEGER,
    error TEXT,
    client_id TEXT,
    entry INTEGER NOT NULL,
    PRIMARY KEY (run_id)
)
 STRICT;
CREATE INDEX ix_runs_client_id ON runs (client_id) WHERE status = 'running';
CREATE INDEX ix_runs_entry ON runs (entry);
CREATE INDEX ix_runs_experiment_id ON runs (experiment_id);
CREATE INDEX ix_runs_project_id ON runs (project_id);
CREATE INDEX ix_runs_started_at ON runs (started_at);
CREATE TABLE unknown_records (
    entry INTEGER NOT NULL,
    type TEXT NOT NULL,
    payload BLOB NOT NULL,
    reason TEXT,
    PRIMARY KEY (entry)
)
 STRICT;
