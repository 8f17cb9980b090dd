"""Draw the head of a terminal report as docs/audit.svg: ``python tools/picture.py`` after ``make demo``."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from assay.audit.reading import read
from assay.audit.rules import run
from assay.reports.render import terminal
from assay.reports.render.report import Report

ROOT = Path(__file__).resolve().parents[1]
LINES = 34

folder = ROOT / "fixtures" / "support_tickets"
files = {
    "train": "train.csv",
    "validation": "validation.csv",
    "test": "test.csv",
    "production": "production.jsonl",
}
data = read(
    {split: [str((folder / name).relative_to(Path.cwd()))] for split, name in files.items()},
    text=["text"],
    label="category",
    id="id",
    group="customer_id",
    time="created_at",
)
report = Report(run(data), {}, "error", None, folder="assay-out/audit")
words = terminal.render(report, terminal.Screen(width=118, color=True, unicode=True))
console = Console(record=True, width=118, file=io.StringIO(), force_terminal=True)
console.print(Text.from_ansi("\n".join(words.splitlines()[:LINES])))
svg = console.export_svg(title="assay audit train.csv --test test.csv")
# No fonts from elsewhere: the picture must not make anybody's browser ask a third party.
svg = re.sub(r"@font-face\s*\{[^}]*\}", "", svg)
(ROOT / "docs" / "audit.svg").write_text(svg, "utf-8")
