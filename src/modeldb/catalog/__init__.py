"""The relational database: its tables, how records become rows, how journals reach it."""

from modeldb.catalog.catalog import Catalog, Cursor
from modeldb.catalog.drain import DrainReport, Problem, drain, waiting
from modeldb.catalog.opening import open_catalog

__all__ = ["Catalog", "Cursor", "DrainReport", "Problem", "drain", "open_catalog", "waiting"]
