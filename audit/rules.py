"""What a rule is, what it finds, and how a selection of rules is run over a data set."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from hashlib import sha256
from importlib import import_module
from inspect import Parameter, getdoc, getsourcefile, signature
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from assay.audit.catalogue import planned
from assay.audit.columns import Findings, Fixes, Hits, Part, columns_of, concatenated
from assay.audit.errors import ConfigError, MissingInputError
from assay.audit.findings import Finding, Fix, Hit, Severity, mildest
from assay.audit.shown import Shown

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from assay.audit.dataset import Dataset

__all__ = [
    "Audit",
    "Finding",
    "Findings",
    "Fix",
    "Fixes",
    "Hit",
    "Hits",
    "Rule",
    "Settings",
    "Severity",
    "row_score",
    "rule",
    "run",
]

P = ParamSpec("P")
Check = Callable[Concatenate["Dataset", P], Iterator[Hit | Hits] | Iterator[Hit] | Iterator[Hits]]
Scorer = Callable[["Dataset", Mapping[str, Mapping[str, Any]]], "pl.Series"]
PARTIAL = "partial"
"""``Dataset.memo[PARTIAL, code]``: what a check could not look at, though its findings stand."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A check with the name people select it by. Docstring = documentation, keyword parameters = options."""

    code: str
    name: str
    severity: Severity
    check: Callable[..., Iterator[Hit | Hits] | Iterator[Hit] | Iterator[Hits]]

    @property
    def options(self) -> Mapping[str, Any]:
        """Keyword-only parameters and their defaults: the keys a config may set."""
        parameters = signature(self.check).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is Parameter.KEYWORD_ONLY}

    @property
    def help(self) -> str:
        """The check's docstring, which ``assay explain`` prints."""
        return getdoc(self.check) or ""


_REGISTERS = re.compile(r'^@rule\("([A-Z]+[0-9]+)"', re.MULTILINE)
_rules: dict[str, Rule] = {}
_scorers: dict[str, tuple[tuple[str, ...], Scorer]] = {}


def rule(code: str, name: str, severity: Severity) -> Callable[[Check[P]], Check[P]]:
    """Register a check under a code; the function itself is returned unchanged."""

    def register(check: Check[P]) -> Check[P]:
        doc = getdoc(check) or ""
        if code in _rules or not all(word in doc for word in ("Why:", "Fix:")):
            problem = "is taken" if code in _rules else "needs a docstring with Why: and Fix:"
            raise ValueError(f"{getsourcefile(check)}:{check.__code__.co_firstlineno}: rule {code} {problem}")
        _rules[code] = Rule(code, name, severity, check)
        return check

    return register


def row_score(name: str, *codes: str) -> Callable[[Scorer], Scorer]:
    """Register a column of ``rows.parquet``: computed when any of ``codes`` ran, null otherwise.

    The function gets the data set and the options in force (code -> option -> value).
    """

    def register(scorer: Scorer) -> Scorer:
        _scorers[name] = (codes, scorer)
        return scorer

    return register


def all_rules() -> tuple[Rule, ...]:
    """Import every file in ``checks`` and return their rules in order of code."""
    from assay.audit import checks  # noqa: PLC0415 - checks import this module

    for module in iter_modules(checks.__path__, f"{checks.__name__}."):
        import_module(module.name)
    return tuple(_rules[code] for code in sorted(_rules))


def registered() -> Mapping[str, Rule]:
    """Rules of the files that are imported, by code: those of a selection, once it is chosen."""
    return _rules


@cache
def _homes() -> Mapping[str, str]:
    """Code -> module of every rule in ``checks``, read from their sources: half of an audit's imports are spared."""
    from assay.audit import checks  # noqa: PLC0415 - as above

    homes: dict[str, str] = {}
    for module in iter_modules(checks.__path__, f"{checks.__name__}."):
        source = Path(checks.__path__[0], module.name.rpartition(".")[2] + ".py")
        homes |= dict.fromkeys(_REGISTERS.findall(source.read_text("utf-8")), module.name)
    return homes


def choose(select: Sequence[str], ignore: Sequence[str]) -> tuple[Rule, ...]:
    """Rules whose code starts with a selected prefix (all, if none is given) and with no ignored one.

    Raises:
        ConfigError: a prefix that fits no rule.
    """
    homes = _homes()
    codes = sorted({*homes, *_rules})
    for prefixes, ignoring in ((select, False), (ignore, True)):
        for prefix in prefixes:
            if problem := wrong_prefix(prefix, codes, ignoring=ignoring):
                raise ConfigError(problem)
    if "ALL" in ignore:
        return ()
    wanted = [c for c in codes if not select or "ALL" in select or c.startswith(tuple(select))]
    wanted = [c for c in wanted if not ignore or not c.startswith(tuple(ignore))]
    for module in sorted({homes[code] for code in wanted if code not in _rules}):
        import_module(module)
    return tuple(_rules[code] for code in wanted)


