"""Options of rules, checked against the keyword-only parameters of their checks."""

from __future__ import annotations

import json
from inspect import Parameter, signature
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from assay.audit.rules import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.audit.rules import Rule

Problem = tuple[tuple[str, ...], str]


def option_types(rule: Rule) -> dict[str, Any]:
    """Annotated type of each option; the type of the default where the annotation cannot be read."""
    out = {}
    for name, parameter in signature(rule.check).parameters.items():
        if parameter.kind is not Parameter.KEYWORD_ONLY:
            continue
        holder = SimpleNamespace(__annotations__={name: parameter.annotation})
        try:
            spaces = getattr(rule.check, "__globals__", {})
            out[name] = get_type_hints(holder, globalns=spaces, include_extras=True)[name]
        except (NameError, TypeError, AttributeError, SyntaxError):
            out[name] = type(parameter.default)
    return out


def check_options(rule: Rule, values: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Values as the check wants them (lists become tuples), and what is wrong with the others."""
    types = option_types(rule)
    checked: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in values.items():
        if name not in types:
            known = [*types, "severity"]
            problems.append(((name,), f"rule {rule.code} has no such option{did_you_mean(name, known)}"))
            continue
        try:
            # JSON is read strictly, yet lets lists be tuples and strings be enum members.
            checked[name] = TypeAdapter(types[name]).validate_json(json.dumps(value, default=str), strict=True)
        except ValidationError as invalid:
            first = invalid.errors(include_url=False)[0]
            wanted = first["msg"].removeprefix("Input should be ").removeprefix("a valid ")
            problems.append(((name,), f"expected {type_words(types[name])}, got {value!r:.60} ({wanted})"))
    return checked, problems


def type_words(annotation: Any) -> str:
    """A type as a person would write it: ``float``, ``one of first, last``."""
    words = {float: "a number", int: "a whole number", str: "a string", bool: "true or false"}
    if annotation in words:
        return words[annotation]
    if get_origin(annotation) is Literal:
        return f"one of {', '.join(map(str, get_args(annotation)))}"
    if get_origin(annotation) is Annotated:
        return type_words(get_args(annotation)[0])
    if isinstance(annotation, type) and get_origin(annotation) is None:
        return annotation.__name__
    return str(annotation).replace("typing.", "")
