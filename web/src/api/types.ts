// Made by web/scripts/api_types.py from modeldb/server/http/schemas. Do not edit.

export interface ActionPage {
  actions: ActionRow[];
  total: number;
  offset: number;
  limit: number;
}

export interface ActionRow {
  action_id: string;
  seq: number;
  parent_id: string | null;
  depth: number;
  kind: string;
  operation: string;
  library: string;
  status: string;
  error: string | null;
  file: string | null;
  line: number | null;
  started_at: number;
  duration_s: number;
  inferred: boolean;
  inputs: Artifact[];
  outputs: Artifact[];
  metrics: Measured[];
  parameters: Parameter[];
}

export interface Annotation {
  kind: string;
  key: string;
  value: string | null;
  author: string;
  at: number;
}

export interface AnnotationChange {
  targets: string[];
  kind: string;
  key?: string;
  value?: string | null;
}

export interface AnnotationRequest {
  changes: AnnotationChange[];
}

export interface AnnotationResult {
  entry: number;
  changed: number;
}

export interface Artifact {
  role: string;
  artifact_id: string;
  kind: string;
  name: string | null;
  inferred: boolean;
  columns: string[] | null;
}

export interface Bins {
  low: number;
  high: number;
  counts: number[];
}

export interface CalibrationPoint {
  label: string;
  predicted: number;
  observed: number;
  count: number;
}

export interface Change {
  name: string;
  a: unknown;
  b: unknown;
  kind: string;
}

export interface ChartData {
  columns: TableColumn[];
  ids: string[];
  values: unknown[][];
  total: number;
  truncated: boolean;
  hidden: number;
  sql: string;
}

export interface ClassReport {
  label: string;
  precision: number | null;
  recall: number | null;
  f1: number | null;
  support: number;
}

export interface CodeChange {
  path: string;
  kind: string;
  patch: string | null;
}

export interface CodeRef {
  position: number;
  path: string;
  kind: string;
  digest: string;
  size: number;
}

export interface CodeText {
  path: string;
  kind: string;
  digest: string;
  text: string | null;
  truncated: boolean;
}

export interface ColumnChange {
  name: string;
  change: string;
  a: DatasetColumn | null;
  b: DatasetColumn | null;
}

export interface ColumnDistribution {
  position: number;
  unit: string;
  bins: Bins | null;
  top: TopValue[];
  n_other: number;
  n_missing: number;
  n_infinite: number;
}

export interface ColumnList {
  columns: TableColumn[];
  total: number;
  main_metric: string | null;
}

export interface ColumnTrace {
  dataset: DatasetBrief;
  column: string;
  digest: string;
  nodes: TraceNode[];
  edges: TraceEdge[];
  files: string[];
  models: ModelBrief[];
  truncated: boolean;
  sql: string;
}

export interface CompareMetric {
  name: string;
  dataset_id: string | null;
  dataset_name: string | null;
  values: (number | null)[];
  best: number | null;
  higher_is_better: boolean | null;
  is_training: boolean;
}

export interface CompareRow {
  name: string;
  values: unknown[];
  differs: boolean;
  is_default: (boolean | null)[];
}

export interface Comparison {
  kind: string;
  ids: string[];
  models: ModelBrief[];
  runs: RunBrief[];
  facts: CompareRow[];
  parameters: CompareRow[];
  metrics: CompareMetric[];
  features: CompareRow[];
  curves: string[];
  flips: Flips;
  sql: string;
}

export interface Confusion {
  labels: string[];
  counts: number[][];
}

export interface Curve {
  label: string;
  x: number[];
  y: number[];
  threshold: (number | null)[];
  area: number | null;
}

export interface DatasetBrief {
  dataset_id: string;
  name: string | null;
  source: string | null;
  container: string | null;
  n_rows: number | null;
  n_columns: number | null;
  kept: boolean;
  created_at: number | null;
  first_seen_run: string | null;
}

export interface DatasetColumn {
  position: number;
  name: string;
  dtype: string;
  digest: string;
  n_null: number | null;
  n_distinct: number | null;
  min: number | string | null;
  max: number | string | null;
  mean: number | null;
  std: number | null;
  shared_with: number;
}

export interface DatasetDetail {
  dataset: DatasetBrief;
  digest: string;
  weak: boolean;
  rows_digest: string | null;
  columns: DatasetColumn[];
  versions: Version[];
  trained: UsedBy[];
  n_trained: number;
  judged: UsedBy[];
  n_judged: number;
  runs: RunBrief[];
  files: string[];
  made_by: MadeBy[];
  annotations: Annotation[];
  load: string;
  sql: string;
}

