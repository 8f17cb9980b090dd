"""The end of a run: model, metrics, baselines, model card, requirements, and last of all the manifest."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from assay.audit.atomic import write_file
from assay.audit.dataset import TEST
from assay.audit.encoders.folder import file_hash
from assay.train import card, manifest
from assay.train import ladder as baselines
from assay.train.examples import examples
from assay.train.finetune import infer, store
from assay.train.finetune.callbacks import lines
from assay.train.scores import scores

if TYPE_CHECKING:
    from assay.train.examples import Examples
    from assay.train.execution import Work
    from assay.train.finetune.network import Network

LONG = 120.0
"""Seconds after which an estimate is worth a sentence."""
NAMES = {"head": "linear head on frozen embeddings", "lora": "LoRA", "full": "full fine-tuning from the linear probe"}


def write(work: Work, network: Network, energy: manifest.Energy) -> None:
    """Write the run folder; ``manifest.json`` comes last, so a folder without it is not finished.

    Raises:
        OutputError: something cannot be written; the folder does not look finished.
    """
    from assay.train.execution import kept_of  # noqa: PLC0415 - it imports this module

    job = work.job
    kept = kept_of(work)
    with work.stage("writing"):
        home = store.save(network, work.tokens, kept, job.base, job.folder)
        if job.plan.merge:
            from assay.train.finetune.merging import merge  # noqa: PLC0415 - heavy

            merge(home, job.folder)
    with work.stage("test"):
        measured = metrics(work, network)
    if work.tuned is None:
        write_file(job.folder / "metrics.jsonl", "".join(lines(history(measured))).encode())
    ladder = baselines_document(work)
    requirements = manifest.requirements()
    told = document(work, kept, measured, ladder, requirements, energy)
    texts = {
        "baselines.json": manifest.as_text(ladder),
        "requirements.txt": requirements,
        "README.md": card.render(told, ladder),
    }
    for name, text in texts.items():
        write_file(job.folder / name, text.encode())
    for name in ("baselines.json", "metrics.jsonl", "requirements.txt"):
        told["files"][name] = file_hash(job.folder / name)
    write_file(job.folder / "manifest.json", manifest.as_text(told).encode())


def metrics(work: Work, network: Network) -> dict[str, Any]:
    """Validation and test metrics; the test rows have chosen nothing."""
    job = work.job
    out: dict[str, Any] = {}
    if work.logits is not None and job.validation is not None:
        out["validation"] = described(job.validation, work.logits)
    for split in job.data.splits:
        if split.name.startswith(TEST):
            rows = examples(job.data, split.name, job.train.labels)
            if len(rows):
                values = infer.logits(network, work.tokens.encode(rows.texts), work.tokens.pad)
                out[split.name] = described(rows, values)
    return out


def described(rows: Examples, logits: Any) -> dict[str, Any]:
    """Accuracy with its exact interval, F1, and what was left out."""
    right = baselines.right_of(rows.y, logits)
    measured = scores(rows.y, logits, multilabel=rows.multilabel)
    out = {"accuracy": baselines.proportion(int(right.sum()), len(right))}
    out |= {name: {"n": len(right), "value": round(measured[name], 6)} for name in ("macro_f1", "micro_f1")}
    left_out = {"unlabelled": rows.unlabelled, "label_not_in_train": rows.unknown}
    return {**out, "left_out": {k: v for k, v in left_out.items() if v}}


def history(measured: dict[str, Any]) -> list[dict[str, Any]]:
    """One line of metrics for a method without steps."""
    found = measured.get("validation")
    return (
        [{"step": 0, **{f"eval_{k}": found[k]["value"] for k in ("accuracy", "macro_f1", "micro_f1")}}] if found else []
    )


def baselines_document(work: Work) -> dict[str, Any]:
    """``baselines.json``."""
    job = work.job
    split = "validation (held out of the training data)" if job.made_validation else "validation"
    reason = None
    if work.baselines is None:
        reason = "switched off" if not job.ladder else "no validation rows"
    ours = None
    if work.logits is not None and job.validation is not None and job.plan.method != "head":
        right = baselines.right_of(job.validation.y, work.logits)
        measured = scores(job.validation.y, work.logits, multilabel=job.validation.multilabel)
        seconds = sum(v for k, v in work.seconds.items() if k in {"embedding", "linear head", "fine-tuning"})
        ours = baselines.Rung(NAMES[job.plan.method], right, measured["macro_f1"], seconds)
    return baselines.document(work.baselines, ours, split, reason)


def document(  # noqa: PLR0913, PLR0917 - a manifest tells all
    work: Work,
    kept: store.Kept,
    measured: dict[str, Any],
    ladder: dict[str, Any],
    requirements: str,
    energy: manifest.Energy,
) -> dict[str, Any]:
    """``manifest.json``: what was asked, what came of it, and where."""
    job = work.job
    home = job.folder / store.folder_name(kept.method)
    files = store.hashes(home)
    return {
        "schema_version": manifest.SCHEMA_VERSION,
        "method": job.plan.method,
        "fingerprint": store.fingerprint(files, kept),
        "labels": list(job.train.labels),
        "multilabel": job.train.multilabel,
        **asked_document(work),
        "small_run": None if work.seen is None else work.seen.document(),
        "training": training_document(work),
        "metrics": measured,
        "comparison": ladder["comparison"],
        "files": {f"{home.name}/{name}": value for name, value in files.items()},
        "versions": manifest.versions(),
        "requirements_sha256": manifest.text_hash(requirements),
        "git": manifest.git(job.folder.parent if job.folder.parent.is_dir() else job.folder),
        "hardware": manifest.hardware(work.place),
        "threads": job.plan.threads,
        "resumed": job.resume,
        "times": {
            "started": datetime.fromtimestamp(job.started, UTC).isoformat(timespec="seconds"),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(time.time() - job.started, 2),
            "stages": work.seconds,
        },
        "peak_memory": manifest.peak_memory(work.place),
        "energy": energy.document(),
    }


def asked_document(work: Work) -> dict[str, Any]:
    """Data, audit, settings and base model: what must be equal for the run to be made again."""
    job, held = work.job, work.job.validation
    base = {**job.base.reference(job.folder), "parameters": job.base.parameters, "found_as": job.base.source}
    made = None if held is None else {**rows_document(held), "made_from_train": job.made_validation}
    return {
        "data": manifest.data_document(job.data, job.folder),
        "roles": manifest.roles_document(job.data),
        "rows": {"train": rows_document(job.train), "validation": made},
        "audit": None if job.permission is None else job.permission.document(),
        "forced": bool(job.permission and job.permission.forced and not job.permission.granted),
        "config": config_document(work),
        "hyperparameters": job.plan.document(),
        "seed": job.plan.seed,
        "base_model": base,
        "ladder": job.ladder,
    }


def training_document(work: Work) -> dict[str, Any] | None:
    """Steps, the best of them, and what was done afterwards; None where nothing was trained in steps."""
    tuned = work.tuned
    if tuned is None:
        return None
    return {
        "steps": tuned.steps,
        "planned_steps": tuned.planned_steps,
        "best_step": tuned.best_step,
        "stopped_early": tuned.stopped_early,
        "mix": tuned.mix,
        "refitted_on_all_rows": work.refitted,
    }


def rows_document(rows: Examples) -> dict[str, Any]:
    """How many rows, of how many classes, and a hash of which they are and in what order."""
    counts = rows.y.sum(axis=0) if rows.multilabel else np.bincount(rows.y, minlength=len(rows.labels))
    return {
        "rows": len(rows),
        "order_sha256": manifest.text_hash(",".join(map(str, rows.rows.tolist()))),
        "per_label": dict(zip(rows.labels, [int(c) for c in counts], strict=True)),
        "unlabelled": rows.unlabelled,
        "label_not_in_train": rows.unknown,
    }


def config_document(work: Work) -> dict[str, Any]:
    """The [train] table; a local model by its name only: its place is in ``base_model``, relative to the run."""
    job = work.job
    told = {k: v for k, v in job.config.items() if k != "output"}
    return {**told, "model": job.base.id if job.base.source == "folder" else told.get("model") or job.base.id}


def duration(seconds: float) -> str:
    """``45 s``, ``12 min``, ``3.5 h``."""
    if seconds < LONG:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 2 * 3600 else f"{seconds / 3600:.1f} h"
