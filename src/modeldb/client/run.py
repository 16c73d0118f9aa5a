"""`with modeldb.run("baseline") as run:` gives a part of a program a name and a place for what it logs."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from modeldb.client import complaints, outcome, switch, values
from modeldb.client.scope import open_scope
from modeldb.client.session import Session, current
from modeldb.core import ids
from modeldb.core.actions import Action, Annotated, Metrics
from modeldb.errors import InvalidInput, ModelDBError


def run(
    name: str | None = None,
    *,
    project: str | None = None,
    experiment: str | None = None,
    tags: Mapping[str, str] | None = None,
    store: str | os.PathLike[str] | None = None,
    keep_models: bool | None = None,
) -> Run:
    """A run, to be used in a `with` statement: it begins there and ends at the block's end.

    Inside a run that is under way (a script started by `modeldb run`) it is a run of its own whose parent is that
    one, in the same store. Runs of several threads at once cannot be told apart; use processes.
    """
    return Run(name, project, experiment, tags, store, keep_models)


class Run:
    """What a `with modeldb.run()` block logs to. Nothing here raises because a store is out of order."""

    run_id: str | None = None
    """None while nothing is recorded."""

    def __init__(
        self,
        name: str | None,
        project: str | None,
        experiment: str | None,
        tags: Mapping[str, str] | None,
        store: str | os.PathLike[str] | None,
        keep_models: bool | None,
    ) -> None:
        self.name = name
        self._project = project
        self._experiment = experiment
        self._tags = dict(tags or {})
        self._store = store
        self._keep_models = keep_models
        self._session: Session | None = None
        self._depth = 0

    # the block -------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Run:
        if self._session is not None:
            raise InvalidInput("This run is under way already. Ask modeldb.run() for another one.")
        session = current()
        try:
            session = self._begin_alone() if session is None else self._begin_inside(session)
        except ModelDBError as error:
            complaints.not_recorded(error)
            return self
        self._session = session
        self._depth = session.depth
        self.run_id = session.run_id
        return self

    def _begin_alone(self) -> Session:
        return switch.start(
            project=self._project,
            experiment=self._experiment,
            name=self.name,
            tags=self._tags,
            store=self._store,
            keep_models=self._keep_models,
        )

    def _begin_inside(self, session: Session) -> Session:
        around = session.scope
        scope = open_scope(
            session.settings.with_names(
                project=self._project or around.project,
                experiment=self._experiment or around.experiment,
                name=self.name or around.name,
            ),
            script=around.script,
            command=around.command,
            parent_run_id=around.run_id if session.has_begun(around) else around.parent_run_id,
        )
        session.begin_run(scope)
        session.tag(self._tags)
        return session

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        session, self._session = self._session, None
        if session is None or session is not current() or session.depth < self._depth:
            return  # recording was switched off inside the block, which has ended the run
        end = outcome.Outcome("finished") if error is None else outcome.of_exception(error)
        while session.depth > max(self._depth, 1):
            session.end_run(end.status, None, end.error)
        if self._depth > 1:
            session.end_run(end.status, None, end.error)
        else:
            switch.pause(end.status, None, end.error)

    # what is said ----------------------------------------------------------------------------------------------------

    def log_param(self, name: str, value: Any) -> None:
        """Keep a parameter of the run: anything chosen beforehand."""
        self.log_params({name: value})

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Keep several parameters at once."""
        session = self._session
        if session is None:
            return
        try:
            described = [values.describe(str(name), value) for name, value in params.items()]
        except Exception as error:
            session.failed("log_params", error)
            return
        session.append(
            Action(
                action_id=ids.new_action_id(),
                run_id=session.run_id,
                seq=session.next_seq(),
                parent_id=None,
                depth=0,
                kind="log",
                operation="modeldb.log_params",
                library="modeldb",
                status="ok",
                started_at=ids.now(),
                duration_s=0.0,
                params=described,
            )
        )

    def log_metric(self, name: str, value: float, step: int | None = None) -> None:
        """Keep a measured value."""
        session = self._session
        if session is not None:
            session.append(Metrics(session.run_id, time.time(), [name], [float(value)], step))

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Keep the values of one step, in one write."""
        session = self._session
        if session is not None:
            session.append(Metrics(session.run_id, time.time(), list(metrics), [*map(float, metrics.values())], step))

    def tag(self, key: str, value: str = "") -> None:
        """Tag the run. A later value for the same key replaces the earlier one."""
        if self._session is not None:
            self._session.tag({key: value})

    def note(self, text: str) -> None:
        """Write a note on the run; earlier ones stay."""
        session = self._session
        if session is not None:
            # The key of a note is only there to tell it from the others.
            session.append(Annotated(session.run_id, "note", ids.new_action_id(), text, session.scope.user, ids.now()))

    def log_dataset(
        self, value: Any, name: str | None = None, *, key: str | Sequence[str] | None = None
    ) -> str | None:  # fmt: skip
        """Record a table or array, and keep it under this name; its dataset id.

        `key` names the column or columns that say which example a row is, here and in all that is made of it. Raises
        InvalidInput for a column that is not there.
        """
        dataset_id: str | None = self._record("log_dataset", value, name, [key] if isinstance(key, str) else key)
        return dataset_id

    def log_model(self, model: Any, name: str | None = None) -> str | None:
        """Record a fitted model nobody saw being fitted; its model id."""
        model_id: str | None = self._record("log_model", model, name)
        return model_id

    def log_predictions(self, model: Any, dataset: Any, predictions: Any, truth: Any = None) -> None:
        """Record what a model said about the rows of a dataset, and what is true of them if that is known."""
        self._record("log_predictions", model, dataset, predictions, truth)

    def _record(self, function: str, *args: Any) -> Any:
        session = self._session
        if session is None:
            return None
        from modeldb.client import explicit

        return getattr(explicit, function)(*args)
