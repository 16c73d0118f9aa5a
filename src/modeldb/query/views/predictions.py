"""What models said about which examples."""

from __future__ import annotations

from modeldb.query.views.view import view

VIEWS = (
    view(
        "prediction_sets",
        "Which models' predictions on which data are kept.",
        "prediction_sets",
        {
            "set_id": "the set",
            "model_id": "the model that predicted",
            "dataset_id": "the data it predicted on",
            "action_id": "the prediction",
            "run_id": "its run",
            "method": "`predict`, `predict_proba` or `decision_function`",
            "n_rows": "predictions",
            "n_labelled": "those whose true label is known",
            "n_correct": "those that agree with it",
            "digest": "names the set in the object store",
            "size_bytes": "what storing it added",
        },
        """
SELECT set_id, model_id, dataset_id, action_id, run_id, method, n_rows, n_labelled, n_correct, digest, size_bytes
FROM _prediction_sets
""",
    ),
    view(
        "predictions",
        "Every kept prediction, one row per model and example.",
        "predictions",
        {
            "model_id": "the model that predicted",
            "dataset_id": "the data it predicted on",
            "action_id": "the prediction",
            "row": "the row of the dataset, from 0",
            "example": "the example's identity, the same in every split, shuffle and run",
            "label": "the true value as text, when known",
            "prediction": "what the model said, as text",
            "score": "its scores: one per class, or one",
            "correct": "whether prediction and label agree; null where both are real numbers",
            "loss": "log loss for classes, squared error for numbers",
            "label_value": "the label as a number, where it is one",
            "prediction_value": "the prediction as a number, where it is one",
            "output": "which output, from 0: a model with several (multi-label, multi-output) has a row for each",
        },
        """
SELECT model_id, dataset_id, action_id, "row", example, label, prediction, score, correct, loss, label_value,
       prediction_value, "output"
FROM _predictions
""",
    ),
)
