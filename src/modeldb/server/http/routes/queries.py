"""SQL on the public views."""

from __future__ import annotations

import time

from modeldb.server.http.endpoint import Endpoints, NoQuery
from modeldb.server.http.respond import plain
from modeldb.server.http.schemas import QueryRequest, QueryResult, ResultColumn, SchemaInfo
from modeldb.server.http.state import State
from modeldb.server.pages.schema import schema_info

endpoints = Endpoints()


@endpoints.post("/query", QueryResult, QueryRequest)
def query(state: State, query: NoQuery, body: QueryRequest) -> QueryResult:
    """The rows of one SELECT, run in a separate process that can reach nothing else."""
    begun = time.perf_counter()
    result = state.untrusted_sql(body.sql, body.params, limit=body.limit, timeout_s=body.timeout_s)
    types = [str(type) for type in result.arrow().schema.types]
    return QueryResult(
        columns=[ResultColumn(name=n, type=sql_type(t)) for n, t in zip(result.columns, types, strict=True)],
        rows=[[plain(value) for value in row] for row in result],
        truncated=result.truncated,
        elapsed_ms=round((time.perf_counter() - begun) * 1000, 2),
    )


@endpoints.get("/schema", SchemaInfo)
def schema(state: State, query: NoQuery) -> SchemaInfo:
    """The public views and their columns, with a sentence for each."""
    return schema_info()


def sql_type(arrow: str) -> str:
    """The SQL name of an Arrow type, for people."""
    names = {
        "string": "VARCHAR", "large_string": "VARCHAR", "double": "DOUBLE", "float": "FLOAT", "bool": "BOOLEAN",
        "int64": "BIGINT", "int32": "INTEGER", "int16": "SMALLINT", "int8": "TINYINT", "uint64": "UBIGINT",
        "date32[day]": "DATE", "binary": "BLOB", "null": "NULL",
    }  # fmt: skip
    if arrow.startswith("timestamp"):
        return "TIMESTAMP"
    if arrow.startswith("dictionary"):
        return "VARCHAR"
    return names.get(arrow, arrow.upper())
