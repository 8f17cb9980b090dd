"""``README.md`` of a run folder: the model card, in the form that the hub reads."""

from __future__ import annotations

from typing import Any

LIMITS = 20
"""Classes below so many training rows are named as limits."""


def render(manifest: dict[str, Any], ladder: dict[str, Any]) -> str:
    """The model card of a run, made with huggingface_hub's ModelCard.

    Args:
        manifest: content of ``manifest.json``.
        ladder: content of ``baselines.json``.
    """
    from huggingface_hub import ModelCard, ModelCardData  # noqa: PLC0415 - heavy

    data = ModelCardData(
        base_model=manifest["base_model"]["id"],
        library_name="peft" if manifest["method"] == "lora" else "transformers",
        pipeline_tag="text-classification",
        tags=["text-classification", "assay", manifest["method"]],
        metrics=["accuracy", "f1"],
    )
    text = "\n\n".join(part for part in body(manifest, ladder) if part)
    return str(ModelCard(f"---\n{data.to_yaml()}\n---\n\n{text}\n"))


def body(manifest: dict[str, Any], ladder: dict[str, Any]) -> list[str]:
    """The card's sections."""
    base = manifest["base_model"]
    labels = manifest["labels"]
    name = {
        "head": "A linear head on the frozen encoder",
        "lora": "A LoRA adapter on",
        "full": "A full fine-tuning of",
    }[manifest["method"]]
    revision = f" at revision `{base['revision']}`" if base.get("revision") else ""
    return [
        f"# Text classifier: {len(labels)} {'labels, several a text' if manifest['multilabel'] else 'classes'}",
        (
            f"{name} `{base['id']}`{revision} (weights SHA-256 `{base['sha256'][:16]}…`), trained with Assay "
            f"{manifest['versions']['assay']}. Fingerprint of this model: `{manifest['fingerprint'][:16]}…`."
        ),
        how_to_load(manifest),
        metrics_table(manifest["metrics"]),
        ladder_section(ladder),
        data_section(manifest),
        limits(manifest),
        "## Made again\n\n`assay reproduce` on this folder trains once more from `manifest.json` and compares weights.",
    ]


def code(text: str) -> str:
    """Somebody's text as a code span: nothing in it is read as Markdown or HTML."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split()).replace("`", "'").replace("|", "/")
    return f"`{plain[:60] or ' '}`"


def how_to_load(manifest: dict[str, Any]) -> str:
    """Code that serves the model."""
    lines = [
        "## How to load",
        "```python",
        "from assay.train import load_run",
        "",
        'run = load_run("this/folder")',
        'run.predict(["a text"]).labels',
        "```",
    ]
    if manifest["hyperparameters"]["standard_head"] and manifest["method"] == "full":
        lines += [
            "",
            "Or without Assay:",
            "",
            "```python",
            "from transformers import pipeline",
            "",
            'classify = pipeline("text-classification", model="this/folder/model")',
            "```",
        ]
    return "\n".join(lines)


def metrics_table(metrics: dict[str, Any]) -> str:
    """Accuracy with its interval, and F1, of each measured split."""
    lines = ["## Metrics", "| split | rows | accuracy (95 % interval) | macro-F1 |", "| --- | --- | --- | --- |"]
    for split, told in metrics.items():
        a = told["accuracy"]
        interval = f"({a['low']:.4f} to {a['high']:.4f})"
        lines.append(f"| {split} | {a['n']:,} | {a['value']:.4f} {interval} | {told['macro_f1']['value']:.4f} |")
    if len(lines) == 3:  # noqa: PLR2004 - the head alone
        return (
            "## Metrics\n\nNothing was held out, so nothing was measured. `assay evaluate` measures on data of its own."
        )
    return "\n".join(
        [
            lines[0],
            "",
            *lines[1:],
            "",
            "Test rows chose nothing. Slices and the promotion gate: `assay evaluate`, `assay gate`.",
        ]
    )


def ladder_section(ladder: dict[str, Any]) -> str:
    """The cheaper models, and whether this one is better."""
    if not ladder["rungs"]:
        return f"## Cheaper models\n\nNot measured: {ladder['skipped']}."
    lines = [
        "## Cheaper models",
        "",
        f"Measured on {ladder['measured_on']}.",
        "",
        "| model | accuracy (95 % interval) | seconds |",
        "| --- | --- | --- |",
    ]
    for rung in ladder["rungs"]:
        a = rung["accuracy"]
        lines.append(
            f"| {rung['name']} | {a['value']:.4f} ({a['low']:.4f} to {a['high']:.4f}) | {rung['seconds']:.1f} |"
        )
    told = ladder["comparison"]
    if told:
        lines += ["", comparison_words(told)]
    return "\n".join(lines)


def comparison_words(told: dict[str, Any]) -> str:
    """The paired comparison in a sentence."""
    figures = (
        f"{told['gained']} rows gained, {told['lost']} lost of {told['n']:,}; {told['test']}, p = {told['p_value']:.3f}"
    )
    if told["verdict"] == "no evidence of a difference":
        pair = f"{told['model']} differs from {told['baseline']}"
        return f"No evidence that {pair} ({figures}): the cheaper model may be enough."
    return f"{told['model'].capitalize()} is {told['verdict']} than {told['baseline']} ({figures})."


def data_section(manifest: dict[str, Any]) -> str:
    """Splits, their rows and fingerprints; what the audit said."""
    lines = ["## Data", "", "| split | rows | fingerprint |", "| --- | --- | --- |"]
    lines += [f"| {name} | {told['rows']:,} | `{told['fingerprint']}` |" for name, told in manifest["data"].items()]
    held = manifest["rows"]["validation"]
    if held and held["made_from_train"]:
        lines += [
            "",
            f"{held['rows']:,} training rows were held out for validation; what is alike stayed together.",
        ]
    audit = manifest["audit"]
    if audit is None:
        lines += ["", "The data were not asked to be audited."]
    elif audit["reasons"]:
        lines += ["", "**Trained against the audit (`--force`):**", "", *[f"- {reason}" for reason in audit["reasons"]]]
    else:
        lines += ["", "The audit of these data holds no errors."]
    return "\n".join(lines)


def limits(manifest: dict[str, Any]) -> str:
    """What the model cannot be expected to do."""
    lines = ["## Limits", "", f"- Reads the first {manifest['hyperparameters']['max_length']} tokens of a text."]
    lines.append(
        "- Always answers with one of its labels, whatever it is asked."
        if not manifest["multilabel"]
        else "- May give a text no label at all."
    )
    few = [label for label, n in manifest["rows"]["train"]["per_label"].items() if n < LIMITS]
    if few:
        named = ", ".join(code(label) for label in few[:10]) + (f" and {len(few) - 10} more" if len(few) > 10 else "")  # noqa: PLR2004 - a line
        lines.append(f"- Learned {len(few)} of its labels from fewer than {LIMITS} rows: {named}.")
    return "\n".join(lines)
