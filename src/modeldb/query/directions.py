"""Is more better? A guess from a metric's name, and the metric people most likely look at first."""

from __future__ import annotations

import re
from functools import lru_cache

_LOWER = frozenset("""
    loss error err mae mse rmse rmsle mape smape msle deviance perplexity time seconds latency hamming brier
    logloss distance davies wer cer fpr fnr
""".split())  # fmt: skip
_HIGHER = frozenset("""
    accuracy acc auc f1 fbeta precision recall r2 d2 score kappa corrcoef mcc jaccard ndcg dcg silhouette map iou
    dice bleu rouge variance likelihood sensitivity specificity tpr tnr calinski homogeneity completeness rand
    reward gain auroc auprc hit
""".split())  # fmt: skip
_TURNED = frozenset({"neg", "d2"})
"""Before a loss: the negated loss (`test_neg_log_loss`), or the fraction of it that is explained (`d2_log_loss`)."""
_FAVOURITES = (
    "roc_auc", "auc", "average_precision", "f1", "balanced_accuracy", "accuracy", "r2", "neg_root_mean_squared_error",
    "rmse", "root_mean_squared_error", "mean_squared_error", "mean_absolute_error", "log_loss", "loss", "score",
)  # fmt: skip


@lru_cache(4096)
def higher_is_better(name: str) -> bool | None:
    """True, False, or None when the name says nothing."""
    base = re.split(r"[\[@]", name, maxsplit=1)[0]
    words = [word for word in re.split(r"[^a-z0-9]+", _snake(base).lower()) if word]
    if words and words[0] == "neg":
        return True
    loss = next((place for place, word in enumerate(words) if word in _LOWER), None)
    if loss is not None:
        return not _TURNED.isdisjoint(words[:loss])
    if any(word in _HIGHER for word in words):
        return True
    return None


def main_metric(counts: dict[str, int]) -> str | None:
    """The metric to sort by: measured for most models, then the one people usually mean.

    `counts` is how many models have each metric.
    """
    usable = {name: n for name, n in counts.items() if n and "time" not in name}
    return min(usable or counts, key=lambda name: (-counts[name], *_preference(name)), default=None)


def _preference(name: str) -> tuple[int, int, int, str]:
    base = re.split(r"[\[@]", name, maxsplit=1)[0].removesuffix("_score")
    base = re.sub(r"^(mean_test_|test_|val_|valid_|eval_)", "", base)
    place = _FAVOURITES.index(base) if base in _FAVOURITES else len(_FAVOURITES)
    return (place, "[" in name, name.startswith("train"), name)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
