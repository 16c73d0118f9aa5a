"""The models nearest to one, as the database finds them, with what a page shows of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modeldb.server.http.schemas import SimilarModel, SimilarModels
from modeldb.server.pages.briefs import models_by_id
from modeldb.server.pages.find import full_id
from modeldb.server.source import Source

MEASURES = ("hyperparameters", "parts", "weights", "predictions")

Similar = Callable[[str, str, int], Any]
"""`Database.similar_models`: a model's id, what to compare and how many to a `Result`."""


def similar_models(source: Source, similar: Similar, text: str, by: str, limit: int) -> SimilarModels:
    """The `limit` models nearest to one. Raises NotFound for a model of which there is nothing to compare."""
    model_id = full_id(source, "model", text)
    found = similar(model_id, by, limit)
    ids, similarities, compared = (found.column(name) for name in ("model_id", "similarity", "compared"))
    briefs = models_by_id(source, ids)
    near = zip(ids, similarities, compared, strict=True)
    return SimilarModels(
        model_id=model_id,
        by=by,
        models=[
            SimilarModel(model=briefs[id], similarity=share, compared=words)
            for id, share, words in near
            if id in briefs
        ],
        truncated=found.truncated,
        sql=found.sql or "",
        python="import modeldb\n\ndb = modeldb.open()\n"
        f'db.similar_models("{model_id}", by="{by}", limit={limit}).df()\n',
    )
