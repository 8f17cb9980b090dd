"""Write the tables of ``benchmarks/README.md`` from the results, between the markers."""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).parent
START, END = "<!-- results: python benchmarks/table.py -->", "<!-- end of results -->"
TITLES = {
    "template": "half of all rows from one template",
    "identical": "half of all rows one text",
    "leak": "train and test with leaks",
    "small": "400 words",
}

HEAD = (
    "| | wall s | peak MB | pair P | P without families | R | F1 | cluster F1 "
    "| contained: signature / notice / quote | families merged |"
)
LEAK_HEAD = "| | wall s | leak P | R | F1 | R exact / near / contained |"


def number(value: float | None, form: str = ".3f") -> str:
    """A figure, or a dash where there is none; 0.xyz loses its 0."""
    if value is None:
        return "-"
    text = format(value, form)
    return text.removeprefix("0") if form.startswith(".") and text.startswith("0.") else text


def line(name: str, result: dict) -> str:
    """One contender's row."""
    if "scores" not in result:
        return f"| {name} | {result.get('skipped') or result.get('error')} | | | | | | | | |"
    scores = result["scores"]
    pairs, clusters, held = scores["pairs"], scores["clusters"], scores["containment"]
    cells = [
        f"{result['seconds']:.2f}",
        f"{result['peak_mb']:,}",
        number(pairs["precision"]),
        number(pairs["precision_without_families"]),
    ]
    cells += [number(pairs["recall"]), number(pairs["f1"]), number(clusters["f1"])]
    cells.append(" / ".join(number(held[k]["joined"]) for k in ("signature", "notice", "quote") if k in held))
    cells.append(f"{scores['families']['families_merged']} of {scores['families']['families']}")
    return f"| {name} | " + " | ".join(cells) + " |"


def leak_line(name: str, result: dict) -> str:
    """One contender's row in a table of leaks."""
    if "scores" not in result:
        return f"| {name} | {result.get('skipped') or result.get('error')} | | | | |"
    leaks = result["scores"]["leaks"]
    kinds = " / ".join(number(leaks["recall_by_kind"].get(k)) for k in ("exact", "near", "contained"))
    rates = " | ".join(number(leaks[k]) for k in ("precision", "recall", "f1"))
    return f"| {name} | {result['seconds']:.2f} | {rates} | {kinds} |"


def section(file: Path) -> str:
    """The table of one file of results."""
    found = json.loads(file.read_text(encoding="utf-8"))
    settings, machine = found["corpus"]["settings"], found["machine"]
    special = [
        TITLES[k] for k in (settings["skew"], "leak" if settings["leak"] else "", settings["vocabulary"]) if k in TITLES
    ]
    title = f"### {settings['rows']:,} rows" + (f", {', '.join(special)}" if special else "")
    where = f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, Python {machine['python']}"
    head, make = (LEAK_HEAD, leak_line) if settings["leak"] else (HEAD, line)
    rule = "|" + " --- |" * (head.count("|") - 1)
    return "\n".join([title, "", f"{where}.", "", head, rule, *(make(n, r) for n, r in found["results"].items()), ""])


def order(file: Path) -> tuple[int, str]:
    """Small corpora first."""
    _, rows, *special = file.stem.split("-")
    return int(rows), "-".join(special)


def main() -> None:
    readme = HERE / "README.md"
    before, rest = readme.read_text(encoding="utf-8").split(START)
    after = rest.split(END)[1]
    tables = "\n".join(section(f) for f in sorted((HERE / "results").glob("duplicates-*.json"), key=order))
    readme.write_text(f"{before}{START}\n\n{tables}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
