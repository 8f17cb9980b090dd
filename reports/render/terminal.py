"""The report on a terminal: verdict first, worst first; plain text when piped."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.padding import Padding
from rich.text import Text

from assay.audit import limits
from assay.audit.rules import Severity
from assay.audit.slicing.table import ENOUGH
from assay.audit.store import AUDIT, FINDINGS, ROWS, TIMINGS
from assay.reports.render.report import concerned, facts
from assay.reports.render.screenful import Section, fitted
from assay.reports.render.text import percent, pieces, plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assay.audit.rules import Finding
    from assay.reports.render.report import Place, Report, RuleLine

FILES = ("report.html", AUDIT, FINDINGS, ROWS, TIMINGS)
NARROW = 60
"""Below this many columns tables are stacked."""
WORST = 3
"""Findings shown of each rule, at most."""
RULES, NAMED, NOTES = 8, 6, 2
"""Rules in the table however little room there is, rules named below it, and notes on reading."""
TEXT, MIN_TEXT, TEXT_LINES, INDENT = 160, 40, 2, 6
"""Characters of a text on a line that nobody cuts, and at least; on a screen, its lines and their indent."""
STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
SIGNS = {Severity.ERROR: "▲", Severity.WARNING: "■", Severity.NOTE: "●"}
PLAIN_SIGNS = {Severity.ERROR: "!!", Severity.WARNING: "! ", Severity.NOTE: "- "}
VERDICT = {"PASS": "bold green", "FAIL": "bold red", "FOUND": "bold red", "INCOMPLETE": "bold magenta"}
WORDS = {"FOUND": "ERRORS FOUND"}
"""Outcomes that are not said as they are written."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What the report is shown on."""

    width: int | None = None
    """Columns; None when nobody looks (a pipe): then lines are never cut or wrapped."""
    color: bool = False
    unicode: bool = True


def render(report: Report, screen: Screen | None = None) -> str:
    """Draw the report."""
    screen = screen or Screen()
    return drawn(_lines(report, screen), screen)


def drawn(lines: Iterable[Text], screen: Screen) -> str:
    """Lines as the screen wants them: plain text where nobody looks."""
    if screen.width is None and not screen.color:
        return "".join(f"{line.plain.rstrip(' ')}\n" for line in lines)
    return _printed(lines, screen)


