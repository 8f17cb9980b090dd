"""assay.toml: frozen, validated, with errors that name file, line and the nearest known key."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from assay.audit.catalogue import planned
from assay.audit.config_tables import (
    AuditTable,
    Data,
    Evaluation,
    Expectations,
    Gate,
    ScaleTable,
    Slice,
    Table,
    Tracking,
    Train,
    several,
)
from assay.audit.encoders.request import BUILT_IN, Request
from assay.audit.errors import ConfigError
from assay.audit.options import check_options
from assay.audit.rules import Rule, Settings, Severity, all_rules, did_you_mean, nearest, wrong_prefix
from assay.audit.toml_lines import line_of

FILE, PYPROJECT = "assay.toml", "pyproject.toml"
_PATHS = frozenset({"probabilities"})
"""Options of rules that name a file."""
_AT = re.compile(r"\(at line (\d+)")


class Config(Table):
    """All of assay.toml."""

    data: Data = Field(default_factory=Data.model_construct)
    audit: AuditTable = Field(default_factory=AuditTable.model_construct)
    scale: ScaleTable = Field(default_factory=ScaleTable.model_construct)
    slice: Annotated[tuple[Slice, ...], BeforeValidator(several)] = ()
    expectations: Expectations = Field(default_factory=Expectations.model_construct)
    train: Train = Field(default_factory=Train.model_construct)
    evaluation: Evaluation = Field(default_factory=Evaluation.model_construct)
    gate: Gate = Field(default_factory=Gate.model_construct)
    tracking: Tracking = Field(default_factory=Tracking.model_construct)

    def settings(self) -> Settings:
        """What the rules see of it."""
        options = {c: {k: v for k, v in o.items() if k != "severity"} for c, o in self.audit.rules.items()}
        # A text is too long for the model that will be trained on it, unless the rule is told otherwise.
        model, longest = self.train.model, self.train.max_length
        known: dict[str, Any] = {"tokenizer": model} if model and (Path(model) / "tokenizer.json").is_file() else {}
        known |= {"max_tokens": longest} if longest else {}
        if known:
            options["RLS006"] = {**known, **options.get("RLS006", {})}
        severities = {c: Severity(o["severity"]) for c, o in self.audit.rules.items() if "severity" in o}
        return Settings(self.audit.select, self.audit.ignore, options, severities)


@dataclass(frozen=True, slots=True)
class Source:
    """A configuration file as text, for messages that point into it."""

    path: str
    text: str
    prefix: tuple[str, ...] = ()
    """Where our tables start: ``tool.assay`` in a pyproject.toml."""

    def problem(self, keys: tuple[str | int, ...], words: str) -> str:
        """``assay.toml:12: audit.fail_on: expected ...``."""
        line = line_of(self.text, (*self.prefix, *keys))
        return f"{self.path}{f':{line}' if line else ''}: {_dotted(keys)}: {words}"


def find(folder: Path) -> Path | None:
    """The configuration file of a folder: assay.toml, else a pyproject.toml with [tool.assay]."""
    if (folder / FILE).is_file():
        return folder / FILE
    project = folder / PYPROJECT
    try:
        tables = tomllib.loads(project.read_text("utf-8-sig")) if project.is_file() else {}
    except (OSError, ValueError):  # somebody else's file, with nothing that we need from it
        return None
    tool = tables.get("tool")
    return project if isinstance(tool, dict) and "assay" in tool else None


def load(path: Path) -> Config:
    """Read and validate a configuration file; its paths become relative to the current folder.

    Raises:
        ConfigError: one line for every problem: file:line: key: what was expected, what was got.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}: not UTF-8: {error.reason} (byte {error.start + 1})") from error
    return _relative(parse_text(text, str(path)), path.parent)


