"""The questions somebody would ask after a week of training, each with the command or SQL that answers it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modeldb.database import Database


@dataclass(frozen=True)
class Question:
    """Something to ask, and the words after `modeldb` that ask it."""

    asked: str
    words: Sequence[str]

    @property
    def typed(self) -> str:
        """As one would type it."""
        if self.words[0] != "sql":
            return f"modeldb {' '.join(self.words)}"
        query = "\n".join(f"    {line}" for line in self.words[1].splitlines())
        return f'modeldb sql "\n{query}"'


BEST = """\
SELECT m.project, x.name AS metric, round(x.value, 3) AS best, m.type, parse_filename(m.script) AS script, m.model_id
FROM models m JOIN metrics x USING (model_id)
WHERE m.role = 'model' AND x.name IN ('accuracy_score', 'r2_score')
QUALIFY row_number() OVER (PARTITION BY m.project ORDER BY x.value DESC) = 1
ORDER BY m.project"""

MATTERED = """\
SELECT h.name, h.value, round(avg(x.value), 4) AS mean_auc, round(max(x.value), 4) AS best_auc, count(*) AS models
FROM models m JOIN hyperparameters h USING (model_id) JOIN metrics x USING (model_id)
WHERE m.project = 'tumours' AND m.role = 'candidate' AND x.name = 'mean_test_score' AND NOT h.is_default
  AND h.name IN ('svc__C', 'svc__gamma')
GROUP BY h.name, h.value
ORDER BY h.name, mean_auc DESC"""

COLUMN = """\
SELECT m.model_id, m.type, m.role, f.name AS feature, round(coalesce(f.coefficient, f.importance), 2) AS weight
FROM models m JOIN features f USING (model_id)
WHERE f.name LIKE '%bmi' AND m.project = 'diabetes' AND m.role <> 'candidate'
ORDER BY abs(weight) DESC"""

FROM_FILE = """\
SELECT m.project, m.type, l.distance AS steps, parse_filename(f.path) AS file
FROM files f JOIN lineage l ON l.ancestor_id = f.file_id JOIN models m ON m.model_id = l.descendant_id
WHERE f.path LIKE '%functions.csv' AND m.role = 'model'
ORDER BY m.created_at"""

BOTH_WRONG = """\
SELECT e.function, e.kind, e.lines, a.label AS documented,
       round(a.score[2], 2) AS forest_says, round(b.score[2], 2) AS boosting_says
FROM predictions a
JOIN predictions b USING (dataset_id, row)
JOIN examples('{dataset}') e USING (row)
WHERE a.model_id = '{first}' AND b.model_id = '{second}' AND NOT a.correct AND NOT b.correct
ORDER BY a.loss + b.loss DESC
LIMIT 8"""


def questions(db: Database) -> Iterator[Question]:
    """The tour over what the demo recorded."""
    yield Question("Which model is the best of each project?", ["sql", BEST])
    (first, second), dataset = two_best(db)
    yield Question("How did the best one for functions.py come to be?", ["show", first])
    yield Question("Which of its settings did the support vector machine's search depend on?", ["sql", MATTERED])
    yield Question("How did digits.py change from run to run?", ["log", "--graph", "--project", "digits"])
    a, b = _best(db, "digits")
    yield Question("What is different between its two best models?", ["diff", b, a])
    if dataset:
        query = BOTH_WRONG.format(dataset=dataset, first=first, second=second)
        yield Question("Which functions do the two best models of functions.py both get wrong?", ["sql", query])
    yield Question("Where did the column bmi go, and what do models make of it?", ["sql", COLUMN])
    yield Question("Which models would have to be made again if functions.csv were wrong?", ["sql", FROM_FILE])
    yield Question("How much do all of these take, and what did sharing save?", ["du"])


def two_best(db: Database) -> tuple[tuple[str, str], str | None]:
    """The two best models of `functions.py`, and the dataset both predicted on if its rows are kept."""
    first, second = _best(db, "functions")
    datasets = db.sql(
        "SELECT dataset_id FROM prediction_sets JOIN datasets USING (dataset_id) "
        "WHERE kept AND model_id IN (?, ?) GROUP BY dataset_id HAVING count(DISTINCT model_id) = 2",
        [first, second],
    ).rows()
    return (first, second), datasets[0][0] if datasets else None


def _best(db: Database, project: str) -> tuple[str, str]:
    a, b = db.models(project=project, by="accuracy_score", limit=2).column("model_id")
    return a, b
