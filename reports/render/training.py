"""A finished run on the terminal."""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from assay.reports.render.text import visible

NARROW = 80


def render(  # noqa: PLR0913 - three documents and a screen
    manifest: dict[str, Any],
    ladder: dict[str, Any],
    folder: str,
    *,
    width: int | None = None,
    color: bool = False,
    unicode: bool = True,
) -> str:
    """The ladder as a table, metrics, and where everything is.

    Args:
        manifest: content of ``manifest.json``.
        ladder: content of ``baselines.json``.
        folder: the run folder.
        width: of the screen, None where there is none.
        color: whether the screen shows colours.
        unicode: whether it shows more than ASCII.
    """
    out = StringIO()
    console = Console(
        file=out,
        width=width or NARROW,
        no_color=not color,
        force_terminal=color,
        markup=False,
        emoji=False,
        highlight=False,
    )
    if ladder["rungs"]:
        console.print(rungs_table(ladder, manifest, unicode=unicode))
    for line in sentences(manifest, ladder, folder):
        console.print(line, soft_wrap=True)
    return out.getvalue()


def rungs_table(ladder: dict[str, Any], manifest: dict[str, Any], *, unicode: bool) -> Table:
    """One line for each model, cheapest first."""
    rows = ladder["rungs"][0]["accuracy"]["n"]
    table = Table(
        box=box.SIMPLE_HEAD if unicode else box.ASCII, title=f"{rows:,} validation rows", title_justify="left"
    )
    for name, side in (
        ("model", "left"),
        ("accuracy", "right"),
        ("95 % interval", "right"),
        ("macro-F1", "right"),
        ("seconds", "right"),
    ):
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    del manifest
    for rung in ladder["rungs"]:
        a = rung["accuracy"]
        table.add_row(
            visible(rung["name"]),
            f"{a['value']:.4f}",
            f"{a['low']:.3f} to {a['high']:.3f}",
            f"{rung['macro_f1']['value']:.4f}",
            f"{rung['seconds']:.1f}",
        )
    return table


def sentences(manifest: dict[str, Any], ladder: dict[str, Any], folder: str) -> list[str]:
    """What the table does not say."""
    from assay.train.card import comparison_words  # noqa: PLC0415 - light, but training is not always told of

    out = [visible(f"method {manifest['method']}: {'; '.join(manifest['hyperparameters']['why'])}", 500)]
    if ladder["comparison"]:
        out.append(visible(comparison_words(ladder["comparison"]), 500))
    for split, told in manifest["metrics"].items():
        if split != "validation":
            a = told["accuracy"]
            interval = f"{a['low']:.4f} to {a['high']:.4f}, {a['n']:,} rows"
            f1 = told["macro_f1"]["value"]
            out.append(f"{visible(split)}: accuracy {a['value']:.4f} ({interval}), macro-F1 {f1:.4f}")
    training = manifest["training"]
    if training and training["stopped_early"]:
        of = f"{training['steps']:,} of {training['planned_steps']:,} steps"
        out.append(f"stopped early after {of}; the best was step {training['best_step']:,}")
    out.append(visible(f"{manifest['times']['seconds']:,.0f} s; written to {folder}", 500))
    return out
