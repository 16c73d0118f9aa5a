"""Alembic runs this; the connection, with its transaction begun, comes from `catalog.migrate`."""

from alembic import context

from modeldb.catalog.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
