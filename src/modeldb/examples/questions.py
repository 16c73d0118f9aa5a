"""Questions about examples: every one is a few lines of SQL on the public views, and says so.

The statement is the `sql` of the result, to start one's own from. Where the label matrix has the answer, it is read
there and the statement is not run: see `direct.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from modeldb.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    import pyarrow

    from modeldb.examples.direct import Direct
    from modeldb.examples.reading import Answers
    from modeldb.examples.tables import Tables

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

Resolve = Callable[..., "tuple[str, str]"]
"""`Database.resolve`: a text and the kinds it may be, to (kind, id)."""


class Run(Protocol[R_co]):
    """Gives the result of a statement: by running it, or from a table that is what it gives."""

    def __call__(self, sql: str, table: pyarrow.Table | None = None) -> R_co: ...


class Examples(Generic[R]):
    """What models said about single examples.

    Models and datasets are named by id, unique prefix, name or tag. Without `dataset` the one most of the models
    have predictions on is meant; of several, the newest.
    """

    def __init__(
        self, tables: Callable[[], Tables], direct: Callable[[], Direct], run: Run[R], resolve: Resolve
    ) -> None:
        self._tables = tables
        self._direct = direct
        self._run = run
        self._resolve = resolve

    def disagree(self, a: str, b: str, *, dataset: str | None = None) -> R:
        """The examples about which two models say different things.

        Columns: row, example, label, a, b.
        """
        first, second = self._models([a, b])
        where = self._dataset(dataset, [first, second])
        return self._run(
            f'SELECT "row", example, label, "{first}" AS a, "{second}" AS b\n'
            f"FROM predicted('{where} {first} {second}')\n"
            f'WHERE "{first}" <> "{second}"',
            self._direct().disagree(where, first, second),
        )

    def always_wrong(self, models: Sequence[str] | None = None, *, dataset: str | None = None) -> R:
        """The examples that every one of these models gets wrong; all models by default.

        Columns: row, example, label.
        """
        chosen = self._models(models)
        where = self._dataset(dataset, chosen)
        return self._run(
            f"SELECT \"row\", example, label\nFROM difficulty('{_target(where, chosen)}')\n"
            "WHERE n_right = 0 AND n_models > 0",
            self._direct().always_wrong(where, chosen),
        )

    def example(self, **key: Any) -> int:
        """The identity of the example with this key: `db.examples.example(customer_id=1042)`.

        For datasets whose examples are named by key columns; see the setting `example_key`.
        """
        from modeldb.objects.columns import key_digest

        if not key:
            raise InvalidInput("An example is named by its key: db.examples.example(customer_id=1042).")
        return key_digest(key)

    def history(self, example: int | str, *, dataset: str | None = None) -> R:
        """What every model said about one example, oldest first, in whatever datasets it is.

        `example` is the identity in the column of that name or, with `dataset`, a row of that dataset.
        Columns: model_id, type, created_at, dataset_id, row, label, prediction, correct, output.
        """
        try:
            number = int(example)
        except ValueError:
            raise InvalidInput(
                f"{example!r} is no example: give a number of the column `example`, or db.examples.example(key=…)."
            ) from None
        places = self._tables().find(number) if dataset is None else [(self._dataset(dataset, []), number)]
        if not places:
            raise NotFound(f"No model has kept predictions about the example {example}. See the column `example`.")
        selects = [f"SELECT * FROM history('{id} {row:d}')" for id, row in places]
        sql = "\nUNION ALL\n".join(selects) + '\nORDER BY created_at, model_id, output, dataset_id, "row"'
        return self._run(sql, self._direct().history(places))

    def slice(self, models: Sequence[str] | None = None, *, by: str, dataset: str | None = None) -> R:
        """How often each model is right, for every value of a column of the kept rows.

        Columns: the column, model_id, n (examples with a label), accuracy; the best model of every slice first.
        """
        chosen = self._models(models)
        where = self._dataset(dataset, chosen)
        column = '"' + by.replace('"', '""') + '"'
        target = f"{_target(where, chosen)} by {by}".replace("'", "''")
        return self._run(
            f"SELECT slice AS {column}, model_id, n, n_right / nullif(n, 0) AS accuracy\nFROM slices('{target}')\n"
            "ORDER BY slice, accuracy DESC, model_id"
        )

    def confusion(self, model: str, *, dataset: str | None = None, output: int = 0) -> R:
        """How often the model took which class for which; of a model with several outputs, in one of them.

        Columns: label, prediction, n.
        """
        (chosen,) = self._models([model])
        where = self._dataset(dataset, [chosen])
        return self._run(
            "SELECT label, prediction, count(*) AS n\nFROM predictions\n"
            f"WHERE model_id = '{chosen}' AND dataset_id = '{where}' AND output = {output:d} AND label IS NOT NULL\n"
            "GROUP BY ALL ORDER BY ALL"
        )

    def which(self, models: Sequence[str] | None, dataset: str | None) -> tuple[list[str], str]:
        """Full ids of the models and the dataset that are meant; of models by default all with predictions there."""
        chosen = self._models(models)
        tables = self._tables()
        dataset_id = _shared(tables.answers(), chosen) if dataset is None else self._resolve(dataset, "dataset")[1]
        return chosen or [answers.model_id for answers in tables.on(dataset_id)], dataset_id

    def _models(self, models: Sequence[str] | None) -> list[str]:
        if isinstance(models, str):
            raise InvalidInput(f"{models!r} is one text; give a list of models: [{models!r}].")
        if models is not None and not len(models):
            raise InvalidInput("The list of models is empty; leave it out for all of them.")
        known = {answers.model_id for answers in self._tables().answers()}  # hundreds of ids are not looked up singly
        return [model if model in known else self._resolve(model, "model")[1] for model in models or ()]

    def _dataset(self, dataset: str | None, models: Sequence[str]) -> str:
        """The dataset meant, on which all of the models have predictions."""
        tables = self._tables()
        if dataset is not None:
            dataset_id = self._resolve(dataset, "dataset")[1]
            there = {answers.model_id for answers in tables.on(dataset_id)}
            missing = [model for model in models if model not in there]
            if missing or not there:
                who = missing[0] if missing else "any model"
                raise NotFound(f"No predictions of {who} on {dataset_id} are kept. db.evaluate makes them.")
            return dataset_id
        return _shared(tables.answers(), models)


def _target(dataset_id: str, models: Sequence[str]) -> str:
    """The argument of a table function about these models, or all."""
    return " ".join([dataset_id, *models])


def _shared(answers: Sequence[Answers], models: Sequence[str]) -> str:
    """The dataset with predictions of all these models, and of those the one with most models, the newest of them."""
    held: dict[str, set[str]] = {}
    for found in answers:
        held.setdefault(found.dataset_id, set()).add(found.model_id)
    fitting = [(len(there), at, dataset_id) for at, (dataset_id, there) in enumerate(held.items())
               if there.issuperset(models)]  # fmt: skip
    if not fitting:
        whose = " and ".join(models) if models else "any model"
        raise NotFound(f"There is no dataset with kept predictions of {whose}. db.evaluate makes them.")
    return max(fitting)[2]
