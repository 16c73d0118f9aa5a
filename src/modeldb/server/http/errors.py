"""Every error as an HTTP answer: the one table that maps them."""

from __future__ import annotations

from modeldb import errors
from modeldb.server.http.schemas import ErrorBody, Problem


class HTTPError(errors.ModelDBError):
    """A request the interface refuses before it reaches the database."""

    def __init__(self, status: int, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.hint = hint


TABLE: tuple[tuple[type[BaseException], int, str], ...] = (
    # The first that fits, so the special before the general.
    (errors.NotFound, 404, "not_found"),
    (errors.Ambiguous, 409, "ambiguous"),
    (errors.QueryTimeout, 408, "query_timeout"),
    (errors.QueryError, 400, "query_failed"),
    (errors.InvalidInput, 400, "invalid_input"),
    (errors.StoreTooNew, 503, "store_too_new"),
    (errors.StoreReadOnly, 403, "read_only"),
    (errors.StoreDamaged, 500, "store_damaged"),
    (errors.StoreError, 503, "store_unavailable"),
    (errors.MissingDependency, 503, "not_installed"),
    (errors.ModelDBError, 500, "failed"),
)


def problem(error: BaseException) -> tuple[int, Problem]:
    """The status and body for an error.

    What is not ours is a 500 that does not say more than its type: its text may hold anything.
    """
    if isinstance(error, HTTPError):
        return error.status, Problem(error=ErrorBody(code=error.code, message=str(error), hint=error.hint))
    position = getattr(error, "position", None)
    for kind, status, code in TABLE:
        if isinstance(error, kind):
            hint = getattr(error, "hint", None)
            name = "invalid_filter" if position is not None and code == "invalid_input" else code
            body = ErrorBody(code=name, message=str(error), hint=hint, position=position)
            return status, Problem(error=body)
    message = f"Something went wrong on the server ({type(error).__name__})."
    hint = "The server's log says where; please report it."
    return 500, Problem(error=ErrorBody(code="internal", message=message, hint=hint))
