"""The promotion policy: assay.toml's [gate], read strictly. What cannot be meant is refused with file and line."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from assay.audit.config import PYPROJECT, Source
from assay.audit.errors import ConfigError
from assay.audit.rules import did_you_mean

if TYPE_CHECKING:
    from assay.audit.config import Config
    from assay.audit.config_tables import Requirement, Waiver

BoundName = Literal["at_least", "at_most", "no_worse_than_baseline_by"]
BOUNDS: tuple[BoundName, ...] = ("at_least", "at_most", "no_worse_than_baseline_by")
OVERALL, CRITICAL, EVERY_SLICE, EVERY_CLASS = "overall", "critical", "every slice", "every class"
AVERAGES = tuple(f"{a}_{m}" for a in ("macro", "micro", "weighted") for m in ("f1", "precision", "recall"))
METRICS = ("accuracy", "error_rate", "recall", "precision", "f1", *AVERAGES)
_OTHER_NAMES = {"acc": "accuracy", "error": "error_rate", "f1_score": "f1", "sensitivity": "recall"} | {
    f"{m}_{a}": f"{a}_{m}" for a in ("macro", "micro", "weighted") for m in ("f1", "precision", "recall")
}
NOTHING = (
    "the gate asks nothing of the model, and would promote any; add [[gate.require]] with a metric, as in\n"
    '[[gate.require]]\nslice = "critical"\nmetric = "recall"\nat_least = 0.90'
)


@dataclass(frozen=True, slots=True)
class Need:
    """One bound on one metric of one slice, or of each of several."""

    rule: str
    """Its name in the verdict and in waivers: ``critical.recall.at_least``."""
    slice: str
    """A slice's or class's name, or one of the four words."""
    metric: str
    bound: BoundName
    threshold: float
    confidence: float
    min_rows: int
    unknown: Literal["block", "warn"]

    @property
    def blanket(self) -> bool:
        """Whether it speaks of all slices or classes without naming one."""
        return self.slice in {EVERY_SLICE, EVERY_CLASS}


@dataclass(frozen=True, slots=True)
class Pardon:
    """A requirement set aside by a person until a day."""

    rule: str
    slice: str | None
    reason: str
    owner: str
    expires: date


@dataclass(frozen=True, slots=True)
class Policy:
    """All that a model must satisfy."""

    needs: tuple[Need, ...]
    audit: tuple[tuple[str, int], ...]
    """Prefix of rule codes and most findings allowed, sorted."""
    pardons: tuple[Pardon, ...]
    sequential: bool
    confidence: float
    declared: tuple[tuple[str, bool], ...]
    """Declared slices by name, and whether each is critical. Those made of values (``by``) are known by evaluation."""
    definitions: tuple[dict[str, Any], ...]
    """The [[slice]] tables, as configured."""

    @property
    def critical(self) -> frozenset[str]:
        """Names of slices that the configuration calls critical."""
        return frozenset(name for name, critical in self.declared if critical)

    def facts(self) -> dict[str, Any]:
        """For ``verdict.json``; holds everything that the verdict depends on."""
        return {
            "confidence": self.confidence,
            "sequential": self.sequential,
            "require": [asdict(need) for need in self.needs],
            "max_audit_findings": dict(self.audit),
            "waivers": [asdict(p) | {"expires": p.expires.isoformat()} for p in self.pardons],
            "slices": list(self.definitions),
        }

    def fingerprint(self) -> str:
        """Hash of the facts: two policies that ask the same have the same."""
        return sha256(json.dumps(self.facts(), sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def policy(config: Config, path: str | None) -> Policy:
    """Read the policy of a configuration.

    Args:
        config: the configuration.
        path: the file that it was read from, for messages that point into it.

    Raises:
        ConfigError: there is no requirement, or one that cannot be meant: a line for each.
    """
    source = _source(path)
    problems: list[str] = []
    needs: list[Need] = []
    audit = dict(config.gate.max_audit_findings)
    for number, each in enumerate(config.gate.require):
        needs += _needs(config, number, each, source, problems)
        audit |= {c: min(n, audit.get(c, n)) for c, n in (each.max_audit_findings or {}).items()}
    pardons = [p for n, w in enumerate(config.gate.waiver) if (p := _pardon(n, w, source, problems))]
    if not needs and not problems:
        problems.append(f"{path or 'no assay.toml here'}: {NOTHING}")
    if problems:
        raise ConfigError("\n".join(problems))
    return Policy(
        needs=_apart(needs),
        audit=tuple(sorted((code.upper(), most) for code, most in audit.items())),
        pardons=tuple(pardons),
        sequential=config.gate.sequential,
        confidence=config.gate.confidence,
        declared=tuple((s.name, s.critical) for s in config.slice if s.name and not s.by),
        definitions=tuple(json.loads(s.model_dump_json(exclude_defaults=True)) for s in config.slice),
    )


def metric_name(told: str) -> str:
    """A metric as Assay calls it: ``Macro-F1`` is ``macro_f1``."""
    name = told.strip().lower().replace(" ", "_").replace("-", "_")
    return _OTHER_NAMES.get(name, name)


def _source(path: str | None) -> Source:
    if not path:
        return Source("configuration", "")
    prefix = ("tool", "assay") if Path(path).name == PYPROJECT else ()
    return Source(path, Path(path).read_text("utf-8-sig"), prefix)


def _needs(config: Config, number: int, each: Requirement, source: Source, problems: list[str]) -> list[Need]:
    place = ("gate", "require", number)
    given = [b for b in BOUNDS if getattr(each, b) is not None]
    if not given:
        return []
    metric = metric_name(each.metric or "")
    if metric not in METRICS:
        words = f"no such metric: {each.metric!r}{did_you_mean(metric, METRICS)}; known: {', '.join(METRICS)}"
        problems.append(source.problem((*place, "metric"), words))
        return []
    name = each.slice.strip()
    word = next((w for w in (OVERALL, CRITICAL, EVERY_SLICE, EVERY_CLASS) if w == name.lower()), name)
    out = []
    for bound in given:
        threshold = float(getattr(each, bound))
        if wrong := _senseless(bound, threshold):
            problems.append(source.problem((*place, bound), wrong))
        rule = f"{word}.{metric}.{bound}"
        confidence, least = each.confidence or config.gate.confidence, each.min_rows or 0
        out.append(Need(rule, word, metric, bound, threshold, confidence, least, each.unknown))
    if each.at_least is not None and each.at_most is not None and each.at_least > each.at_most:
        words = f"at_least {each.at_least:g} and at_most {each.at_most:g} leave nothing between them"
        problems.append(source.problem((*place, "at_least"), words))
    return out


def _senseless(bound: BoundName, threshold: float) -> str | None:
    """Why a threshold cannot be meant."""
    if not 0 <= threshold <= 1:  # NaN too
        part = f"; {threshold:g} % is {threshold / 100:g}" if 1 < threshold <= 100 else ""  # noqa: PLR2004 - percent
        return f"expected a number between 0 and 1, got {threshold:g}{part}"
    if bound == "at_least" and threshold == 0:
        return "a floor of 0 asks nothing"
    if bound == "at_most" and threshold == 1:
        return "a ceiling of 1 asks nothing"
    if bound == "no_worse_than_baseline_by" and threshold == 1:
        return "a margin of 1 asks nothing"
    if (bound, threshold) in {("at_least", 1.0), ("at_most", 0.0)}:
        return "no number of rows proves a rate of exactly 1 or 0; ask for less, as in at_least = 0.99"
    return None


def _apart(needs: list[Need]) -> tuple[Need, ...]:
    """Requirements of one name (as at two confidences) are numbered: a waiver means one of them."""
    seen: dict[str, int] = {}
    out = []
    for need in needs:
        count = seen[need.rule] = seen.get(need.rule, 0) + 1
        rule = need.rule if count == 1 else f"{need.rule}#{count}"
        values = {**asdict(need), "rule": rule}
        out.append(Need(**values))
    return tuple(out)


def _pardon(number: int, waiver: Waiver, source: Source, problems: list[str]) -> Pardon | None:
    place = ("gate", "waiver", number)
    empty = [key for key in ("rule", "reason", "owner") if not getattr(waiver, key).strip()]
    problems += [source.problem((*place, key), "expected some words, got none") for key in empty]
    day = waiver.expires
    try:
        # A date with a time is a date as well: its day counts.
        expires = date.fromisoformat(day[:10]) if isinstance(day, str) else date(day.year, day.month, day.day)
    except (ValueError, AttributeError):
        problems.append(source.problem((*place, "expires"), f"expected a day, as in 2027-01-31, got {day!r}"))
        return None
    return Pardon(waiver.rule.strip(), waiver.slice, waiver.reason, waiver.owner, expires)
