"""Arguments without the id of their action, and no index entries for what is not there."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

Flag = sa.Boolean().with_variant(sa.Integer(), "sqlite")
Long = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Number: sa.Double[float] = sa.Double().with_variant(sa.REAL(), "sqlite")

SPARSE = (
    ("ix_actions_parent_id", "actions", "parent_id", "parent_id IS NOT NULL"),
    ("ix_actions_recipe_key", "actions", "recipe_key", "recipe_key IS NOT NULL"),
    ("ix_actions_value_key", "actions", "value_key", "value_key IS NOT NULL"),
    ("ix_runs_client_id", "runs", "client_id", "status = 'running'"),
)


def upgrade() -> None:
    op.drop_index("ix_action_params_entry", "action_params")
    op.rename_table("action_params", "action_params_before")
    op.create_table(
        "action_params",
        sa.Column("entry", Long, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("value_double", Number, nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("is_default", Flag, nullable=False),
        sa.PrimaryKeyConstraint("entry", "position"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO action_params (entry, position, name, value, value_double, type, is_default) "
        "SELECT a.entry, row_number() OVER (PARTITION BY a.entry ORDER BY p.name) - 1, "
        "p.name, p.value, p.value_double, p.type, p.is_default "
        "FROM action_params_before p JOIN actions a USING (action_id)"
    )
    op.drop_table("action_params_before")
    for name, table, column, condition in SPARSE:
        op.drop_index(name, table)
        where = sa.text(condition)
        op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)
