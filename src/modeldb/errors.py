"""Every error ModelDB raises.

ModelDBError
├── NotFound (LookupError)            no such run, model, dataset, object
├── Ambiguous (LookupError)           a prefix that names several things
├── InvalidInput (ValueError)         a value we cannot use
├── QueryError (ValueError)           the SQL is wrong; says what was probably meant
│   └── QueryTimeout (TimeoutError)
├── StoreError (OSError)
│   ├── StoreTooNew                   written by a later version
│   ├── StoreReadOnly (PermissionError)
│   └── StoreDamaged                  bytes that are not what they were
├── NotCapturable (TypeError)         a value that cannot be written down
├── UntrustedObject (PermissionError) loading it could run code from a store that is not yours
└── MissingDependency (ImportError)   an extra is not installed

try:
    model = db.model("m-3f9a").load()
except modeldb.errors.ModelDBError as error:
    print(error)        # the value, the reason, the next step
"""

from __future__ import annotations


class ModelDBError(Exception):
    """Anything ModelDB raises on purpose."""


class NotFound(ModelDBError, LookupError):
    """Nothing has this name."""


class Ambiguous(ModelDBError, LookupError):
    """Several things have this prefix."""


class InvalidInput(ModelDBError, ValueError):
    """A value that cannot be used."""


class QueryError(ModelDBError, ValueError):
    """The SQL cannot be run."""


class QueryTimeout(QueryError, TimeoutError):
    """The query took longer than its limit."""


class StoreError(ModelDBError, OSError):
    """The store cannot be used as it is."""


class StoreTooNew(StoreError):
    """The store was written by a later version of ModelDB."""


class StoreReadOnly(StoreError, PermissionError):
    """The store cannot be written to."""


class StoreDamaged(StoreError):
    """Bytes in the store are not what they were when written."""


class NotCapturable(ModelDBError, TypeError):
    """A model that holds something which cannot be written down (an open file, a lock, a generator)."""


class UntrustedObject(ModelDBError, PermissionError):
    """Loading this object could run code, and its store is not known to be yours."""


class MissingDependency(ModelDBError, ImportError):
    """An optional part is not installed."""
