"""scikit-learn's public functions: metrics, splitters, loaders, cross-validation and the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import FunctionType, ModuleType
from typing import Any

from modeldb.client import estimators, values
from modeldb.client.call import Call
from modeldb.client.hooks import Children, Hook
from modeldb.client.origins import Known
from modeldb.integrations.patching import innermost, plain_function
from modeldb.integrations.sklearn import search
from modeldb.objects import columns

PREDICTED_ROLES = (
    "y_pred", "y_score", "y_prob", "y_proba", "y_hat", "pred_decision", "labels", "labels_pred", "probas_pred",
)  # fmt: skip
"""The arguments that hold what a model said, in the order they are asked."""

MAX_PARTS = 64
"""Arrays read of an argument that is a tuple or list of them."""


SCORERS = ("sklearn.metrics._scorer", "sklearn.utils._response")
"""Where scorers ask a model and judge its answer, for the script that called them unless another call is around."""


class SklearnHook(Hook):
    """A function or method of scikit-learn, or of a library built on it."""

    from_library = "sklearn"

    def is_internal(self, module: str) -> bool:
        return module not in SCORERS and super().is_internal(module)


class Function(SklearnHook):
    """A function of a library: its tables are inputs, its other arguments parameters, the tables it makes outputs."""

    def __init__(self, kind: str, operation: str, names: tuple[str, ...] = ()) -> None:
        self.kind, self.operation, self.names = kind, operation, names
        self.library = operation.split(".")[0]

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        arguments = [(self.names[i] if i < len(self.names) else f"arrays[{i}]", value) for i, value in enumerate(args)]
        for name, value in [*arguments, *kwargs.items()]:
            self.argument(call, name, value)
        if self.kind in ("split", "read") and not any(p.name == "random_state" and p.value for p in call.params):
            call.rng = _global_state(self.names)

    def argument(self, call: Call, name: str, value: Any) -> None:
        if is_data(name, value):
            if call.input(name, value) is not None:
                return
        elif values.is_estimator(value) and call.recorder.models.get(value) is not None:
            call.model = call.recorder.model_of(call, value)
            if call.model is not None:
                call.input_model(name, call.model)
                return
        elif isinstance(value, (tuple, list)) and value and all(_is_array(part) for part in value):
            for i, part in enumerate(value[:MAX_PARTS]):
                call.input(f"{name}[{i}]", part)
            return
        call.param(name, value)

    def finish(self, call: Call, result: Any) -> None:
        outputs(call, result)


def outputs(call: Call, result: Any, *, source: str | None = None, about: tuple[str, str] | None = None) -> None:
    """Every table in a result: itself, or the members of a tuple, a list of arrays or a mapping."""
    if isinstance(result, dict):
        for name, value in result.items():
            if _is_array(value) or name in ("data", "target"):
                call.output(str(name), value, source=source, about=about)
    elif isinstance(result, tuple) or (isinstance(result, list) and any(_is_array(part) for part in result)):
        for i, part in enumerate(result):
            call.output(f"return[{i}]", part, source=source, about=about)
    else:
        call.output("return", result, source=source, about=about)


_NOT_DATA = frozenset({"scoring", "classes", "param_range", "train_sizes", "features", "categories", "options"})


def is_data(role: str, value: Any) -> bool:
    """True for what an argument's name and value say is data, and not a short list of options."""
    return role not in _NOT_DATA and columns.is_tabular(value)


def _is_array(value: Any) -> bool:
    return hasattr(value, "shape") or hasattr(value, "columns")


