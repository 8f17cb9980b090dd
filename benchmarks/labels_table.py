"""Write the tables of results/labels.json into README.md, between its marks."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from statistics import mean

HERE = Path(__file__).parent
START, END = "<!-- labels: python benchmarks/labels_table.py -->", "<!-- /labels -->"
TUTORIAL = "MiniLM + LR, self_confidence"
TRUE = ("vader_amazon", "trec_rules")
"""Real sets whose truth is people's; that of banking77_label_errors is a machine's, and stands beside."""


def groups(lines):
    """Column -> lines: each real set, their mean, and each kind of noise."""
    out = defaultdict(list)
    for line in lines:
        out[line["set"] if line["kind"] == "real" else line["kind"]].append(line)
    return out


def cell(columns, name, value):
    """Mean of a figure over a column's lines; blank where there are none."""
    found = [value(line) for line in columns.get(name, ())]
    found = [v for v in found if v is not None]
    return f"{mean(found):.3f}" if found else ""


def table(lines):
    """Both tables as text."""
    columns = groups(lines)
    real = [c for c in columns if columns[c][0]["kind"] == "real"]
    kinds = [c for c in columns if c not in real]
    columns["real"] = [line for name in TRUE for line in columns.get(name, ())]
    columns["injected"] = [line for k in kinds for line in columns[k]]
    setups = list(lines[0].get("cleanlab", {}))
    average = {s: mean(line["cleanlab"][s]["ap"] for line in columns["real"] + columns["injected"]) for s in setups}
    best = max(average, key=average.__getitem__) if setups else None
    names = [*real, "real", *kinds, "injected"]
    contenders = [("Assay, LBL002", lambda line: line["assay"])]
    contenders += [(f"cleanlab, tutorial ({TUTORIAL})", lambda line: line["cleanlab"][TUTORIAL])] if setups else []
    contenders += [(f"cleanlab, best fixed ({best})", lambda line: line["cleanlab"][best])] if best else []
    text = []
    for title, figure in (("AP", "ap"), ("P@50", "p_at_50"), ("F1 of the flagged rows", "f1")):
        text += [f"| {title} | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
        for who, get in contenders:
            cells = [cell(columns, n, lambda line, get=get: get(line)[figure]) for n in names]  # noqa: B023
            text.append(f"| {who} | {' | '.join(cells)} |")
        text.append("")
    sure = [cell(columns, n, lambda line: line["assay"]["sure_precision"]) for n in names]
    text += [f"Precision of *sure*: {', '.join(f'{n} {v}' for n, v in zip(names, sure, strict=True) if v)}.", ""]
    seconds = [line["assay"]["seconds"] for line in lines]
    text.append(f"Seconds a task, after the views: Assay {mean(seconds):.1f}")
    if setups:
        theirs = [line["cleanlab"][TUTORIAL]["seconds"] for line in lines]
        text[-1] += f", cleanlab's tutorial {mean(theirs):.1f} (five folds of logistic regression)"
    views = {k: mean(line["view_seconds"][k] for line in lines) for k in lines[0]["view_seconds"]}
    text[-1] += f". Views: {', '.join(f'{k} {v:.1f} s' for k, v in views.items())} (vectors may come from the cache)."
    return "\n".join(text)


def main():
    lines = json.loads((HERE / "results" / "labels.json").read_text(encoding="utf-8"))
    readme = HERE / "README.md"
    before, rest = readme.read_text(encoding="utf-8").split(START)
    after = rest.split(END)[1]
    readme.write_text(f"{before}{START}\n\n{table(lines)}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
