"""What somebody changed in `digits.py` between its runs, as textual edits on branches of a git repository."""

from __future__ import annotations

from dataclasses import dataclass

from modeldb.errors import InvalidInput


@dataclass(frozen=True)
class Edit:
    """A few replacements in one script, made on a branch."""

    message: str
    """The message of the commit that follows the run."""
    branch: str
    """Made where this branch is; it begins at `main` when it does not exist yet."""
    replacements: tuple[tuple[str, str], ...]

    def apply(self, text: str) -> str:
        """The script after the edit. Raises InvalidInput where it does not fit."""
        for old, new in self.replacements:
            if text.count(old) != 1:
                raise InvalidInput(f"The edit {self.message!r} does not fit: {old!r} is not in the script once.")
            text = text.replace(old, new)
        return text


SCRIPT = "digits.py"

EDITS = (
    Edit("Trust the data more", "main", (("C=0.02", "C=0.5"),)),
    Edit(
        "Bend the boundaries",
        "support-vectors",
        (
            ("from sklearn.linear_model import LogisticRegression\n", ""),
            ("import MinMaxScaler\n", "import MinMaxScaler\nfrom sklearn.svm import SVC\n"),
            ("LogisticRegression(C=0.5)", "SVC(C=5)"),
        ),
    ),
    Edit("Bend them further", "support-vectors", (("SVC(C=5)", "SVC(C=5, gamma=2.0)"),)),
    Edit(
        "Leave out pixels that hardly change",
        "fewer-pixels",
        (
            (
                "X_train, X_test,",
                "X = X.loc[:, X.std() > 1.5]\nX_train, X_test,",
            ),
        ),
    ),
)
