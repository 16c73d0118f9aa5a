"""What was learned: models, their hyperparameters and metrics, and what lies inside them."""

from __future__ import annotations

from modeldb.query.views.view import view

VIEWS = (
    view(
        "models",
        "Fitted models, one row per fit. What the script fitted itself has role `model`; the steps of a composite "
        "and the candidates of a search are here too.",
        "models projects experiments runs",
        {
            "model_id": "`m-` and 16 hexadecimal digits",
            "run_id": "the run that fitted it",
            "action_id": "the fit",
            "name": "what the script calls it",
            "type": "the estimator's class: `RandomForestClassifier`",
            "library": "`sklearn`, `xgboost`, …",
            "library_version": "and its version",
            "problem_type": "`classification`, `regression`, `clustering`, `transform`, `outlier` or `density`",
            "train_dataset_id": "the dataset it was fitted on",
            "n_features": "how many features it saw",
            "digest": "digest of its content: equal for equal models",
            "size_bytes": "its size as a plain pickle",
            "stored_bytes": "what storing it added",
            "version_id": "the recipe that leads to it, see `versions`",
            "created_at": "when the fit began",
            "role": "`model` for what the script fitted itself, `step` for a part of another, `candidate` for a "
            "search's, `found` for one fitted where nobody watched, such as one read from a file",
            "parent_model_id": "the composite or search it is a part of",
            "qualified_type": "the class with its module",
            "project": "the name of its project",
            "experiment": "the name of its experiment",
            "run_name": "the name of its run",
            "script": "the script that fitted it",
            "spec_id": "equal for the same estimator with the same hyperparameters",
            "summary": "what the index found inside: depth, leaves, iterations, as JSON",
            "store_error": "why its content could not be kept, if it could not",
        },
        """
SELECT m.model_id, m.run_id, m.action_id, m.name, m.type, m.library, m.library_version, m.problem_type,
       m.train_dataset_id, m.n_features, m.digest, m.size_bytes, m.stored_bytes, m.version_id, m.created_at, m.role,
       m.parent_model_id, m.qualified_type, p.name AS project, x.name AS experiment, r.name AS run_name, r.script,
       m.spec_id, m.summary, m.store_error
FROM _models m
LEFT JOIN _runs r ON r.run_id = m.run_id
LEFT JOIN _projects p ON p.project_id = m.project_id
LEFT JOIN _experiments x ON x.experiment_id = r.experiment_id
""",
    ),
    view(
        "hyperparameters",
        "What was chosen before fitting.",
        "hyperparameters",
        {
            "model_id": "the model",
            "name": "the parameter; `step__parameter` inside a composite",
            "value": "its value as text; JSON where it is nested",
            "value_double": "its value as a number, when it is one",
            "type": "`int`, `float`, `str`, `bool`, `none`, `list`, `dict`, `estimator`, `function` or `object`",
            "is_default": "true when the script left it at its default",
        },
        "SELECT model_id, name, value, value_double, type, is_default FROM _hyperparameters",
    ),
    view(
        "metrics",
        "What was measured, with the model and the dataset it judges when they are known.",
        "metrics",
        {
            "model_id": "the model that was judged",
            "dataset_id": "the data it was judged on",
            "run_id": "the run that measured it",
            "action_id": "the evaluation",
            "name": "`roc_auc_score`, `accuracy_score`, or the name it was logged under",
            "value": "the value",
            "step": "for a series: which step",
            "logged_at": "when",
            "label": "for calls that measure several things: the class, average or fold",
        },
        "SELECT model_id, dataset_id, run_id, action_id, name, value, step, logged_at, label FROM _metrics",
    ),
    view(
        "features",
        "What a model thinks of each of its features.",
        "features",
        {
            "model_id": "the model",
            "position": "the feature's place",
            "name": "its name",
            "importance": "its importance, for models that have one",
            "coefficient": "its coefficient, for linear models",
        },
        "SELECT model_id, position, name, importance, coefficient FROM _features",
    ),
    view(
        "summaries",
        "What the index found inside a model, for models of which something was found: trees, iterations, losses.",
        "models",
        {
            "model_id": "the model",
            "n_trees": "how many trees it has",
            "max_depth": "the depth of the deepest",
            "n_leaves": "the leaves of all together",
            "n_iter": "how many iterations fitting took",
            "loss_curve": "the training loss after each iteration or stage, up to 1,000",
            "last_loss": "the last of these",
            "classes": "the classes it tells apart, as text",
        },
        """
SELECT model_id, (summary ->> '$.n_trees')::BIGINT AS n_trees, (summary ->> '$.max_depth')::BIGINT AS max_depth,
       (summary ->> '$.n_leaves')::BIGINT AS n_leaves, (summary ->> '$.n_iter')::BIGINT AS n_iter,
       from_json(summary -> '$.loss_curve', '["DOUBLE"]') AS loss_curve,
       from_json(summary -> '$.loss_curve', '["DOUBLE"]')[-1] AS last_loss,
       from_json(summary -> '$.classes', '["VARCHAR"]') AS classes
FROM _models WHERE summary IS NOT NULL
""",
    ),
    view(
        "splits",
        "What the trees of a model split on, one row per model and feature that is used.",
        "models features",
        {
            "model_id": "the model",
            "position": "the feature's place",
            "name": "its name",
            "n_splits": "how many splits of all trees are on it",
            "gain": "by how much these lower the impurity, weighed by samples; the gains histogram boosting notes",
        },
        """
SELECT s.model_id, s.position, coalesce(f.name, 'x' || s.position) AS name, s.n_splits, s.gain
FROM (
  SELECT model_id, unnest(from_json(summary -> '$.splits.feature', '["BIGINT"]')) AS position,
         unnest(from_json(summary -> '$.splits.count', '["BIGINT"]')) AS n_splits,
         unnest(from_json(summary -> '$.splits.gain', '["DOUBLE"]')) AS gain
  FROM _models WHERE summary IS NOT NULL
) s LEFT JOIN _features f ON f.model_id = s.model_id AND f.position = s.position
""",
    ),
    view(
        "model_parts",
        "The arrays and trees a model is made of. Models that share a part share its digest.",
        "model_parts",
        {
            "model_id": "the model",
            "path": "where in the model: `named_steps.clf.coef_`",
            "type": "`array`, `tree`, …",
            "dtype": "element type of an array",
            "shape": "its shape",
            "digest": "digest of its content",
            "size_bytes": "its size uncompressed",
            "min": "smallest element",
            "max": "largest element",
            "mean": "mean of the elements",
            "std": "their standard deviation",
            "norm": "their Euclidean norm",
            "position": "the order within the model",
        },
        """
SELECT model_id, path, type, dtype, shape, digest, size_bytes, min, max, mean, std, norm, position
FROM _model_parts
""",
    ),
    view(
        "sketches",
        "The weights of models in short: a random projection of all numbers in a model. Models of one class and width "
        "with near weights have near sketches.",
        "sketches",
        {
            "model_id": "the model",
            "sketch": "64 numbers, to compare with `list_distance` or `list_cosine_similarity`",
        },
        "SELECT model_id, sketch FROM _sketches",
    ),
)
