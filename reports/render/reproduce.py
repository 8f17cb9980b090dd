"""Command lines that make a result again, out of what its document records."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from assay.reports.render.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assay.audit.dataset import Dataset

SETS = {"production": "--production", "edge-cases": "--edge-cases"}
"""Evaluated sets beside the first, and the options that name them."""
SPLITS = {"validation": "--validation", "production": "--production"}


def line(words: Iterable[str]) -> str:
    """Words as a shell takes them; what hides in them is shown, so that pasting such a name fails instead of acting."""
    return " ".join(shlex.quote(visible(word, 300)) for word in words)


def evaluation(document: Mapping[str, Any]) -> str:
    """``assay evaluate`` with the model, the data, the roles and the options of an evaluation."""
    model, config = document["model"], document["config"]
    words = ["assay", "evaluate"]
    words += [model["name"]] if model["kind"] == "run" else ["--predictions", model["name"]]
    for name, told in document["data"].items():
        if told["path"]:
            words += [SETS.get(name, "--data"), told["path"]]
    roles = document.get("roles") or {}
    words += [w for column in roles.get("text") or () for w in ("--text", column)]
    words += [w for role in ("label", "id", "group", "time") if roles.get(role) for w in (f"--{role}", roles[role])]
    words += ["--audit", document["audit"]["path"]] if (document["audit"] or {}).get("path") else []
    words += ["--confirm-split"] if config.get("confirm_split") else []
    words += ["--perturb"] if config.get("perturb") else []
    words += [] if config.get("discover", True) else ["--no-discover"]
    return line(words)


def audit(data: Dataset) -> str | None:
    """``assay audit`` with the files and the roles of a data set; None where it was never in files."""
    words = ["assay", "audit"]
    if not all(split.files for split in data.splits):
        return None
    whole = {split.files for split in data.splits}
    if data.roles.split and len(whole) == 1:
        words += [*data.splits[0].files, "--split", data.roles.split]
    else:
        for split in sorted(data.splits, key=lambda s: s.name != "train"):
            option = [] if split.name == "train" else [SPLITS.get(split.name, "--test")]
            words += [w for file in split.files for w in (*option, file)]
    words += [w for column in data.roles.text for w in ("--text", column)]
    singles = ("label", "id", "group", "time")
    words += [w for role in singles if getattr(data.roles, role) for w in (f"--{role}", getattr(data.roles, role))]
    return line(words)


def gate(document: Mapping[str, Any]) -> str | None:
    """``assay gate`` with the folders of a verdict; None where it records none."""
    record = document.get("record") or {}
    folders = {name: (record.get(name) or {}).get("folder") for name in ("evaluation", "baseline", "audit")}
    if not folders["evaluation"]:
        return None
    words = ["assay", "gate", folders["evaluation"]]
    words += [w for name in ("baseline", "audit") if folders[name] for w in (f"--{name}", folders[name])]
    return line(words)
