"""The shape of every replicated table: its columns, their kinds, and (with a star) its key.

Written out rather than read off the catalog's schema: that would load SQLAlchemy, which takes longer than most
questions, and only a person knows which text repeats (a `word`, kept as a dictionary) and which does not. A test
compares this list with the schema.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True)
class Shape:
    """The shape of one replicated table."""

    name: str
    columns: tuple[tuple[str, str], ...]
    """(name, kind); see `columns.column` for the kinds."""
    key: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """Changes when the columns do."""
        return ",".join(f"{name}:{kind}" for name, kind in self.columns)

    @property
    def source(self) -> str:
        """What its rows are selected from."""
        return _SOURCES.get(self.name, self.name)

    @property
    def appends_only(self) -> bool:
        """True when a row is never touched again: its key holds the entry that brought it."""
        return "entry" in self.key

    def schema(self) -> pyarrow.Schema:
        import pyarrow as pa

        from modeldb.query.columns import arrow_type

        return pa.schema([pa.field(name, arrow_type(kind)) for name, kind in self.columns])


def _shape(name: str, text: str) -> Shape:
    fields = [field.split(":") for field in text.split()]
    return Shape(
        name,
        tuple((column.rstrip("*"), kind) for column, kind in fields),
        tuple(column.rstrip("*") for column, _ in fields if column.endswith("*")),
    )


_SOURCES = {"action_params": "action_params JOIN actions USING (entry)"}
"""Tables whose rows are followed with something of the row they belong to."""

_COLUMNS = {
    "action_inputs": """
        action_id*:text position*:int role:word artifact_id:word artifact_kind:word producer_id:text
        inferred:bool changed:bool columns:text entry:int
    """,
    "action_outputs": """
        action_id*:text position*:int role:word artifact_id:word artifact_kind:word entry:int
    """,
    "action_params": """
        entry*:int position*:int action_id:text name:word value:word value_double:float type:word is_default:bool
    """,
    "actions": """
        action_id*:text run_id:word seq:int parent_id:word depth:int kind:word operation:word library:word
        status:word error:text file:word line:int code:text rng:text started_at:time duration_s:float
        recipe_key:text value_key:text inferred:bool extra:text entry:int
    """,
    "annotations": """
        target_id*:word kind*:word key*:word value:text author:word at:time entry:int
    """,
    "dataset_columns": """
        dataset_id*:word position*:int name:word dtype:word digest:text n_null:int n_distinct:int min:float
        max:float min_text:text max_text:text mean:float std:float entry:int
    """,
    "datasets": """
        dataset_id*:text digest:text name:word source:word container:word n_rows:int n_columns:int weak:bool
        kept:bool kept_digests:text stored_bytes:int rows_digest:text first_seen_run:word created_at:time
        entry:int
    """,
    "environments": """
        environment_id*:text value:text entry:int
    """,
    "experiments": """
        experiment_id*:text project_id:word name:word description:text author:word created_at:time entry:int
    """,
    "features": """
        model_id*:word position*:int name:word importance:float coefficient:float entry:int
    """,
    "files": """
        file_id*:word path*:word size:int digest:text weak:bool first_seen_run:word entry:int
    """,
    "hyperparameters": """
        model_id*:word name*:word value:word value_double:float type:word is_default:bool entry:int
    """,
    "metrics": """
        entry*:int position*:int run_id:word action_id:text model_id:word dataset_id:word name:word label:word
        value:float step:int logged_at:time
    """,
    "model_parts": """
        model_id*:word position*:int path:word type:word dtype:word shape:word digest:text size_bytes:int
        min:float max:float mean:float std:float norm:float entry:int
    """,
    "models": """
        model_id*:text run_id:word project_id:word action_id:text parent_model_id:word role:word name:word
        type:word qualified_type:word library:word library_version:word problem_type:word spec_id:word
        train_dataset_id:word n_features:int digest:text size_bytes:int stored_bytes:int store_error:text
        version_id:word summary:text created_at:time entry:int
    """,
    "prediction_sets": """
        set_id*:text model_id:word dataset_id:word action_id:text run_id:word method:word digest:text n_rows:int
        n_labelled:int n_correct:int size_bytes:int entry:int
    """,
    "projects": """
        project_id*:text name:word description:text author:word created_at:time entry:int
    """,
    "run_code": """
        run_id*:word position*:int path:word kind:word digest:text size:int entry:int
    """,
    "runs": """
        run_id*:text project_id:word experiment_id:word parent_run_id:word name:word status:word started_at:time
        ended_at:time user:word host:word pid:int command:text script:word cwd:text python:word git_commit:word
        git_branch:word git_dirty:bool environment_id:word exit_code:int error:text client_id:word entry:int
    """,
}

SHAPES = {name: _shape(name, text) for name, text in _COLUMNS.items()}
"""Every replicated table by name."""