def wrong_prefix(prefix: str, codes: Sequence[str], *, ignoring: bool) -> str:
    """What is wrong with a selected or ignored prefix; empty if it fits a rule.

    Ignoring a rule that is still to come is right already; selecting it would check nothing.
    """
    if prefix == "ALL" or (prefix and any(code.startswith(prefix) for code in codes)):
        return ""
    to_come = [code for code in planned(codes) if prefix and code.startswith(prefix)]
    if to_come:
        return "" if ignoring else f"{prefix!r} selects only rules that are not built yet: {', '.join(to_come)}"
    families = sorted({code[: len(prefix)] for code in codes}) if prefix else []
    return f"no rule starts with {prefix!r}{nearest(prefix, families) or did_you_mean(prefix, codes)}"


@dataclass(frozen=True, slots=True)
class Settings:
    """What of the configuration the rules see."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """code -> option -> value; missing ones take the rule's default."""
    severities: Mapping[str, Severity] = field(default_factory=dict)
    """code -> severity that replaces the rule's own."""


@dataclass(frozen=True, slots=True)
class Audit(Shown):
    """What ran, what it found, and what could not run: a skipped rule is not a passed one.

    Every selected rule is in exactly one of ``ran`` and ``skipped``.
    """

    data: Dataset
    ran: tuple[str, ...]
    skipped: Mapping[str, str]
    """code -> why the rule could not run."""
    crashed: tuple[str, ...]
    """Those skipped because of an error in the rule itself: the audit is incomplete."""
    findings: Sequence[Finding]
    scores: Mapping[str, pl.Series]
    """Row scores: columns of the frame's height, for the rules that ran."""
    severities: Mapping[str, Severity]
    """Severity in force for each rule that ran."""
    seconds: Mapping[str, float]
    """Wall-clock seconds of each rule; never part of a reproducible output."""
    options: Mapping[str, Mapping[str, Any]]
    """Options in force for each selected rule."""
    broken_scores: Mapping[str, str] = field(default_factory=dict)
    """row score -> why it could not be computed: the audit is incomplete."""
    partial: Mapping[str, str] = field(default_factory=dict)
    """code of a rule that ran -> what it could not look at: the audit is incomplete."""

    @property
    def complete(self) -> bool:
        """Nothing broke; rules skipped for want of an input are no breakage."""
        return not self.crashed and not self.broken_scores and not self.partial

    def to_polars(self) -> pl.DataFrame:
        """The findings, one line per finding and row concerned, as in ``findings.parquet``."""
        from assay.audit.store import findings_frame  # noqa: PLC0415 - it imports this module

        return findings_frame(self)


def fingerprint(data: Dataset, code: str, hit: Hit) -> str:
    """Identity of a finding: 16 hex digits over its rule and its subject, or its rows' content and split."""
    return _fingerprints(data, code, columns_of([hit]))[0]


def _fingerprints(data: Dataset, code: str, hits: Hits) -> tuple[str, ...]:
    """Identities of many findings. The order of a finding's rows does not matter: their hashes are added up."""
    import numpy as np  # noqa: PLC0415 - rules are told without it

    if not len(hits):
        return ()
    splits = np.array([_digest(s.name) for s in data.splits], np.uint64)
    rows = _mix(data.hashes(hits.rows) ^ splits[data.split_codes[hits.rows]])
    whole = np.add.reduceat(rows, hits.bounds[:-1]) ^ np.diff(hits.bounds).astype(np.uint64)
    for i, subject in enumerate(hits.subject or ()):
        if subject:
            whole[i] = _digest(f"subject\0{subject}")
    return tuple([f"{mark:016x}" for mark in _mix(whole ^ np.uint64(_digest(code))).tolist()])