class TrainTestSplit(Function):
    """`train_test_split(X, y)`: pairs of parts, the training one first."""

    def finish(self, call: Call, result: Any) -> None:
        given = [i.role for i in call.inputs]
        for i, part in enumerate(result):
            whole = given[i // 2] if i // 2 < len(given) else str(i // 2)
            known = call.known.get(whole)
            call.output(f"{'train' if i % 2 == 0 else 'test'}:{whole}", part, about=known.about if known else None)


class Metric(Function):
    """A function that measures: its number is linked to the model and the dataset that it judges."""

    def finish(self, call: Call, result: Any) -> None:
        call.about = self._about(call)
        name = self.operation.rpartition(".")[2]
        for label, number in _numbers(name, result):
            self._measure(call, name, label, number)
        if _is_array(result) or isinstance(result, tuple):
            outputs(call, result, about=call.about)

    def _about(self, call: Call) -> tuple[str, str] | None:
        """The model that is judged, and the dataset it is judged on."""
        predicted = self._predicted(call)
        if predicted is not None and predicted.about is not None:
            model_id, dataset_id = predicted.about
            return model_id, dataset_id or next(iter(call.known.values())).dataset_id
        data = call.known.get("X")
        return (call.model.model_id, data.dataset_id if data else "") if call.model is not None else None

    def _predicted(self, call: Call) -> Known | None:
        """The input that holds what a model said."""
        judged = [call.known[role] for role in PREDICTED_ROLES if role in call.known]
        rest = [known for role, known in call.known.items() if role not in ("y_true", "labels_true")]
        for known in [*judged, *rest, *call.known.values()]:
            if known.about is not None:
                return known
        return None

    def _measure(self, call: Call, name: str, label: str | None, number: float) -> None:
        call.metric(name, number, label=label)


class Report(Metric):
    """`classification_report`: a text for people, or a mapping of the same numbers."""

    def _measure(self, call: Call, name: str, label: str | None, number: float) -> None:
        super()._measure(call, label.rpartition(":")[2] if label else name, label.rpartition(":")[0] or None, number)


_PARTS = {
    "precision_recall_fscore_support": ("precision", "recall", "fscore", "support"),
    "sensitivity_specificity_support": ("sensitivity", "specificity", "support"),
}
"""What a metric's tuple holds, number by number or class by class."""


def _numbers(name: str, result: Any) -> Iterable[tuple[str | None, float]]:
    """The numbers in a metric's result, with what tells them apart."""
    if isinstance(result, (bool, int, float)) or getattr(result, "shape", None) == ():
        yield None, float(result)
    elif isinstance(result, dict):
        for key, value in result.items():
            for label, number in _numbers(name, value):
                yield f"{key}:{label}" if label else str(key), number
    elif isinstance(result, str) and name.startswith("classification_report"):
        yield from _report_numbers(result)
    elif isinstance(result, tuple) and name in _PARTS:
        for part, value in zip(_PARTS[name], result, strict=False):
            for label, number in _numbers(name, value) if value is not None else ():
                yield f"{part}:{label}" if label else part, number
    elif isinstance(result, tuple) and result and all(isinstance(part, float) for part in result):
        parts = ("homogeneity", "completeness", "v_measure") if len(result) == 3 else map(str, range(len(result)))
        for part, value in zip(parts, result, strict=False):
            yield part, float(value)
    elif getattr(result, "ndim", None) == 1 and len(result) <= 64 and name.endswith(("_score", "_error", "_loss")):
        for i, value in enumerate(result.tolist()):
            yield str(i), float(value)


def _report_numbers(text: str) -> Iterable[tuple[str, float]]:
    """The numbers of a printed classification report, as `class:precision`."""
    lines = [line for line in text.splitlines() if line.strip()]
    measures = lines[0].split() if lines else []
    for line in lines[1:]:
        cells = line.split()
        if "accuracy" in cells[:1] and len(cells) == 3:
            yield ":accuracy", float(cells[1])
        elif len(cells) > len(measures):
            label = " ".join(cells[: -len(measures)])
            for measure, cell in zip(measures, cells[-len(measures) :], strict=True):
                yield f"{label}:{measure}", float(cell)


class CrossValidation(Function):
    """`cross_val_score` and its like: an unfitted estimator, data, and a score for every fold."""

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        call.subject = kwargs.get("estimator", args[0] if args else None)
        super().start(call, args, kwargs)
        call.rng = estimators.seed(call.subject) if values.is_estimator(call.subject) else None

    def finish(self, call: Call, result: Any) -> None:
        predicts = self.operation.endswith("cross_val_predict")
        search.evaluated(call, call.subject, {} if predicts else result)
        if predicts:
            data = call.known.get("X")
            about = (call.model_id, data.dataset_id) if call.model_id and data else None
            call.output("return", result, about=about)


class Splitter(SklearnHook):
    """`KFold(...).split(X)`: the folds come out of a generator, which stays the user's own."""

    kind = "split"

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        splitter = args[0]
        call.subject = splitter
        call.operation = f"{values.qualified_name(type(splitter))}.split"
        call.library = estimators.library(type(splitter))[0]
        for name in ("n_splits", "n_repeats", "test_size", "train_size", "shuffle", "random_state", "p", "n_groups"):
            if hasattr(splitter, name):
                call.param(name, getattr(splitter, name))
        for name, value in [*zip(("X", "y", "groups"), args[1:], strict=False), *kwargs.items()]:
            call.input(name, value)

    def finish(self, call: Call, result: Any) -> None:
        """The indices are drawn as the user asks for them; they are found again by the rows they select."""


class Display(Function):
    """`ConfusionMatrixDisplay.from_predictions` and its like: a judgement drawn instead of returned."""

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        super().start(call, args[1:], kwargs)  # the first argument is the class
        call.operation = f"{values.qualified_name(args[0])}.{self.operation.rpartition('.')[2]}"

    def finish(self, call: Call, result: Any) -> None:
        """The drawing is the user's."""


class Quiet(Hook):
    """Nothing inside is recorded: the call around it, here or in another process, says it all."""

    recorded = False
    nests = False

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Nothing is read."""

    def finish(self, call: Call, result: Any) -> None:
        """Nothing is told."""

    def children(self, call: Call) -> Children:
        return Children.NONE


def _global_state(names: tuple[str, ...]) -> Any:
    return {"numpy": estimators.state_digest(None)} if "random_state" in names or "options" in names else None


# which functions --------------------------------------------------------------------------------------------------

KINDS: dict[str, str] = {
    "sklearn.metrics": "evaluate",
    "sklearn.metrics.pairwise": "transform",
    "sklearn.metrics.cluster": "evaluate",
    "sklearn.datasets": "read",
    "sklearn.preprocessing": "transform",
    "sklearn.utils": "select",
    "sklearn.utils.class_weight": "transform",
    "sklearn.inspection": "evaluate",
    "sklearn.feature_selection": "evaluate",
    "sklearn.calibration": "evaluate",
    "sklearn.cluster": "transform",
    "sklearn.covariance": "transform",
    "sklearn.decomposition": "transform",
    "sklearn.feature_extraction": "transform",
    "sklearn.feature_extraction.image": "transform",
    "sklearn.feature_extraction.text": "transform",
    "sklearn.impute": "transform",
    "sklearn.isotonic": "transform",
    "sklearn.linear_model": "transform",
    "sklearn.manifold": "transform",
    "sklearn.model_selection": "cross_validate",
    "sklearn.neighbors": "transform",
    "sklearn.random_projection": "transform",
    "sklearn.svm": "transform",
    "sklearn.tree": "write",
}
"""Package → the kind of action a call of one of its public functions is."""

UTILITIES = {"shuffle", "resample", "compute_class_weight", "compute_sample_weight"}
"""The functions of `sklearn.utils` that touch the user's data."""

NOT_ACTIONS = {
    "make_scorer", "get_scorer", "get_scorer_names", "check_scoring", "check_cv", "get_data_home", "clear_data_home",
    "check_increasing", "make_index_balanced_accuracy", "strip_accents_ascii", "strip_accents_unicode", "strip_tags",
}  # fmt: skip
"""Public functions that neither read nor make data."""


def hook_functions(patches: Any, begin: Any, module: ModuleType, kind: str) -> None:
    """Put hooks on the public functions, displays and splitters of one package of scikit-learn, or of one like it."""
    library = module.__name__.partition(".")[0]
    public = getattr(module, "__all__", None) or [
        name for name, value in vars(module).items() if getattr(value, "__module__", None) == module.__name__
    ]
    for name in public:
        target = vars(module).get(name)
        if isinstance(target, type):
            _hook_class(patches, begin, module, target)
        elif plain_function(target) is not None and not name.startswith("_") and name not in NOT_ACTIONS:
            if module.__name__ == "sklearn.utils" and name not in UTILITIES:
                continue
            if not (getattr(target, "__module__", "") or "").startswith(f"{library}."):
                continue
            patches.wrap(target, _hook_for(kind, f"{module.__name__}.{name}", name, target), begin)


def _hook_for(kind: str, operation: str, name: str, target: Callable[..., Any]) -> Hook:
    names = argument_names(target)
    if name == "train_test_split":
        return TrainTestSplit("split", operation, names)
    if name.startswith("classification_report"):
        return Report("evaluate", operation, names)
    if kind == "cross_validate":
        return CrossValidation(kind, operation, names)
    if name.startswith("dump_"):
        return Function("write", operation, names)
    if kind == "evaluate":
        return Metric(kind, operation, names)
    return Function(kind, operation, names)


def _hook_class(patches: Any, begin: Any, module: ModuleType, cls: type) -> None:
    if cls.__name__.endswith("Display"):
        for method in ("from_estimator", "from_predictions", "from_cv_results"):
            target = cls.__dict__.get(method)
            if target is not None:
                operation = f"{module.__name__}.{cls.__name__}.{method}"
                names = argument_names(plain_function(target))[1:]
                patches.wrap(target, Display("evaluate", operation, names), begin)
    elif module.__name__.endswith(".model_selection") and hasattr(cls, "split"):
        hook_splitter(patches, begin, cls)


def hook_splitter(patches: Any, begin: Any, cls: type) -> None:
    for klass in cls.__mro__:
        target = klass.__dict__.get("split")
        if target is not None:
            patches.wrap(target, Splitter(), begin)


def argument_names(target: Any) -> tuple[str, ...]:
    """The positional parameters of a function, as its caller sees them."""
    function = innermost(target) if target is not None else None
    if not isinstance(function, FunctionType):
        return ()
    code = function.__code__
    return code.co_varnames[: code.co_argcount]
