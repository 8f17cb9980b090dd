"""What a rule is, what it finds, and how a selection of rules is run over a data set."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from hashlib import sha256
from importlib import import_module
from inspect import Parameter, getdoc, getsourcefile, signature
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec

from assay.audit.catalogue import planned
from assay.audit.errors import ConfigError, MissingInputError

if TYPE_CHECKING:
    import polars as pl

    from assay.audit.dataset import Dataset

P = ParamSpec("P")
Check = Callable[Concatenate["Dataset", P], Iterator["Hit"]]
Scorer = Callable[["Dataset", Mapping[str, Mapping[str, Any]]], "pl.Series"]


class Severity(StrEnum):
    """How bad, in SARIF's words."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Fix:
    """What could be done about a hit; a rule never does it."""

    action: Literal["drop", "relabel", "move"]
    rows: tuple[int, ...]
    safe: bool = False
    """True only if nothing is lost that cannot be recovered from the rows kept."""
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """What a check yields; rows are indices into the data set's frame.

    ``rows`` is never empty and its first row is the one to look at. ``related`` and ``scores`` are
    empty or run parallel to ``rows``.
    """

    rows: tuple[int, ...]
    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """JSON-able facts that let a person check the hit at a glance."""
    fix: Fix | None = None
    related: tuple[int, ...] = ()
    """For each row the row it was compared with; -1 for none."""
    scores: tuple[float, ...] = ()
    """For each row how strong the evidence is, 0..1; nan for none."""
    group: int | None = None
    """Cluster the rows belong to."""
    suggested: str | None = None
    """Label that the rows should probably carry."""
    subject: str = ""
    """What the hit is about when that is not its rows (a class, a label): then it alone is the identity."""

    def __post_init__(self) -> None:
        """Refuse a hit without a place, or with columns that do not match its rows."""
        size = len(self.rows)
        if not size or len(self.related) not in {0, size} or len(self.scores) not in {0, size}:
            raise ValueError(f"a hit needs rows, and related and scores parallel to them: {self!r:.300}")


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit under the rule that made it and the severity the configuration gave it."""

    code: str
    severity: Severity
    hit: Hit
    fingerprint: str
    """Identity across runs: rule and content of the rows with their split, never their places."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A check with the name people select it by. Docstring = documentation, keyword parameters = options."""

    code: str
    name: str
    severity: Severity
    check: Callable[..., Iterator[Hit]]

    @property
    def options(self) -> Mapping[str, Any]:
        """Keyword-only parameters and their defaults: the keys a config may set."""
        parameters = signature(self.check).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is Parameter.KEYWORD_ONLY}

    @property
    def help(self) -> str:
        """The check's docstring, which ``assay explain`` prints."""
        return getdoc(self.check) or ""


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


def choose(select: Sequence[str], ignore: Sequence[str]) -> tuple[Rule, ...]:
    """Rules whose code starts with a selected prefix (all, if none is given) and with no ignored one.

    Raises:
        ConfigError: a prefix that fits no rule.
    """
    rules = all_rules()
    codes = [r.code for r in rules]
    for prefixes, ignoring in ((select, False), (ignore, True)):
        for prefix in prefixes:
            if problem := wrong_prefix(prefix, codes, ignoring=ignoring):
                raise ConfigError(problem)
    if "ALL" in ignore:
        return ()
    wanted = [r for r in rules if not select or "ALL" in select or r.code.startswith(tuple(select))]
    return tuple(r for r in wanted if not ignore or not r.code.startswith(tuple(ignore)))


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
class Audit:
    """What ran, what it found, and what could not run: a skipped rule is not a passed one.

    Every selected rule is in exactly one of ``ran`` and ``skipped``.
    """

    data: Dataset
    ran: tuple[str, ...]
    skipped: Mapping[str, str]
    """code -> why the rule could not run."""
    crashed: tuple[str, ...]
    """Those skipped because of an error in the rule itself: the audit is incomplete."""
    findings: tuple[Finding, ...]
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

    @property
    def complete(self) -> bool:
        """Nothing broke; rules skipped for want of an input are no breakage."""
        return not self.crashed and not self.broken_scores


def fingerprint(data: Dataset, code: str, hit: Hit) -> str:
    """Identity of a finding: 16 hex digits over its rule and its subject, or its rows' content and split."""
    return _fingerprints(data, code, [hit])[0]


def _fingerprints(data: Dataset, code: str, hits: Sequence[Hit]) -> list[str]:
    flat = [i for hit in hits for i in hit.rows]
    keys, splits = data.keys(flat), data.split_codes[flat].tolist() if flat else []
    names = [s.name for s in data.splits]
    marks, out, at = [f"{names[s]}:{k}" for s, k in zip(splits, keys, strict=True)], [], 0
    for hit in hits:
        own = marks[at : at + len(hit.rows)]
        at += len(hit.rows)
        identity = ["subject", hit.subject] if hit.subject else sorted(own)
        out.append(sha256("\0".join([code, *identity]).encode("utf-8", "surrogatepass")).hexdigest()[:16])
    return out


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
    findings: list[Finding] = []
    ran: list[str] = []
    skipped: dict[str, str] = {}
    crashed: list[str] = []
    seconds: dict[str, float] = {}
    for each in rules:
        if progress:
            progress(each.code)
        started = time.perf_counter()
        try:
            findings += _findings(data, each, severities[each.code], options[each.code])
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
        findings=tuple(findings),
        scores=scores,
        severities={c: severities[c] for c in ran},
        seconds=seconds,
        options=options,
        broken_scores=broken,
    )


def _findings(data: Dataset, each: Rule, severity: Severity, options: Mapping[str, Any]) -> list[Finding]:
    """Run one rule; its findings by first row."""
    hits = list(each.check(data, **options))
    marks = _fingerprints(data, each.code, hits)
    found = [Finding(each.code, severity, h, m) for h, m in zip(hits, marks, strict=True)]
    return sorted(found, key=lambda f: (f.hit.rows[0], f.hit.subject, f.fingerprint))


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