export interface DatasetDiff {
  a: DatasetBrief;
  b: DatasetBrief;
  columns: ColumnChange[];
  same_rows: boolean | null;
  identical: boolean;
  sql: string;
}

export interface DatasetList {
  datasets: DatasetRow[];
  total: number;
  offset: number;
  limit: number;
}

export interface DatasetRow {
  dataset: DatasetBrief;
  n_versions: number;
  n_trained: number;
  n_judged: number;
  n_runs: number;
  project: string | null;
  last_used: number | null;
}

export interface DatasetRows {
  available: boolean;
  reason: string | null;
  columns: string[];
  types: string[];
  rows: unknown[][];
  row_numbers: number[];
  total: number;
  offset: number;
  limit: number;
}

export interface Diff {
  kind: string;
  a: string;
  b: string;
  parameters: Change[];
  metrics: Change[];
  data: Change[];
  features: Change[];
  code: CodeChange[];
  environment: Change[];
  actions: Change[];
  facts: Change[];
}

export interface Distributions {
  available: boolean;
  reason: string | null;
  n_rows: number;
  columns: ColumnDistribution[];
}

export interface Environment {
  environment_id: string | null;
  python: string | null;
  host: string | null;
  git_commit: string | null;
  git_branch: string | null;
  git_dirty: boolean | null;
  details: Record<string, unknown> | null;
}

export interface ErrorBody {
  code: string;
  message: string;
  hint: string | null;
  position: number | null;
}

export interface EvaluatedDataset {
  dataset_id: string;
  name: string | null;
  n_rows: number;
  n_labelled: number | null;
  n_correct: number | null;
}

export interface Evaluation {
  model_id: string;
  available: boolean;
  reason: string | null;
  dataset_id: string | null;
  dataset_name: string | null;
  datasets: EvaluatedDataset[];
  output: number;
  n_outputs: number;
  problem_type: string | null;
  n_rows: number;
  n_labelled: number;
  accuracy: number | null;
  confusion: Confusion | null;
  classes: ClassReport[];
  roc: Curve[];
  precision_recall: Curve[];
  calibration: CalibrationPoint[];
  residuals: Residuals | null;
  sql: string;
}

export interface Event {
  entry: number;
  tables: string[];
  run_ids: string[];
  many: boolean;
}

export interface ExampleHistory {
  available: boolean;
  reason: string | null;
  dataset: DatasetBrief | null;
  row: number;
  example: string | null;
  label: unknown;
  values: unknown[];
  columns: string[];
  moments: ExampleMoment[];
  output: number;
  n_outputs: number;
  sql: string;
}

export interface ExampleMoment {
  model: ModelBrief;
  prediction: ExamplePrediction;
}

export interface ExamplePrediction {
  prediction: unknown;
  correct: boolean | null;
  score: number[] | null;
  loss: number | null;
  error: number | null;
}

export interface ExampleRow {
  row: number;
  example: string | null;
  label: unknown;
  predictions: (ExamplePrediction | null)[];
  values: unknown[];
}

export interface ExampleTable {
  available: boolean;
  reason: string | null;
  dataset: DatasetBrief | null;
  models: ModelBrief[];
  candidates: ModelBrief[];
  columns: string[];
  rows: ExampleRow[];
  total: number;
  n_rows: number;
  offset: number;
  limit: number;
  filter: string;
  counts: Record<string, number>;
  order: string;
  output: number;
  n_outputs: number;
  problem_type: string | null;
  slice_column: string | null;
  slice_metric: string;
  slices: SliceBar[];
  sql: string;
}

export interface ExperimentInfo {
  experiment_id: string;
  name: string;
  description: string | null;
  n_runs: number;
  n_models: number;
  last_activity: number | null;
}

export interface Feature {
  position: number;
  name: string;
  importance: number | null;
  coefficient: number | null;
}

export interface Flip {
  row: number;
  example: string | null;
  label: unknown;
  predictions: unknown[];
  correct: (boolean | null)[];
}

export interface Flips {
  available: boolean;
  reason: string | null;
  dataset_id: string | null;
  dataset_name: string | null;
  output: number;
  n_outputs: number;
  total: number;
  all_wrong: number;
  wins: number[];
  problem_type: string | null;
  n_rows: number;
  flips: Flip[];
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  n_actions: number;
  truncated: boolean;
  sql: string;
}