def parse_text(text: str, path: str) -> Config:
    """Validate the text of a configuration file; paths stay as they are.

    Raises:
        ConfigError: see ``load``.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT.search(str(error))
        place = f"{path}:{found[1]}" if found else path
        raise ConfigError(f"{place}: not valid TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: not valid TOML: nested too deeply") from error
    source = Source(path, text)
    if Path(path).name == PYPROJECT:
        tool = tables.get("tool")
        if not isinstance(tool, dict) or "assay" not in tool:
            raise ConfigError(f"{path}: no [tool.assay] table")
        tables, source = tool["assay"], Source(path, text, ("tool", "assay"))
    return _parse(tables, source)


def _parse(tables: Any, source: Source) -> Config:
    """Validate the tables of a configuration, rule options included."""
    try:
        config = Config.model_validate(tables)
    except ValidationError as invalid:
        problems = [_words(source, e) for e in invalid.errors(include_url=False)]
        raise ConfigError("\n".join(dict.fromkeys(problems))) from None
    table = config.audit
    rules = {r.code: r for r in all_rules()} if table.rules or table.select or table.ignore else {}
    checked: dict[str, dict[str, Any]] = {}
    problems = []
    for code, options in config.audit.rules.items():
        checked[code.upper()] = _rule_options(rules, code, options, source, problems)
    problems += _selections(config, list(rules), source) + _meaning(config, source)
    if problems:
        raise ConfigError("\n".join(problems))
    return config.model_copy(update={"audit": config.audit.model_copy(update={"rules": checked})})


def _rule_options(
    rules: dict[str, Rule], code: str, options: dict[str, Any], source: Source, problems: list[str]
) -> dict[str, Any]:
    keys = ("audit", "rules", code)
    if code.upper() not in rules:
        to_come = code.upper() in planned(rules)
        words = "this rule is not built yet" if to_come else f"no such rule{did_you_mean(code, list(rules))}"
        problems.append(source.problem(keys, words))
        return {}
    severity = {k: v for k, v in options.items() if k == "severity"}
    if severity and severity["severity"] not in list(Severity):
        problems.append(
            source.problem((*keys, "severity"), _expected(f"one of {_choices(Severity)}", severity["severity"]))
        )
    values, wrong = check_options(rules[code.upper()], {k: v for k, v in options.items() if k != "severity"})
    problems += [source.problem((*keys, *at), words) for at, words in wrong]
    return {**values, **severity}


def _selections(config: Config, codes: list[str], source: Source) -> list[str]:
    """Prefixes in ``select`` and ``ignore`` that fit no rule."""
    return [
        source.problem(("audit", key), problem)
        for key in ("select", "ignore")
        for prefix in getattr(config.audit, key)
        if (problem := wrong_prefix(prefix, codes, ignoring=key == "ignore"))
    ]


def _meaning(config: Config, source: Source) -> list[str]:
    """What types cannot say."""
    out = []
    for n, each in enumerate(config.slice):
        kinds = [k for k in ("where", "function", "by", "like", "property") if getattr(each, k)]
        if len(kinds) != 1:
            given = f"got {' and '.join(kinds)}" if kinds else "got none"
            out.append(
                source.problem(("slice", n), f"expected exactly one of where, function, by, like, property; {given}")
            )
        if not each.name and not each.by:
            out.append(source.problem(("slice", n), "a slice needs a name"))
    for n, need in enumerate(config.gate.require):
        bounds = (need.at_least, need.at_most, need.no_worse_than_baseline_by, need.max_audit_findings)
        if all(b is None for b in bounds):
            words = "expected at_least, at_most, no_worse_than_baseline_by or max_audit_findings; got none"
            out.append(source.problem(("gate", "require", n), words))
        elif need.metric is None and need.max_audit_findings is None:
            out.append(source.problem(("gate", "require", n), 'needs a metric, as in metric = "recall"'))
    return out


def _relative(config: Config, folder: Path) -> Config:
    """Paths relative to the configuration file."""

    def join(path: str) -> str:
        here = os.path.normpath(folder / path)
        there = os.path.exists(here)  # noqa: PTH110 - Path raises on a name that is too long
        hub_id = "://" in path or path.startswith("hf:") or (not Path(path).suffix and not there)
        return path if hub_id or folder == Path() else here

    data = config.data
    files = {n: tuple(map(join, getattr(data, n))) for n in ("train", "validation", "test", "production")}
    wanted = Request(config.audit.encoder)
    encoder = wanted.encoder if wanted.name in BUILT_IN else wanted.named(join(wanted.name)).encoder
    rules = {
        code: {name: join(value) if name in _PATHS and value else value for name, value in options.items()}
        for code, options in config.audit.rules.items()
    }
    return config.model_copy(
        update={
            "data": data.model_copy(update=files),
            "audit": config.audit.model_copy(update={"encoder": encoder, "rules": rules}),
            "scale": config.scale.model_copy(
                update={"storage": join(storage) if (storage := config.scale.storage) else None}
            ),
            "train": config.train.model_copy(update=_train_paths(config.train, folder)),
            "evaluation": config.evaluation.model_copy(
                update={"costs_file": join(costs) if (costs := config.evaluation.costs_file) else None}
            ),
            "expectations": _expectation_paths(config.expectations, folder),
        }
    )


def _expectation_paths(told: Expectations, folder: Path) -> Expectations:
    """The suite's file, or the project in which it has a name."""
    key, value = ("project", told.project) if told.project else ("suite", told.suite)
    return told.model_copy(update={key: os.path.normpath(folder / value)}) if value else told


