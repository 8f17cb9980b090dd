"""What can go wrong, drawn once.

AssayError                what the command line answers with exit code 2
├── DataError             a file that cannot be read as data: path, line, column, cure
├── ConfigError           a configuration that cannot be followed
├── OutputError           a result that cannot be written
└── MissingInputError     a rule's input is absent: the rule is skipped, the run goes on
"""

from __future__ import annotations


class AssayError(Exception):
    """Base of every error that Assay raises on purpose: its text is written for the user."""


class DataError(AssayError):
    """A file that cannot be read as data.

    Args:
        problem: what is wrong, one sentence without a full stop.
        path: the file (or frame) concerned.
        line: 1-based line of the file, where there is one.
        column: column name, or 1-based character position as text.
        cure: what the user can do about it.
    """

    def __init__(
        self, problem: str, *, path: str = "", line: int | None = None, column: str | None = None, cure: str = ""
    ) -> None:
        """Keep the pieces and join them into one message."""
        self.problem, self.path, self.line, self.column, self.cure = problem, path, line, column, cure
        place = path + (f":{line}" if line is not None else "")
        where = f"{place}: " if place else ""
        what = f"column {column}: {problem}" if column is not None else problem
        super().__init__(where + what + (f". {cure}" if cure else ""))


class ConfigError(AssayError):
    """A configuration that cannot be followed; the message names file, line and key."""


class OutputError(AssayError):
    """A result that cannot be written; nothing half-written is left behind."""


class MissingInputError(AssayError):
    """An input that a rule needs and the data lack; the message says how to supply it."""