export interface GraphEdge {
  source: string;
  target: string;
  role: string;
  columns: string[] | null;
  n_columns: number | null;
  inferred: boolean;
  changed: boolean;
}

export interface GraphNode {
  id: string;
  kind: string;
  label: string;
  detail: string | null;
  parent: string | null;
  depth: number;
  n_children: number;
  action_kind: string | null;
  status: string | null;
  inferred: boolean;
  started_at: number | null;
  duration_s: number | null;
  run_id: string | null;
  value: number | null;
  n_rows: number | null;
  n_columns: number | null;
  focus: boolean;
  facts: Record<string, unknown>;
}

export interface Health {
  status: string;
  version: string;
}

export interface Histogram {
  edges: number[];
  counts: number[];
}

export interface Judged {
  dataset: DatasetBrief | null;
  is_training: boolean;
  metrics: MetricValue[];
}

export interface MadeBy {
  action_id: string;
  run_id: string;
  operation: string;
  kind: string;
  started_at: number;
}

export interface Measured {
  name: string;
  value: number | null;
  model_id: string | null;
}

export interface MetricSummary {
  name: string;
  higher_is_better: boolean | null;
  best: number | null;
  best_model_id: string | null;
  best_model_name: string | null;
  best_model_type: string | null;
  best_model_steps: string | null;
  best_run_id: string | null;
  min: number | null;
  max: number | null;
  mean: number | null;
  count: number;
}

export interface MetricValue {
  name: string;
  value: number | null;
  dataset_id: string | null;
  dataset_name: string | null;
  model_id: string | null;
  run_id: string | null;
  action_id: string | null;
  step: number | null;
  logged_at: number | null;
  n_points: number;
  higher_is_better: boolean | null;
}

export interface ModelBrief {
  model_id: string;
  name: string | null;
  type: string;
  role: string;
  run_id: string;
  run_name: string | null;
  project: string | null;
  created_at: number | null;
  parent_model_id: string | null;
  metrics: MetricValue[];
  changed: Parameter[];
  steps: string[];
}

export interface ModelDetail {
  model_id: string;
  name: string | null;
  type: string;
  qualified_type: string;
  library: string;
  library_version: string | null;
  problem_type: string | null;
  role: string;
  project: string | null;
  project_id: string | null;
  created_at: number;
  fit_s: number | null;
  n_features: number | null;
  digest: string | null;
  size_bytes: number | null;
  stored_bytes: number | null;
  store_error: string | null;
  version_id: string | null;
  action_id: string;
  operation: string | null;
  file: string | null;
  line: number | null;
  run: RunBrief;
  trained_on: DatasetBrief | null;
  judged: Judged[];
  metrics: MetricValue[];
  parameters: Parameter[];
  features: Feature[];
  n_parts: number;
  parts: Part[];
  summary: Record<string, unknown>;
  curves: string[];
  annotations: Annotation[];
  hidden: boolean;
  parent: ModelBrief | null;
  children: ModelBrief[];
  siblings: ModelBrief[];
  same_content: ModelBrief[];
  code: CodeRef[];
  environment: Environment;
  load: string;
  sql: string;
}

export interface Parameter {
  name: string;
  value: unknown;
  type: string;
  is_default: boolean;
}

export interface Part {
  path: string;
  type: string;
  dtype: string | null;
  shape: string | null;
  digest: string | null;
  size_bytes: number | null;
  min: number | null;
  max: number | null;
  mean: number | null;
  std: number | null;
  norm: number | null;
}

export interface Problem {
  error: ErrorBody;
}

export interface ProjectCard {
  project_id: string;
  name: string;
  description: string | null;
  author: string | null;
  created_at: number | null;
  last_activity: number | null;
  n_runs: number;
  n_running: number;
  n_failed: number;
  n_models: number;
  n_fits: number;
  n_candidates: number;
  n_hidden: number;
  n_datasets: number;
  model_types: TypeCount[];
  metrics: MetricSummary[];
  activity: number[];
}

export interface ProjectDetail {
  project: ProjectCard;
  experiments: ExperimentInfo[];
  recent_runs: RunBrief[];
  annotations: Annotation[];
  main_metric: string | null;
}

export interface ProjectList {
  projects: ProjectCard[];
  total: number;
}