def _train_paths(train: Train, folder: Path) -> dict[str, str | None]:
    """The model's folder and the run's; a hub id may hold dots (bge-small-en-v1.5), so only what exists is a folder."""
    beside = {name: os.path.normpath(folder / value) for name in ("model", "output") if (value := getattr(train, name))}
    if train.model and not os.path.exists(beside["model"]) and not train.model.startswith("."):  # noqa: PTH110 - as above
        beside["model"] = train.model
    return {**beside}


def _words(source: Source, error: Any) -> str:
    """One validation error of pydantic in our words."""
    keys = tuple(k for k in error["loc"])
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return source.problem(keys, f"unknown key{_nearest(keys)}")
    if kind == "missing":
        return source.problem(keys, "required key is missing")
    wanted = EXPECTED.get(kind) or error["msg"].removeprefix("Input should be ")
    if kind == "literal_error":
        wanted = f"one of {context['expected'].replace(chr(39), '')}".replace(" or ", ", ")
    return source.problem(keys, _expected(wanted, error["input"]))


EXPECTED = {
    "string_type": "a string",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "tuple_type": "a list (or one value of it)",
    "dict_type": "a table",
    "model_type": "a table",
}


def _expected(wanted: str, got: Any) -> str:
    shown = repr(got) if not isinstance(got, bool) else str(got).lower()
    return f"expected {wanted}, got {shown if len(shown) <= 60 else shown[:57] + '...'}"  # noqa: PLR2004 - a screen line


def _choices(values: Any) -> str:
    return ", ".join(str(v) for v in values)


def _dotted(keys: tuple[str | int, ...]) -> str:
    return "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in keys).removeprefix(".") or "(top)"


def _nearest(keys: tuple[str | int, ...]) -> str:
    """The nearest key of the same table, else the same key of another table."""
    word, known = str(keys[-1]), _known(keys[:-1])
    if near := nearest(word, known):
        return near
    elsewhere = [f"{table}.{word}" for table in ("data", "audit", "train", "gate") if word in _known((table,))]
    return f"; did you mean {elsewhere[0]!r}?" if elsewhere else did_you_mean(word, known)


def _known(keys: tuple[str | int, ...]) -> list[str]:
    """Keys that the table at a place may have."""
    model: type[BaseModel] = Config
    for key in keys:
        if isinstance(key, int) or key not in model.model_fields:
            continue
        annotation = model.model_fields[key].annotation
        found = [t for t in (annotation, *get_args(annotation)) if isinstance(t, type) and issubclass(t, BaseModel)]
        model = found[0] if found else model
    return list(model.model_fields)
