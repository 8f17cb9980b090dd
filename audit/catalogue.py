"""The codes and names that Assay promises, those of rules still to come among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PROMISED: dict[str, tuple[str, str]] = {
    "DUP001": ("exact-duplicate", "texts equal after Unicode, case, white-space and punctuation folding"),
    "DUP002": ("near-duplicate", "verified similarity over the threshold (a few words edited, typos, reordered)"),
    "DUP003": ("semantic-duplicate", "same meaning, other words (embeddings)"),
    "DUP004": ("contained-text", "one text holds another (quoted reply, appended signature or disclaimer)"),
    "DUP005": ("template-family", "many rows from one template with other slots, reported once as a family"),
    "LBL001": ("conflicting-labels", "the same or nearly the same text under different labels"),
    "LBL002": ("suspect-label", "the given label is probably wrong; suggests one"),
    "LBL003": ("overlapping-classes", "class pairs that the data cannot tell apart"),
    "LBL004": ("rare-class", "classes too small to learn or to measure; imbalance"),
    "LBL005": ("label-typo", "label strings that are near-equal"),
    "LBL006": ("unseen-label", "a label in one split that another lacks; missing labels"),
    "LEK001": ("exact-leak", "a test row that stands in train"),
    "LEK002": ("near-leak", "a near-duplicate or contained copy across splits"),
    "LEK003": ("semantic-leak", "a paraphrase across splits"),
    "LEK004": ("group-leak", "the same customer, thread, author or document in both"),
    "LEK005": ("time-leak", "train rows later than test rows"),
    "LEK006": ("label-revealing-token", "tokens or metadata that give the label away"),
    "RLS001": ("empty-text", "empty, placeholder, too short to mean anything"),
    "RLS002": ("damaged-text", "mojibake, control characters, markup remains"),
    "RLS003": ("gibberish", "keyboard mash, random characters, repetition"),
    "RLS004": ("wrong-language", "a language other than the set's"),
    "RLS005": ("outlier", "far from everything else, off topic"),
    "RLS006": ("over-length", "longer than the model will read (tokens lost by truncation)"),
    "RLS007": ("changed-on-load", "values that pandas and datasets would change on loading the file"),
    "SLC001": ("missing-slice", "a declared slice below its minimum in train or test"),
    "SLC002": ("underpowered-slice", "a test slice too small to see the drop that matters"),
    "SLC003": ("production-gap", "a slice's or topic's share in production differs from train or test"),
    "SLC004": ("uncovered-region", "production traffic with nothing like it in train"),
    "SLC005": ("untested-edge-case", "standard edge cases (negation, typos, capitals, numbers) absent from test"),
    "GEX001": ("expectation-failed", "an expectation of the user's Great Expectations suite"),
}
"""code -> name and what the rule finds. Stable: people write them into configurations and baselines."""


def planned(built: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Promised rules that are not among the built ones."""
    here = set(built)
    return {code: words for code, words in PROMISED.items() if code not in here}
