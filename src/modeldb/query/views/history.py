"""How things came from one another, and what people wrote about them."""

from __future__ import annotations

from modeldb.query.views.view import view

VIEWS = (
    view(
        "lineage",
        "Who descends from whom: every pair of an artifact or action and something it came from, however far.",
        "lineage",
        {
            "ancestor_id": "the file, dataset, model or action that came first",
            "descendant_id": "the file, dataset, model or action that came of it",
            "distance": "steps on the shortest way; from a dataset to the model fitted on it there are 2 (dataset, "
            "fit, model)",
        },
        "SELECT ancestor_id, descendant_id, distance FROM _lineage",
    ),
    view(
        "versions",
        "The recipes that led to models: fitting again with the same recipe is another occurrence of the version, "
        "not a new one.",
        "versions",
        {
            "version_id": "the recipe",
            "parent_id": "the version the same script had before",
            "change": "what is different from the parent: `C: 1.0 → 0.5`, `− column age`",
            "n_actions": "how many actions lead to it",
            "n_runs": "in how many runs it occurred",
            "best_metric": "the name of the metric `best_value` is of",
            "best_value": "the best value any occurrence reached",
            "n_models": "how many models it gave",
            "type": "the estimator's class",
            "name": "what the script calls the model",
            "project": "the project it was first met in",
            "script": "the script it was first met in",
            "first_model_id": "its first occurrence",
            "last_model_id": "its newest occurrence",
            "first_at": "when the first was fitted",
            "last_at": "when the newest was fitted",
        },
        """
SELECT version_id, parent_id, change, n_actions, n_runs, best_metric, best_value, n_models, type, name, project,
       script, first_model_id, last_model_id, first_at, last_at
FROM _versions
""",
    ),
    view(
        "tags",
        "Short marks people put on things.",
        "annotations",
        {
            "target_id": "what is tagged: anything that has an id",
            "key": "the tag",
            "value": "its value; empty for a plain tag",
            "author": "who tagged it",
            "at": 'when; quote it: `"at"`',
        },
        """
SELECT target_id, key, value, author, "at" FROM _annotations WHERE kind = 'tag' AND value IS NOT NULL
""",
    ),
    view(
        "notes",
        "Text people wrote about things.",
        "annotations",
        {
            "target_id": "what the note is about: anything that has an id",
            "key": "which note",
            "value": "the text",
            "author": "who wrote it",
            "at": 'when; quote it: `"at"`',
        },
        """
SELECT target_id, key, value, author, "at" FROM _annotations WHERE kind = 'note' AND value IS NOT NULL
""",
    ),
)
