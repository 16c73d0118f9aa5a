"""Views, queries and charts somebody saved under a name, for everybody who uses the store."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from modeldb.server.http.endpoint import Endpoints
from modeldb.server.http.schemas import SavedItem, SavedList, SaveRequest
from modeldb.server.http.state import State
from modeldb.server.pages import saved

endpoints = Endpoints()

Kind = Annotated[str, Meta(pattern=f"^({'|'.join(saved.KINDS)})$")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]


class KindQuery(Struct, frozen=True, kw_only=True):
    kind: Kind


class ItemQuery(Struct, frozen=True, kw_only=True):
    kind: Kind
    name: Name


@endpoints.get("/saved/{kind}", SavedList, KindQuery)
def saved_list(state: State, query: KindQuery) -> SavedList:
    """Everything saved of one kind, by name."""
    return SavedList(items=saved.saved_items(state.source, query.kind))


@endpoints.get("/saved/{kind}/{name}", SavedItem, ItemQuery)
def saved_item(state: State, query: ItemQuery) -> SavedItem:
    """One saved thing."""
    return saved.saved_item(state.source, query.kind, query.name)


@endpoints.put("/saved/{kind}/{name}", SavedItem, SaveRequest, ItemQuery)
def save(state: State, query: ItemQuery, body: SaveRequest) -> SavedItem:
    """Saves under a name; what was there is replaced."""
    state.write([saved.saving(query.kind, query.name, body.value, state.user)])
    return saved.saved_item(state.source, query.kind, query.name)


@endpoints.delete("/saved/{kind}/{name}", SavedItem, ItemQuery)
def forget(state: State, query: ItemQuery) -> SavedItem:
    """Takes a saved thing away and gives it back one last time."""
    item = saved.saved_item(state.source, query.kind, query.name)
    state.write([saved.forgetting(query.kind, query.name, state.user)])
    return item