def _digest(text: str) -> int:
    return int.from_bytes(sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "little")


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread the bits of 64-bit values (Stafford's mix 13, the finaliser of SplitMix64)."""
    import numpy as np  # noqa: PLC0415 - as above

    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        values = (values ^ (values >> np.uint64(shift))) * np.uint64(factor)
    return values ^ (values >> np.uint64(31))


def resolve_options(rules: Sequence[Rule], settings: Settings) -> dict[str, dict[str, Any]]:
    """Defaults of each rule overlaid with the configured values."""
    return {r.code: {**r.options, **settings.options.get(r.code, {})} for r in rules}


def run(data: Dataset, settings: Settings | None = None, progress: Callable[[str], None] | None = None) -> Audit:
    """Run the selected rules in order of code. A rule that crashes is reported, and the others go on.

    Args:
        data: the data set.
        settings: selection, options and severities.
        progress: called with each rule's code before it runs.
    """
    settings = settings or Settings()
    rules = choose(settings.select, settings.ignore)
    options = resolve_options(rules, settings)
    severities = {r.code: Severity(settings.severities.get(r.code, r.severity)) for r in rules}
    parts: list[Part] = []
    ran: list[str] = []
    skipped: dict[str, str] = {}
    crashed: list[str] = []
    seconds: dict[str, float] = {}
    for each in rules:
        if progress:
            progress(each.code)
        started = time.perf_counter()
        try:
            parts += _findings(data, each, severities[each.code], options[each.code])
            ran.append(each.code)
        except MissingInputError as missing:
            skipped[each.code] = str(missing)
        except BaseException as error:  # noqa: BLE001 - one broken rule must not cost the others' results
            skipped[each.code] = f"incomplete: {_broken(error)}"
            crashed.append(each.code)
        seconds[each.code] = time.perf_counter() - started
    if progress:
        progress("row scores")
    started = time.perf_counter()
    scores, broken = _scores(data, ran, options)
    seconds["row scores"] = time.perf_counter() - started
    return Audit(
        data=data,
        ran=tuple(ran),
        skipped=skipped,
        crashed=tuple(crashed),
        findings=Findings(parts),
        scores=scores,
        severities={c: severities[c] for c in ran},
        seconds=seconds,
        options=options,
        broken_scores=broken,
        partial={c: str(data.memo[PARTIAL, c]) for c in ran if (PARTIAL, c) in data.memo},
    )


def _findings(data: Dataset, each: Rule, severity: Severity, options: Mapping[str, Any]) -> list[Part]:
    """Run one rule; its findings by first row."""
    pieces: list[Hits] = []
    single: list[Hit] = []
    for found in each.check(data, **options):
        if isinstance(found, Hits):
            pieces.append(found)
        else:
            single.append(found)
    pieces += [columns_of(single)] if single else []
    return [_part(data, each.code, severity, concatenated(pieces))] if pieces else []


def _part(data: Dataset, code: str, severity: Severity, hits: Hits) -> Part:
    import numpy as np  # noqa: PLC0415 - as above

    marks = _fingerprints(data, code, hits)
    own = hits.severity or (None,) * len(hits)
    how_bad = tuple([mildest(severity, s) if s else severity for s in own])
    subject = np.unique(hits.subject, return_inverse=True)[1] if hits.subject else np.zeros(len(hits), np.int64)
    order = np.lexsort((np.array(marks), subject, hits.rows[hits.bounds[:-1]]))
    if (order[1:] > order[:-1]).all():
        return Part(code, hits, how_bad, marks)
    numbers = order.tolist()
    return Part(code, hits.take(order), tuple([how_bad[n] for n in numbers]), tuple([marks[n] for n in numbers]))


def _broken(error: BaseException) -> str:
    """Words for an error inside a rule; those that are no rule's fault are raised again.

    Panics of compiled libraries (polars) derive from BaseException only.
    """
    if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit, ConfigError)):
        raise error
    return f"{type(error).__name__}: {error}"


def _scores(
    data: Dataset, ran: Sequence[str], options: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, pl.Series], dict[str, str]]:
    """Row scores of the rules that ran, and why the others of them could not be computed."""
    out, broken = {}, {}
    for name, (codes, scorer) in sorted(_scorers.items()):
        if not set(codes) & set(ran):
            continue
        try:
            score = scorer(data, options).alias(name)
            if len(score) != len(data):
                raise ValueError(f"{len(score)} values for {len(data)} rows")
            out[name] = score
        except MissingInputError:
            continue
        except BaseException as error:  # noqa: BLE001 - one broken score must not cost the others' results
            broken[name] = _broken(error)
    return out, broken


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """``; did you mean 'x'?`` for the nearest known word, else what is known."""
    return nearest(word, known) or (f"; known: {', '.join(known)}" if known else "")


def nearest(word: str, known: Sequence[str]) -> str:
    """``; did you mean 'x'?`` for the nearest known word; empty if none is near."""
    near = get_close_matches(word, known, 1) or get_close_matches(word.upper(), known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""