export interface QueryRequest {
  sql: string;
  params?: unknown[];
  limit?: number;
  timeout_s?: number;
}

export interface QueryResult {
  columns: ResultColumn[];
  rows: unknown[][];
  truncated: boolean;
  elapsed_ms: number;
}

export interface Residuals {
  actual: number[];
  predicted: number[];
  row: number[];
  histogram: Histogram;
  r2: number | null;
  mae: number | null;
  rmse: number | null;
  bias: number | null;
}

export interface ResultColumn {
  name: string;
  type: string;
}

export interface RunBrief {
  run_id: string;
  name: string | null;
  project: string;
  experiment: string;
  status: string;
  started_at: number;
  ended_at: number | null;
  duration_s: number | null;
  user: string | null;
  script: string | null;
  n_models: number;
}

export interface RunDetail {
  run: RunBrief;
  project_id: string;
  experiment_id: string;
  host: string | null;
  pid: number | null;
  command: string[];
  cwd: string | null;
  exit_code: number | null;
  error: string | null;
  parent_run_id: string | null;
  children: RunBrief[];
  parameters: Parameter[];
  metrics: MetricValue[];
  curves: string[];
  models: ModelBrief[];
  n_models: number;
  n_fits: number;
  datasets: DatasetBrief[];
  n_actions: number;
  actions: ActionRow[];
  annotations: Annotation[];
  hidden: boolean;
  code: CodeRef[];
  environment: Environment;
  sql: string;
}

export interface SaveRequest {
  value: unknown;
}

export interface SavedItem {
  kind: string;
  name: string;
  value: unknown;
  author: string;
  at: number;
}

export interface SavedList {
  items: SavedItem[];
}

export interface SchemaInfo {
  views: ViewInfo[];
  examples: SqlExample[];
}

export interface Series {
  run_id: string;
  run_name: string | null;
  model_id: string | null;
  first_model_id: string | null;
  name: string;
  higher_is_better: boolean | null;
  dataset_id: string | null;
  step: number[];
  value: (number | null)[];
  at: number[];
  count: number;
  last: number | null;
  min: number | null;
  max: number | null;
}

export interface SeriesList {
  series: Series[];
  total: number;
  names: string[];
  sql: string;
  hidden: number;
  entry: number;
  after: number;
}

export interface Session {
  version: string;
  store: string;
  entry: number;
  can_change: boolean;
  user: string;
  max_rows: number;
}

export interface SimilarModel {
  model: ModelBrief;
  similarity: number;
  compared: string;
}

export interface SimilarModels {
  model_id: string;
  by: string;
  models: SimilarModel[];
  truncated: boolean;
  sql: string;
  python: string;
}

export interface SliceBar {
  value: string;
  count: number;
  accuracy: (number | null)[];
}

export interface SqlExample {
  title: string;
  sql: string;
}

export interface Table {
  columns: TableColumn[];
  ids: string[];
  rows: unknown[][];
  total: number;
  unfiltered: number;
  offset: number;
  limit: number;
  sort: string[];
  grouped: boolean;
  group_filters: string[];
  main_metric: string | null;
  hidden: number;
  sql: string;
  python: string;
}

export interface TableColumn {
  key: string;
  kind: string;
  name: string;
  type: string;
  count: number;
  distinct: number;
  min: number | null;
  max: number | null;
  varies: boolean;
  log_scale: boolean;
  integer: boolean;
  higher_is_better: boolean | null;
  default: boolean;
  values: ValueCount[];
}

export interface TopValue {
  value: string;
  count: number;
}

export interface TraceEdge {
  source: string;
  target: string;
  action_id: string;
  operation: string;
  run_id: string;
  relation: string;
  count: number;
}

export interface TraceNode {
  id: string;
  dataset: DatasetBrief;
  column: string;
  digest: string;
  dtype: string;
  same: boolean;
  direction: string;
}

export interface TypeCount {
  type: string;
  count: number;
}

export interface UsedBy {
  model: ModelBrief;
  metrics: MetricValue[];
}

export interface ValueCount {
  value: unknown;
  count: number;
}

export interface Version {
  dataset: DatasetBrief;
  same_columns: number;
  changed_columns: number;
  added_columns: number;
  removed_columns: number;
}

export interface ViewColumn {
  name: string;
  type: string;
  doc: string | null;
}

export interface ViewInfo {
  name: string;
  doc: string | null;
  columns: ViewColumn[];
}
