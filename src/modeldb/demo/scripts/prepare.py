"""Write the data the other scripts read: scikit-learn's small data sets, and the functions of Python's own library."""

import ast
import sysconfig
from pathlib import Path

import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits

data = Path("data")
data.mkdir(exist_ok=True)

cancer = load_breast_cancer(as_frame=True).frame
cancer["benign"] = cancer.pop("target")
cancer.to_csv(data / "tumours.csv", index=False)

load_diabetes(as_frame=True, scaled=False).frame.to_csv(data / "diabetes.csv", index=False)

load_digits(as_frame=True).frame.to_csv(data / "digits.csv", index=False)

LEAVE_OUT = {"test", "tests", "idlelib", "tkinter", "lib2to3", "distutils", "encodings", "ensurepip", "pydoc_data"}
LEAVE_OUT |= {"site-packages", "dist-packages", "turtledemo", "__pycache__"}
BRANCHES = (ast.If, ast.For, ast.While, ast.Try, ast.With, ast.BoolOp)

library = Path(sysconfig.get_path("stdlib"))
functions, sources = [], []
for path in sorted(library.rglob("*.py")):
    place = path.relative_to(library).with_suffix("").parts
    if LEAVE_OUT & set(place) or place[0].startswith("_"):
        continue
    try:
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
    except (SyntaxError, UnicodeDecodeError):
        continue
    lines = text.splitlines()
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        name = f"{'.'.join(place)}:{node.name}:{node.lineno}"
        arguments = [argument.arg for argument in node.args.args]
        documented = ast.get_docstring(node) is not None
        body = node.body[1:] if documented else node.body
        functions.append(
            {
                "function": name,
                "package": place[0] if len(place) > 1 else None,
                "kind": "method" if arguments[:1] in (["self"], ["cls"]) else "function",
                "decorator": ast.unparse(node.decorator_list[0]).split("(")[0] if node.decorator_list else None,
                "arguments": len(arguments),
                "defaults": len(node.args.defaults),
                "annotated": node.returns is not None,
                "statements": len(body),
                "branches": sum(isinstance(inner, BRANCHES) for statement in body for inner in ast.walk(statement)),
                "lines": (node.end_lineno - body[0].lineno + 1) if body else 0,
                "documented": documented,
            }
        )
        if len(place) > 1 and body:
            code = "\n".join(lines[body[0].lineno - 1 : node.end_lineno])
            sources.append({"function": name, "package": place[0], "code": code})

functions = pd.DataFrame(functions)
functions.to_csv(data / "functions.csv", index=False)

sources = pd.DataFrame(sources)
common = sources["package"].value_counts()
sources = sources[sources["package"].isin(common[common >= 200].index)]
sources.to_csv(data / "sources.csv", index=False)

print(f"{len(functions)} functions, {functions['documented'].mean():.0%} of them documented")
print(f"{len(sources)} sources from {sources['package'].nunique()} packages")
