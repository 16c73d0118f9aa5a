"""SQL, saved things, changes, and news."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Id = Annotated[str, Meta(min_length=1, max_length=200)]


class QueryRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    sql: Annotated[str, Meta(min_length=1, max_length=100_000)]
    params: list[Any] = []
    """Values for `?` in the statement: null, booleans, numbers, strings."""
    limit: Annotated[int, Meta(ge=1, le=100_000)] = 1000
    """The most rows to send back."""
    timeout_s: Annotated[float, Meta(gt=0, le=300)] = 30.0


class ResultColumn(Struct, frozen=True, kw_only=True):
    name: str
    type: str
    """DuckDB's name of the type: `VARCHAR`, `DOUBLE`, `BIGINT`, `TIMESTAMP`."""


class QueryResult(Struct, frozen=True, kw_only=True):
    columns: list[ResultColumn]
    rows: list[list[Any]]
    """Aligned with `columns`. Dates are ISO text; bytes are hexadecimal; integers beyond 2^53 are text."""
    truncated: bool
    """True when there are more rows than `limit`."""
    elapsed_ms: float


class ViewColumn(Struct, frozen=True, kw_only=True):
    name: str
    type: str
    doc: str | None = None


class ViewInfo(Struct, frozen=True, kw_only=True):
    name: str
    doc: str | None
    columns: list[ViewColumn]


class SchemaInfo(Struct, frozen=True, kw_only=True):
    """The public views, for completion and for reading."""

    views: list[ViewInfo]
    examples: list[SqlExample]


class SqlExample(Struct, frozen=True, kw_only=True):
    title: str
    sql: str


class SavedItem(Struct, frozen=True, kw_only=True):
    kind: str
    """`view`, `query` or `chart`."""
    name: str
    value: Any
    """Whatever the page needs to show it again."""
    author: str
    at: float


class SavedList(Struct, frozen=True, kw_only=True):
    items: list[SavedItem]


class SaveRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    value: Any


class AnnotationChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One tag, note or hiding, for any number of targets."""

    targets: Annotated[list[Id], Meta(min_length=1, max_length=10_000)]
    kind: Annotated[str, Meta(pattern="^(tag|note|hide)$")]
    key: Annotated[str, Meta(max_length=200)] = ""
    """The tag's key. For a note, the key of one to replace; a new note when empty. Not used to hide."""
    value: Annotated[str, Meta(max_length=100_000)] | None = None
    """Null takes the tag or note away, or shows what was hidden; to hide, any text."""


class AnnotationRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    changes: Annotated[list[AnnotationChange], Meta(min_length=1, max_length=1000)]


class AnnotationResult(Struct, frozen=True, kw_only=True):
    entry: int
    """The store's entry with these changes in it."""
    changed: int


class Event(Struct, frozen=True, kw_only=True):
    """News: something landed in the store. The event's id is `entry`, so a client resumes from there."""

    entry: int
    tables: list[str]
    """Tables of the catalog that changed: `runs`, `models`, `metrics`, `annotations`."""
    run_ids: list[str]
    """Runs that changed; empty with `many` when there are more than 100."""
    many: bool = False
