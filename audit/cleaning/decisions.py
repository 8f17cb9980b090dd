"""What people decided about rows, as a file that only grows: JSON Lines, one decision a line.

Format (``decisions.jsonl``), written by ``assay review`` and read by ``assay clean``::

    {"fingerprint": "1f0c...", "split": "train", "row": 41, "content_hash": "9b2e...", "action": "relabel",
     "label": "refund", "reviewer": "ana", "time": "2026-11-24T10:15:00Z"}

* ``split`` and ``row`` (0-based in the split's source) name the row, ``content_hash`` is the hash of its text and
  label when it was looked at (``Dataset.keys``, 16 hex digits): a row that has changed since is not the one decided.
* ``action`` is ``keep`` (the row stays as it is, whatever rules say), ``relabel`` (it gets ``label``), ``drop``,
  ``skip`` (looked at, nothing decided) or ``undo`` (the reviewer's decision on the row is taken back).
* ``fingerprint`` is the finding that was on the screen; it may be absent: then the decision is about the whole row.
* ``reviewer`` says who; ``time`` is kept as it is. Other keys are ignored.

Later lines of a reviewer win over his earlier ones. A last line without a line break that is no JSON is a write that
was cut off: it is left out, and said. Reviewers who disagree about a row are a conflict that no order of lines decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from assay.audit.errors import DataError
from assay.audit.parsing import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Action = Literal["keep", "relabel", "drop", "skip", "undo"]
ACTIONS: tuple[str, ...] = get_args(Action)
_KEYS = ("split", "row", "content_hash", "action", "reviewer")


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the file."""

    split: str
    row: int
    content_hash: str
    action: Action
    reviewer: str
    line: int
    """1-based line of the file."""
    label: str | None = None
    fingerprint: str | None = None
    time: str | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    """All decisions of a file, in order."""

    path: str
    lines: tuple[Decision, ...]
    notes: tuple[str, ...] = ()


def read_decisions(path: str) -> Decisions:
    """Read a file of decisions.

    Raises:
        DataError: a line is no decision; the message names it and says what is wrong.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", path=path, cure="Check the path") from error
    whole = raw.removeprefix(b"\xef\xbb\xbf")
    out: list[Decision] = []
    notes: list[str] = []
    rows = whole.split(b"\n")
    for number, text in enumerate(rows, 1):
        if not text.strip():
            continue
        try:
            value = parse_json(text.decode("utf-8"))
        except ValueError as error:
            if number == len(rows):  # the writer was stopped in the middle of its last line
                notes.append(f"{path}:{number}: a line that was cut off is left out")
                continue
            raise DataError(f"not JSON ({error})", path=path, line=number, cure="Mend or remove the line") from error
        out.append(_decision(value, path, number))
    return Decisions(path, tuple(out), tuple(notes))


def _decision(value: Any, path: str, line: int) -> Decision:
    def wrong(problem: str, key: str | None = None) -> DataError:
        cure = 'A decision is {"split", "row", "content_hash", "action", "reviewer"} and "label" to relabel'
        return DataError(problem, path=path, line=line, column=repr(key) if key else None, cure=cure)

    if not isinstance(value, dict):
        raise wrong("not an object")
    missing = [key for key in _KEYS if key not in value]
    if missing:
        raise wrong(f"lacks {', '.join(missing)}")
    row, action, label = value["row"], value["action"], value.get("label")
    if isinstance(row, bool) or not isinstance(row, int) or row < 0:
        raise wrong(f"expected a whole number of 0 or more, got {row!r:.60}", "row")
    if action not in ACTIONS:
        raise wrong(f"expected one of {', '.join(ACTIONS)}, got {action!r:.60}", "action")
    for key in ("split", "content_hash", "reviewer", "fingerprint", "time", "label"):
        if not isinstance(value.get(key), (str, type(None))) or (key in _KEYS and value[key] is None):
            raise wrong(f"expected a string, got {value[key]!r:.60}", key)
    if action == "relabel" and not (label or "").strip():
        raise wrong("relabel needs a label", "label")
    new = label if action == "relabel" else None
    return Decision(
        value["split"], row, value["content_hash"], action, value["reviewer"], line,
        label=new, fingerprint=value.get("fingerprint"), time=value.get("time"),
    )  # fmt: skip


def standing(decisions: Decisions) -> dict[tuple[str, int], Decision]:
    """The one decision that stands for each row; skipped and undone ones do not.

    Of one reviewer the later line wins on the same finding; on different findings of a row, dropping it wins over
    relabelling it, and that over keeping it.

    Raises:
        DataError: two reviewers disagree about a row.
    """
    by_row: dict[tuple[str, int], dict[str, dict[str | None, Decision]]] = {}
    for one in decisions.lines:
        mine = by_row.setdefault((one.split, one.row), {}).setdefault(one.reviewer, {})
        if one.action == "skip":
            continue
        if one.fingerprint is None:
            mine.clear()  # about the whole row: nothing said before stands
        mine.pop(None, None)
        mine.pop(one.fingerprint, None)
        if one.action != "undo":
            mine[one.fingerprint] = one
    out: dict[tuple[str, int], Decision] = {}
    for place, reviewers in by_row.items():
        verdicts = [_strongest(mine.values()) for mine in reviewers.values() if mine]
        _refuse_conflict(decisions.path, verdicts)
        if verdicts:
            out[place] = max(verdicts, key=lambda one: one.line)
    return out


def _strongest(mine: Iterable[Decision]) -> Decision:
    order = {"keep": 0, "relabel": 1, "drop": 2}
    return max(mine, key=lambda one: (order[one.action], one.line))


def _refuse_conflict(path: str, verdicts: Sequence[Decision]) -> None:
    for other in verdicts[1:]:
        first = verdicts[0]
        if (first.action, first.label) != (other.action, other.label):
            one, two = sorted((first, other), key=lambda d: d.line)
            problem = (
                f"{two.reviewer} says {_said(two)} of {two.split} row {two.row}, but {one.reviewer} says {_said(one)}"
                f" (line {one.line})"
            )
            cure = 'Agree, and let one of them undo: a later line with "action": "undo"'
            raise DataError(problem, path=path, line=two.line, cure=cure)


def _said(one: Decision) -> str:
    return f"relabel to {one.label!r}" if one.action == "relabel" else one.action
