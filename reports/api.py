"""The commands as functions: the same names, the same files, results as objects instead of text.

Example::

    from assay import reports

    scored = reports.evaluate(predictions="predictions.csv", data="test.csv", config="assay.toml")
    verdict = reports.gate("assay-out/evaluation", config="assay.toml")
    if verdict.outcome == "PASS":
        reports.promote("predictions.csv", "production", config="assay.toml")

Each writes the folder that its command writes. What the command answers with exit code 2 is raised as an
``AssayError``; what it says on standard error goes to ``tell``.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.reports.evaluation.assembly import Evaluation
    from assay.reports.gating.verdict import Verdict

    Place = str | Path
    Tell = Callable[[str], None]

__all__ = ["evaluate", "gate", "promote", "review", "run"]


def evaluate(  # noqa: PLR0913 - one option a parameter, as on the command line
    run_dir: Place | None = None,
    *,
    data: Place | None = None,
    predictions: Place | None = None,
    output: Place = "assay-out/evaluation",
    config: Place | None = None,
    audit: Place | None = None,
    train: Place | None = None,
    production: Place | None = None,
    discover: bool = True,
    perturb: bool = False,
    tell: Tell | None = None,
) -> Evaluation:
    """Score a model slice by slice, as ``assay evaluate`` does.

    Args:
        run_dir: folder of ``assay train``; this or ``predictions``.
        data: the test set; that of the configuration if none is named.
        predictions: a file of any model's predictions, joined to the data by id or row.
        output: folder that is written.
        config: ``assay.toml``; that of the current folder if there is one.
        audit: folder of an audit of these data.
        train: training data, for the nearest rows of errors.
        production: a set like production traffic.
        discover: whether failing slices are looked for.
        perturb: whether the model is asked again with typos and the like (``run_dir`` only).
        tell: is given every message.

    Raises:
        AssayError: it could not be evaluated; nothing is written.
    """
    from assay.reports.evaluation.assembly import Evaluation  # noqa: PLC0415 - heavy

    told: dict[str, Any] = {
        "run": run_dir,
        "data": data,
        "predictions": predictions,
        "output": output,
        "config": config,
    }
    told |= {"audit": audit, "train": train, "production": production, "discover": discover, "perturb": perturb}
    _do("evaluate", told, tell)
    return Evaluation.load(output)


def gate(  # noqa: PLR0913 - as above
    evaluation: Place = "assay-out/evaluation",
    *,
    baseline: Place | None = None,
    audit: Place | None = None,
    output: Place = "assay-out/gate",
    config: Place | None = None,
    tell: Tell | None = None,
) -> Verdict:
    """Judge an evaluation by the policy, as ``assay gate`` does; only the outcome PASS lets a model through.

    Args:
        evaluation: folder of ``assay evaluate``.
        baseline: evaluation of the model to compare with.
        audit: folder of the audit, where the policy limits its findings.
        output: folder that is written.
        config: ``assay.toml`` with the policy.
        tell: is given every message.

    Raises:
        AssayError: there is no verdict; an earlier one in ``output`` is removed.
    """
    from assay.reports.gating.verdict import Verdict  # noqa: PLC0415 - heavy

    told = {"evaluation": evaluation, "baseline": baseline, "audit": audit, "output": output, "config": config}
    _do("gate", told, tell)
    return Verdict.load(output)


def promote(  # noqa: PLR0913 - as above
    run_dir: Place,
    alias: str,
    *,
    verdict: Place | None = None,
    registry: Place | None = None,
    config: Place | None = None,
    tell: Tell | None = None,
) -> dict[str, Any] | None:
    """Move an alias to a model, if its verdict is PASS and can be reproduced, as ``assay promote`` does.

    Args:
        run_dir: the model: a run folder, or the file of predictions that was evaluated.
        alias: what it becomes, as in ``production``.
        verdict: file of the verdict; that of ``assay-out/gate`` if none is named.
        registry: folder of promotions, or ``mlflow``.
        config: ``assay.toml`` with the policy.
        tell: is given the reasons where it is blocked.

    Returns:
        The record of the promotion; None where it is blocked and the alias stays as it is.

    Raises:
        AssayError: it could not be checked.
    """
    told = {"run": run_dir, "alias": alias, "verdict": verdict, "registry": registry, "config": config}
    code, said = _do("promote", {**told, "form": "json", "quiet": False}, tell)
    return json.loads(said) if code == 0 else None


def run(  # noqa: PLR0913 - as above
    *,
    output: Place = "assay-out",
    config: Place | None = None,
    baseline: Place | None = None,
    decisions: Place | None = None,
    unsafe: bool = False,
    force: bool = False,
    again: bool = False,
    tell: Tell | None = None,
) -> dict[str, Any]:
    """Audit, clean, split if needed, train, evaluate and gate, as ``assay run`` does.

    Args:
        output: folder of all steps; what is done and unchanged there is not done again.
        config: ``assay.toml``.
        baseline: evaluation of the model to compare with.
        decisions: what reviewers decided.
        unsafe: apply unsafe fixes, too.
        force: train although the audit of the cleaned data holds errors.
        again: do all steps anew.
        tell: is given a line for each step.

    Returns:
        The facts of ``assay run --format json``: ``outcome`` is PASS, FAIL, UNKNOWN or STOPPED.

    Raises:
        AssayError: a step could not run.
    """
    told: dict[str, Any] = {"output": output, "config": config, "baseline": baseline, "decisions": decisions}
    told |= {"unsafe": unsafe, "force": force, "again": again, "form": "json", "quiet": tell is None}
    facts: dict[str, Any] = json.loads(_do("run", told, tell)[1])
    return facts


def review(  # noqa: PLR0913 - as above
    audit_dir: Place = "assay-out/audit",
    *,
    decisions: Place | None = None,
    reviewer: str | None = None,
    port: int = 0,
    browser: bool = True,
    tell: Tell | None = None,
) -> None:
    """Serve the review page, as ``assay review`` does; returns when it is stopped.

    Args:
        audit_dir: folder of ``assay audit``.
        decisions: file that decisions are appended to; ``decisions.jsonl`` in the audit if none is named.
        reviewer: who decides; the user of this machine if nobody is named.
        port: on 127.0.0.1; 0 takes a free one.
        browser: whether the page is opened.
        tell: is given the address.

    Raises:
        AssayError: there is no audit, or its data have changed.
    """
    told = {"audit_dir": audit_dir, "decisions": decisions, "reviewer": reviewer, "port": port}
    _do("review", {**told, "no_browser": not browser, "quiet": False}, tell, aloud=True)


def _do(name: str, told: dict[str, Any], tell: Tell | None, *, aloud: bool = False) -> tuple[int, str]:
    """A command with some of its options; the others are as they are on the command line.

    Args:
        name: of the command.
        told: options; those that are None are as if they were not given.
        tell: is given every message.
        aloud: whether it is given results as well, as they come.

    Returns:
        Exit code, and what the command printed.
    """
    command = getattr(import_module(f"assay.reports.commands.{name}"), name)
    listen = tell or (lambda _: None)
    given = {**command.make_context(name, [], resilient_parsing=True).params, "quiet": True}
    given |= {p.name: () for p in command.params if getattr(p, "multiple", False) and given[p.name] is None}
    given |= {key: str(value) if isinstance(value, Path) else value for key, value in told.items() if value is not None}
    printed: list[str] = []
    emit = listen if aloud else printed.append
    code = import_module(f"assay.reports.{name}_command").run(given, emit, listen)
    return int(code), "".join(printed)
