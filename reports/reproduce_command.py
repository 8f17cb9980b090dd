"""``assay reproduce``: train once more from a manifest, and compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.reports.fit_progress import FitProgress
from assay.train.fitting import Told, need_libraries
from assay.train.reproduce import reproduce

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assay.train.reproduce import Comparison

SHOWN = 6
DIFFERENT = 1


def run(given: Mapping[str, Any], emit: Callable[[str], None], say: Callable[[str], None]) -> int:
    """Reproduce and return the exit code: 0 equal, 1 different.

    Args:
        given: options of the command line.
        emit: writes a result to standard output.
        say: writes a message to standard error.
    """
    quiet = bool(given["quiet"])
    need_libraries()
    with FitProgress(active=not quiet) as progress:
        told = Told(progress, (lambda _: None) if quiet else progress.say)
        found = reproduce(Path(given["run_dir"]), Path(given["output"]) if given["output"] else None, told)
    if given["form"] == "json":
        emit(json.dumps(found.document(), ensure_ascii=False, indent=2) + "\n")
    elif not quiet:
        emit(words(found) + "\n")
    del say
    return 0 if found.equal else DIFFERENT


def words(found: Comparison) -> str:
    """The comparison in a few lines."""
    from assay.reports.render.text import visible  # noqa: PLC0415 - as elsewhere

    if found.equal:
        return visible(f"equal: weights, label map, tokenizer and metrics are those of {found.first.path}", 500)
    lines = [
        "different: "
        + ("the weights are equal, metrics are not" if found.same_weights else "the weights are not the same")
    ]
    for what, pairs in (("metric", found.metrics), ("surroundings", found.surroundings)):
        lines += [f"  {what}: {name}: {before} -> {now}" for name, before, now in pairs[:SHOWN]]
        if len(pairs) > SHOWN:
            lines.append(f"  and {len(pairs) - SHOWN} more")
    if not found.metrics and not found.surroundings:
        lines.append("  same libraries, same hardware: threads of another count, or kernels that are not deterministic")
    return "\n".join(visible(line, 500) for line in lines)
