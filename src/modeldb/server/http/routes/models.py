"""One model."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from modeldb.server.http.endpoint import Endpoints
from modeldb.server.http.schemas import Evaluation, ModelDetail, SimilarModels
from modeldb.server.http.state import State
from modeldb.server.pages.evaluation import model_evaluation
from modeldb.server.pages.models import model_detail
from modeldb.server.pages.similar import MEASURES, similar_models

endpoints = Endpoints()

MAX_OUTPUT = 1_000_000


class ModelQuery(Struct, frozen=True, kw_only=True):
    id: str
    """The model's id or a unique prefix."""


class EvaluationQuery(Struct, frozen=True, kw_only=True):
    id: str
    dataset: str = ""
    """One of the evaluation's `datasets`; the one with the most labels when empty."""
    output: Annotated[int, Meta(ge=0, le=MAX_OUTPUT)] = 0
    """One of several outputs."""


class SimilarQuery(Struct, frozen=True, kw_only=True):
    id: str
    by: Annotated[str, Meta(pattern=f"^({'|'.join(MEASURES)})$")] = MEASURES[0]
    """What is compared."""
    limit: Annotated[int, Meta(ge=1, le=100)] = 10


@endpoints.get("/models/{id}", ModelDetail, ModelQuery)
def model(state: State, query: ModelQuery) -> ModelDetail:
    """Everything about one model."""
    return model_detail(state.source, query.id)


@endpoints.get("/models/{id}/evaluation", Evaluation, EvaluationQuery)
def evaluation(state: State, query: EvaluationQuery) -> Evaluation:
    """Confusion, curves, calibration or residuals from stored predictions."""
    return model_evaluation(state.source, state.sql, query.id, query.dataset, query.output)


@endpoints.get("/models/{id}/similar", SimilarModels, SimilarQuery)
def similar(state: State, query: SimilarQuery) -> SimilarModels:
    """The models nearest to one: by hyperparameters, parts, weights or predictions."""
    return similar_models(state.source, state.similar, query.id, query.by, query.limit)
