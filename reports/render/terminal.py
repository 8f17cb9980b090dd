"""The report on a terminal: verdict first, worst first; plain text when piped."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from textwrap import shorten
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
    from collections.abc import Callable, Iterable, Iterator

    from assay.audit.rules import Finding
    from assay.reports.render.report import Group, Place, Report, RuleLine

FILES = ("report.html", AUDIT, FINDINGS, ROWS, TIMINGS)
NARROW = 60
"""Below this many columns tables are stacked."""
WORST = 3
"""Findings shown of each rule, at most."""
RULES, MOST_GROUPS = 8, 18
"""Groups of errors and warnings that are shown however little room there is, and at most."""
NAMED, NOTED, NOTES = 6, 6, 2
"""Further groups that are named, groups of notes, and notes on reading."""
CLAUSE = 20
"""Characters of a clause that is shown without what follows it."""
STEP = 40
"""Columns that are needed for what to do on the line of a group; else it has a line of its own."""
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
    yield from _groups(report, screen)
    if failed := report.incomplete:
        bug = "; this is a bug in the rule" if report.audit.crashed or report.audit.broken_scores else ""
        lines = [[Text(f"  {visible(code)}: {visible(why, 300)}")] for code, why in failed.items()]
        title = Text(f"Failed (the audit is incomplete{bug})", "bold magenta")
        yield Section([title], lines, 3, more=lambda n: f"and {n:,} more")
    if report.slices:
        yield _slices(report, screen)
    for n, line in enumerate(line for line in report.ranked if line.severity is not Severity.NOTE):
        yield _worst(report, line, screen, least=int(n == 0))
    if report.not_checked:
        yield _skipped(report)
    if report.baseline:
        yield _baseline(report)
    if limited := _limitations(report):
        yield Section([], [[line] for line in limited], len(limited))


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
            named.append(f"{role} = {columns}" + (" (auto-detected)" if role in guessed else ""))
    yield Text("  columns    " + (", ".join(named) or "none known"))
    notes = report.audit.data.notes
    yield from (Text(f"  note: {visible(note, 200)}", "dim") for note in notes[:NOTES])
    if len(notes) > NOTES:
        yield Text(f"  and {plural(len(notes) - NOTES, 'note')} more", "dim")


def _skipped(report: Report) -> Section:
    """Rules that lacked an input, those with the same hint together."""
    hints: dict[str, list[str]] = {}
    for code, hint in report.not_checked.items():
        hints.setdefault(hint, []).append(code)
    items = [[Text(f"  {', '.join(codes)}: {visible(hint, 160)}")] for hint, codes in hints.items()]
    sizes = [len(codes) for codes in hints.values()]

    def more(left: int) -> str:
        return f"and {plural(sum(sizes[-left:]), 'rule')} more"

    return Section([Text("Skipped rules", "bold")], items, 1, more=more)


def _limitations(report: Report) -> list[Text]:
    """What the encoder cannot tell apart, and what was checked in part."""
    out = []
    if encoder := report.audit.data.memo.get(("fact", "encoder")):
        out.append(f"encoder {'{name} ({backend}) does not see {blind}'.format(**encoder)}")
    out += [f"{name}: {sentence}" for name, sentence in limits.said(report.audit.data).items()]
    return [Text(f"Limitation: {visible(line, 300)}", "dim") for line in out]


def _groups(report: Report, screen: Screen) -> Iterator[Section]:
    """Errors and warnings, each group with what to do; notes together, dimmed; then the rules without findings."""
    serious = [group for group in report.groups if group.severity is not Severity.NOTE]
    notes = [group for group in report.groups if group.severity is Severity.NOTE]
    clean = [line.code for line in report.lines if not line.findings]
    total = len(report.audit.data)
    if screen.width is not None and screen.width < NARROW:
        items = [_stacked(group, total, screen) for group in serious]
        yield Section([], items, RULES, MOST_GROUPS, _more_groups(serious))
    elif serious:
        title, items = _columned(serious, total, screen)
        yield Section([title], items, RULES, MOST_GROUPS, _more_groups(serious))
    if notes:
        yield Section([], [[Text(_note_line(notes[:NOTED], len(notes)), "dim")]], 1, spaced=True)
    if clean:
        yield Section([], [[Text(f"No findings: {', '.join(clean)}")]], 1, spaced=not report.groups)


def _note_line(shown: list[Group], count: int) -> str:
    """Notes in one line: they are for information, and no step is due."""
    told = ", ".join(f"{group.code} {group.name} {plural(group.rows, 'row')}" for group in shown)
    more = f", and {plural(count - len(shown), 'rule')} more" if count > len(shown) else ""
    return f"Notes, for information only: {told}{more}"


def _more_groups(groups: list[Group]) -> Callable[[int], str]:
    def more(left: int) -> str:
        others = ", ".join(f"{one.code} {one.severity} ({plural(one.rows, 'row')})" for one in groups[-left:][:NAMED])
        return f"and {left:,} more: {others}{' …' if left > NAMED else ''}"

    return more


def _stacked(group: Group, total: int, screen: Screen) -> list[Text]:
    """A group on a narrow screen."""
    sign = Text(f"{_sign(group.severity, screen)} {group.severity} {group.code} {group.name}", STYLES[group.severity])
    return [sign, Text(f"   {plural(group.rows, 'row')} ({percent(group.rows / total)})"), *_step(group, screen, 3)]


def _columned(groups: list[Group], total: int, screen: Screen) -> tuple[Text, list[list[Text]]]:
    """Groups in columns under a head; what to do is the last column where there is room, else a line of its own."""
    rows = [
        (_sign(one.severity, screen), str(one.severity), f"{one.code} {one.name}", f"{one.count:,}", f"{one.rows:,}",
         percent(one.rows / total))
        for one in groups
    ]  # fmt: skip
    head = ("", "severity", "rule", "findings", "rows", "share")
    widths = [max(map(cell_len, column)) for column in zip(head, *rows, strict=True)]
    lines = [_columns(row, widths) for row in (head, *rows)]
    room = None if screen.width is None else screen.width - cell_len(lines[0]) - 2
    inline = room is None or room >= STEP
    if inline:
        steps = ["what to do", *(_shortened(one.next_step, room) for one in groups)]
        lines = [f"{line}  {step}" for line, step in zip(lines, steps, strict=True)]
    items = []
    for line, one in zip(lines[1:], groups, strict=True):
        text = Text(line)
        text.stylize(STYLES[one.severity], 0, widths[0] + 1 + widths[1])
        items.append([text] if inline else [text, *_step(one, screen, widths[0] + widths[1] + 3)])
    return Text(lines[0], "bold"), items


def _step(group: Group, screen: Screen, indent: int) -> list[Text]:
    """What to do about a group, on a line of its own."""
    room = None if screen.width is None else screen.width - indent
    step = _shortened(group.next_step, room)
    return [Text(" " * indent + step, "dim")] if step else []


def _shortened(words: str, room: int | None) -> str:
    """As much as fits, up to the end of a clause where one ends there."""
    if room is None or cell_len(words) <= room:
        return words
    cut = shorten(words, max(room, MIN_TEXT), placeholder=" …", break_on_hyphens=False)
    end = max(cut.rfind(mark) for mark in ",;:")
    return f"{cut[:end]} …" if end >= CLAUSE else cut


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
    """The strongest findings of a rule's worst severity."""
    name = f"{line.code} {line.name}"
    short = screen.width is not None and cell_len(f"{name}: {line.summary}") > screen.width
    title = Text.assemble((name, STYLES[line.severity]), "" if short else f": {line.summary}")
    worst, *milder = line.groups
    items = [list(_finding(report, finding, screen)) for finding in line.findings[: min(WORST, worst.count)]]

    def more(left: int) -> str:
        counts = [(left - sum(group.count for group in milder), worst.severity)]
        counts += [(group.count, group.severity) for group in milder]
        return f"{' and '.join(plural(n, str(s)) for n, s in counts if n)} more, in findings.parquet"

    return Section([title], items, least, more=more, beyond=line.count - len(items))


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
    if not report.groups:
        return
    steps = [f"`assay explain {report.groups[0].code}` (why it matters, how to fix it)"]
    if report.folder:
        folder = visible(report.folder)
        steps.append(f"`assay review {folder}` (decide row by row)")
        if safe := report.safe_fixes:
            steps.append(f"`assay clean {folder} --output FILE` (apply {plural(safe, 'safe fix')})")
    yield Text(f"Next: {', '.join(steps)}", "dim")


def _sign(severity: Severity, screen: Screen) -> str:
    return (SIGNS if screen.unicode else PLAIN_SIGNS)[severity]
