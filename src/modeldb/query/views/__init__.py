"""The public views: what SQL may ask about, with a sentence for every column.

This is the project's most public surface: names here are kept, columns are only added. Each view is plain SQL over
the replicated catalog tables, which appear under their name with an underscore in front. `docs/sql.md` is written
from these modules.

Times are `TIMESTAMP`s in UTC. (Not `TIMESTAMPTZ`: that type prints in the session's zone, and needs a time-zone
package to reach Python.)
"""

from __future__ import annotations

from modeldb.query.views import data, history, models, predictions, workflow
from modeldb.query.views.view import View

ALL = (*workflow.VIEWS, *data.VIEWS, *models.VIEWS, *predictions.VIEWS, *history.VIEWS)
VIEWS = {view.name: view for view in ALL}
"""Every view by name."""

FUNCTIONS = {
    "examples": "the kept rows of a dataset, with `row` and `example` to join with `predictions`: "
    "`SELECT * FROM examples('d-3f9a…')`",
    "predicted": "what every model predicted, one row per example of a dataset with `row`, `example`, `label` and a "
    "column per model named by its id: `SELECT \"row\" FROM predicted('d-3f9a…') WHERE COLUMNS('^m-') <> label`",
    "correct": "which predictions are right, as `predicted` but with 1, 0 or null for every model: "
    "`SELECT avg(COLUMNS('^m-')) FROM correct('d-3f9a…')`",
    "difficulty": "how many models get each example of a dataset right, with `row`, `example`, `label`, `n_models` and "
    "`n_right`: `SELECT * FROM difficulty('d-3f9a…') WHERE n_right = 0`",
    "slices": "how many examples each model gets right for every value of a column of the kept rows, as (`slice`, "
    "`model_id`, `n`, `n_right`): `SELECT slice, model_id, n_right / n FROM slices('d-3f9a… by region')`",
    "history": "what every model said about one example, given by its row, as (`model_id`, `type`, `created_at`, "
    "`dataset_id`, `row`, `label`, `prediction`, `correct`, `output`): `SELECT * FROM history('d-3f9a… 42')`",
    "ancestors": "everything one thing came from, as (`id`, `kind`, `distance`): `SELECT * FROM ancestors('m-3f9a…')`",
    "descendants": "everything that came of one thing, as (`id`, `kind`, `distance`): "
    "`SELECT * FROM descendants('f-3f9a…')`",
}
"""Table functions; the argument is an id or a unique prefix, written as a literal."""

__all__ = ["ALL", "FUNCTIONS", "VIEWS", "View"]
