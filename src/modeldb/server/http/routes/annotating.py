"""Tags, notes and hiding."""

from __future__ import annotations

from modeldb.server.http.endpoint import Endpoints, NoQuery
from modeldb.server.http.schemas import AnnotationRequest, AnnotationResult
from modeldb.server.http.state import State

endpoints = Endpoints()


@endpoints.post("/annotations", AnnotationResult, AnnotationRequest)
def annotate(state: State, query: NoQuery, body: AnnotationRequest) -> AnnotationResult:
    """Sets or takes away tags and notes, hides or shows; any number of targets at once."""
    changed = state.annotate(body.changes)
    return AnnotationResult(entry=state.source.last_entry(), changed=changed)