def _printed(lines: Iterable[Text], screen: Screen) -> str:
    """Lines as a terminal wants them: wrapped, and in colour."""
    from rich.console import Console  # noqa: PLC0415 - dear, and of no use in a pipe

    out = StringIO()
    console = Console(
        file=out,
        width=screen.width or 10_000,
        force_terminal=screen.color,
        no_color=not screen.color,
        color_system="standard" if screen.color else None,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    for line in lines:
        if screen.width is not None and line:
            console.print(_hanging(line), overflow="fold")
        else:
            console.print(line, soft_wrap=True)
    return "\n".join(one.rstrip(" ") for one in out.getvalue().split("\n"))


def _hanging(line: Text) -> Padding:
    """A line that stays indented where it wraps."""
    indent = len(line.plain) - len(line.plain.lstrip(" "))
    return Padding(line[indent:] if indent else line, (0, 0, 0, indent), expand=False)


def _lines(report: Report, screen: Screen) -> Iterator[Text]:
    head, end = list(_verdict(report)), list(_next(report))
    yield from head
    yield from fitted(list(_sections(report, screen)), screen.width, beside=[*head, *end])
    yield from end


def _sections(report: Report, screen: Screen) -> Iterator[Section]:
    yield from _table(report, screen)
    if broken := report.incomplete:
        bug = "; this is a bug in the rule" if report.audit.crashed or report.audit.broken_scores else ""
        told = [[Text(f"  {visible(code)}: {visible(why, 300)}")] for code, why in broken.items()]
        title = Text(f"Broke (the audit is incomplete{bug})", "bold magenta")
        yield Section([title], told, 3, more=lambda n: f"and {n:,} more")
    if report.slices:
        yield _slices(report, screen)
    for n, line in enumerate(line for line in report.lines if line.findings):
        yield _worst(report, line, screen, least=int(n == 0))
    if report.not_checked:
        told = [[Text(f"  {code}: {visible(why, 160)}")] for code, why in report.not_checked.items()]
        yield Section([Text("Not checked", "bold")], told, 1, more=lambda n: f"and {plural(n, 'rule')} more")
    if report.baseline:
        yield _baseline(report)


def _verdict(report: Report) -> Iterator[Text]:
    said = WORDS.get(report.outcome, report.outcome)
    yield Text.assemble((said, VERDICT[report.outcome]), "  ", report.headline)
    for split in report.audit.data.splits:
        files = visible(", ".join(split.files) or "(in memory)", 200)
        yield Text.assemble(("  " + split.name.ljust(10), "bold"), f" {plural(split.rows, 'row')}  {files}")
    roles, guessed = report.audit.data.roles, set(report.audit.data.guessed)
    named = []
    for role in ("text", "label", "id", "group", "time", "split"):
        value = getattr(roles, role)
        if value:
            columns = visible(" + ".join(value) if isinstance(value, tuple) else value, 80)
            named.append(f"{role} = {columns}" + (" (guessed)" if role in guessed else ""))
    yield Text("  columns    " + (", ".join(named) or "none known"))
    notes = report.audit.data.notes
    yield from (Text(f"  note: {visible(note, 200)}", "dim") for note in notes[:NOTES])
    if len(notes) > NOTES:
        yield Text(f"  and {plural(len(notes) - NOTES, 'note')} more", "dim")
    if encoder := report.audit.data.memo.get(("fact", "encoder")):
        yield Text(
            f"  encoder    {visible('{name} ({backend}); it does not see {blind}'.format(**encoder), 180)}", "dim"
        )
    for of, sentence in limits.said(report.audit.data).items():
        yield Text(f"  {visible(of, 10):<10} {visible(sentence, 300)}", "dim")


def _table(report: Report, screen: Screen) -> Iterator[Section]:
    """Rules that ran, in columns, or stacked on a narrow screen."""
    total = len(report.audit.data)
    found = [line for line in report.lines if line.findings]
    clean = [line.code for line in report.lines if not line.findings]
    rows = [
        (_sign(one.severity, screen), one.severity.value, f"{one.code} {one.name}", f"{one.count:,}", f"{one.rows:,}",
         percent(one.rows / total))
        for one in found
    ]  # fmt: skip

    def more(left: int) -> str:
        others = ", ".join(f"{one.code} ({one.count:,})" for one in found[-left:][:NAMED])
        return f"and {plural(left, 'rule')} more: {others}{' …' if left > NAMED else ''}"

    title: list[Text] = []
    items: list[list[Text]] = []
    if screen.width is not None and screen.width < NARROW:
        for row, one in zip(rows, found, strict=True):
            figures = Text(f"   {plural(one.count, 'finding')}, {plural(one.rows, 'row')} ({row[5]})")
            items.append([Text(f"{row[0]} {row[2]}", STYLES[one.severity]), figures])
    elif rows:
        head = ("", "severity", "rule", "findings", "rows", "share")
        widths = [max(map(cell_len, column)) for column in zip(head, *rows, strict=True)]
        title = [Text(_columns(head, widths), "bold")]
        for row, one in zip(rows, found, strict=True):
            line = Text(_columns(row, widths))
            line.stylize(STYLES[one.severity], 0, widths[0] + 1 + widths[1])
            items.append([line])
    yield Section(title, items, RULES, more=more)
    if clean:
        yield Section([], [[Text(f"No findings: {', '.join(clean)}")]], 1, spaced=not items)


def _slices(report: Report, screen: Screen) -> Section:
    """Declared slices: rows and share in each split, the smallest drop that would show, and what the rules say."""
    splits = [s.name for s in report.audit.data.splits]
    rows = []
    for one in sorted(report.slices, key=lambda s: (not s.critical, s.verdict == ENOUGH)):
        name = visible(one.name, 40) + (" (critical)" if one.critical else "")
        cells = [_rows_and_share(one.counts[s], one.shares[s]) for s in splits]
        drop = "none" if one.drop is None else f"{100 * one.drop:.0f} points"
        rows.append((name, *cells, drop, visible(one.verdict, 80)))
    if screen.width is not None and screen.width < NARROW:
        items = [
            [
                Text(f"{row[0]}: {row[-1]}", "bold"),
                Text("   " + ", ".join(f"{s} {cell}" for s, cell in zip(splits, row[1:-2], strict=True))),
            ]
            for row in rows
        ]
        return Section([], items, 1, more=_more_slices)
    head = ("slice", *splits, "drop seen", "verdict")
    widths = [max(map(cell_len, column)) for column in zip(head, *rows, strict=True)]
    lines = ["  ".join(c + " " * (w - cell_len(c)) for c, w in zip(r, widths, strict=True)) for r in (head, *rows)]
    return Section([Text(lines[0], "bold")], [[Text(line)] for line in lines[1:]], 2, more=_more_slices)


def _more_slices(left: int) -> str:
    return f"and {plural(left, 'slice')} more"


def _rows_and_share(count: int | None, share: float | None) -> str:
    return "-" if count is None or share is None else f"{count:,} ({percent(share)})"


def _columns(row: tuple[str, ...], widths: list[int]) -> str:
    left, right = 3, len(row)
    padded = [c + " " * (w - cell_len(c)) for c, w in zip(row[:left], widths, strict=False)]
    padded += [" " * (w - cell_len(c)) + c for c, w in zip(row[left:right], widths[left:], strict=True)]
    return " ".join(padded[:2]) + "  " + "  ".join(padded[2:])


def _worst(report: Report, line: RuleLine, screen: Screen, *, least: int) -> Section:
    """A rule's worst findings."""
    name = f"{line.code} {line.name}"
    short = screen.width is not None and cell_len(f"{name}: {line.summary}") > screen.width
    title = Text.assemble((name, STYLES[line.severity]), "" if short else f": {line.summary}")
    items = [list(_finding(report, finding, screen)) for finding in line.findings[:WORST]]
    rest = line.count - len(items)
    return Section([title], items, least, more=lambda n: f"{n:,} more, in findings.parquet", beyond=rest)


def _finding(report: Report, finding: Finding, screen: Screen) -> Iterator[Text]:
    places = report.places(finding, 2)
    known = " · " if screen.unicode else ", "
    told = known.join(f"{visible(k, 30)} {visible(v, 60)}" for k, v in facts(finding))
    yield Text(f"  {visible(finding.hit.message, 200) or visible(places[0].where, 60)}", "bold")
    if told:
        yield Text(f"      {told}", "dim")
    if finding.hit.suggested is not None:
        yield Text(f"      suggested label: {visible(finding.hit.suggested, 60)}", "bold")
    width = max(cell_len(visible(p.where, 60)) for p in places)
    for place, marks in zip(places, (("[-", "-]"), ("{+", "+}")), strict=False):
        yield from _place(place, width, screen, ("", "") if screen.color else marks)
    others = len(concerned(finding)) - len(places)
    if others > 0:
        yield Text(f"      and {plural(others, 'row')} more", "dim")


def _place(place: Place, width: int, screen: Screen, marks: tuple[str, str]) -> Iterator[Text]:
    """One row's text, what differs in it marked: by style in colour, by ``[-a-]`` and ``{+b+}`` without.

    On a screen a text that does not fit beside its place stands below it.
    """
    where = visible(place.where, 60)
    head = Text.assemble((f"    {where}{' ' * (width - cell_len(where))}  ", "dim"))
    if place.label is not None:
        head.append(f"({visible(place.label, 40)}) ", "cyan")
    below = screen.width is not None and head.cell_len + cell_len(visible(place.text)) > screen.width
    cap = max(MIN_TEXT, TEXT if screen.width is None else TEXT_LINES * (screen.width - INDENT))
    line = Text(" " * INDENT) if below else head
    for text, marked in pieces(place.text, place.spans, cap):
        line.append(f"{marks[0]}{text}{marks[1]}" if marked else text, "bold reverse" if marked else None)
    if below:
        yield head
    yield line


def _baseline(report: Report) -> Section:
    """What the baseline holds."""
    where = visible(report.baseline.path if report.baseline else "", 120)
    head = Text(f"Baseline {where}: {plural(report.accepted, 'finding')} accepted, {len(report.stale):,} stale")
    stale = [Text(f"  {f} is not found any more: remove it from the baseline", "dim") for f in report.stale[:WORST]]
    return Section([], [[head], *([line] for line in stale)], 1, more=lambda _: "")


def _next(report: Report) -> Iterator[Text]:
    yield Text()
    if report.folder:
        yield Text(f"Written to {visible(report.folder)}: {', '.join(FILES)}")
    worst = next((line.code for line in report.lines if line.findings), None)
    if worst:
        yield Text(f"Next: `assay explain {worst}` says why it matters and what to do", "dim")


def _sign(severity: Severity, screen: Screen) -> str:
    return (SIGNS if screen.unicode else PLAIN_SIGNS)[severity]
