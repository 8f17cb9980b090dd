"""A test set, models of known quality and a policy, through the real commands: what the gate's tests are made of."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assay.reports.cli import _outcome

CLASSES = ("billing", "refund", "safety")
POLICY = """
[gate]
confidence = 0.95
[[gate.require]]
slice = "critical"
metric = "recall"
at_least = 0.90
[[gate.require]]
slice = "overall"
metric = "accuracy"
at_least = 0.80
"""
SLICE = """
[[slice]]
name = "urgent refund"
where = "category = 'refund' AND priority = 'urgent'"
critical = true
"""
DATA = """[data]
test = "test.csv"
text = "text"
label = "category"
id = "id"
"""
WORDS = [
    "parcel",
    "invoice",
    "lamp",
    "heater",
    "door",
    "phone",
    "courier",
    "voucher",
    "ladder",
    "window",
    "kettle",
    "battery",
    "garden",
    "mirror",
    "pillow",
    "bottle",
    "camera",
    "guitar",
    "hammer",
    "jacket",
    "ladle",
    "marble",
    "napkin",
    "oven",
    "pencil",
    "quilt",
    "rocket",
    "saddle",
    "teapot",
    "umbrella",
    "violin",
    "wallet",
]


@dataclass
class World:
    """A folder to work in; the current one."""

    folder: Path
    rows: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def build(cls, folder: Path, urgent: int = 60, others: int = 240) -> World:
        """Write a test set with so many urgent refunds and other rows, and the policy."""
        world = cls(folder)
        for n in range(urgent + others):
            label = "refund" if n < urgent else CLASSES[n % 3]
            first, second, third = (WORDS[(n // 32**k) % 32] for k in range(3))
            text = f"{first} {label} number {n * 7919 % 100_003} {second} came {third} on day {n * 31 % 365}"
            priority = "urgent" if n < urgent else "low"
            world.rows.append({"id": f"r{n}", "text": text, "category": label, "priority": priority})
        world.write_test()
        world.configure(DATA + SLICE + POLICY)
        return world

    def write_test(self) -> None:
        """Write the test file as it is now."""
        with (self.folder / "test.csv").open("w", newline="", encoding="utf-8") as file:
            out = csv.DictWriter(file, list(self.rows[0]))
            out.writeheader()
            out.writerows(self.rows)

    def configure(self, text: str) -> None:
        """Write assay.toml."""
        (self.folder / "assay.toml").write_text(text, "utf-8")

    def predict(self, name: str, wrong: set[int], confidence: float = 0.9) -> str:
        """Write a file of predictions with these rows wrong; returns its name."""
        with (self.folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(["id", "prediction", "confidence"])
            for n, row in enumerate(self.rows):
                right = row["category"]
                said = CLASSES[(CLASSES.index(right) + 1) % 3] if n in wrong else right
                out.writerow([row["id"], said, confidence])
        return f"{name}.csv"

    def evaluate(self, name: str, wrong: set[int] | None = None, *more: str) -> str:
        """Evaluate a model; returns the folder."""
        file = self.predict(name, wrong) if wrong is not None else f"{name}.csv"
        folder = f"out/{name}"
        arguments = ["evaluate", "--predictions", file, "--config", "assay.toml", "--output", folder, "--quiet"]
        assert _outcome([*arguments, "--no-discover", *more]) == 0
        return folder

    def gate(self, folder: str, *more: str) -> tuple[int, dict[str, Any]]:
        """Judge an evaluation; returns the exit code and the verdict, empty if there is none."""
        code = _outcome(["gate", folder, "--config", "assay.toml", "--output", "out/gate", "--quiet", *more])
        path = self.folder / "out/gate/verdict.json"
        return code, json.loads(path.read_text("utf-8")) if path.is_file() else {}

    def promote(self, model: str, *more: str) -> int:
        """Promote a model by the last verdict; returns the exit code."""
        verdict = ["--verdict", "out/gate/verdict.json", "--config", "assay.toml", "--quiet"]
        return _outcome(["promote", model, "--as", "production", *verdict, *more])

    @property
    def production(self) -> dict[str, Any] | None:
        """What is in production."""
        path = self.folder / "registry/production.json"
        return json.loads(path.read_text("utf-8")) if path.is_file() else None
