"""Texts with predictions that fail in planted slices, or nowhere: what slice discovery is measured on.

Three sorts of texts: invented support tickets, and the real questions of BANKING77 and CLINC150, given columns of
metadata that mean nothing. A model that errs at a base rate is imitated, in planted slices at a far higher one.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
BASE = 0.08
KINDS = ("keyword", "bigram", "topic", "length", "metadata", "label", "conjunction")

_TOPICS = {
    "refund": ("refund", "reimbursement", "chargeback", "repayment", "moneyback"),
    "delivery": ("parcel", "package", "shipment", "courier", "delivery", "consignment"),
    "login": ("password", "login", "passcode", "signin", "credentials"),
    "hardware": ("laptop", "monitor", "keyboard", "printer", "headset", "webcam", "docking"),
    "invoice": ("invoice", "bill", "receipt", "statement", "vat"),
    "cancel": ("subscription", "membership", "contract", "renewal", "plan"),
    "outage": ("outage", "downtime", "disconnect", "offline", "blackout"),
    "damage": ("broken", "cracked", "damaged", "scratched", "dented", "shattered"),
    "app": ("app", "website", "browser", "android", "iphone", "update"),
    "warranty": ("warranty", "guarantee", "repair", "replacement", "spare"),
    "appointment": ("appointment", "technician", "visit", "engineer", "slot"),
    "praise": ("thanks", "great", "friendly", "helpful", "wonderful"),
}
_FRAMES = (
    "my {a} {verb} {time}",
    "where is the {a} i {past} {time}",
    "i need help with my {a} and the {b}",
    "the {a} {verb} and nobody {reply}",
    "please check the {a} for order {n}",
    "can you tell me why the {a} {verb}",
    "hello the {b} you sent {verb} so i want a {a}",
    "{time} i {past} a {a} but it {verb}",
    "still waiting for the {a}",
    "how do i change the {a}",
)
_VERBS = ("is wrong", "does not work", "never arrived", "was rejected", "keeps failing", "is missing", "has expired")
_TIMES = ("today", "last week", "two days ago", "since monday", "this morning", "in january", "yesterday evening")
_PAST = ("ordered", "requested", "returned", "paid for", "asked about", "booked")
_REPLIES = ("answers", "calls back", "replies to my mail", "seems to care")
_TAILS = (
    "thank you",
    "kind regards",
    "please reply soon",
    "i am a customer for ten years",
    "my colleague had the same trouble",
    "the hotline told me to write here",
    "i tried everything in the manual",
    "we use it in the office every day",
)
_REAL_TOPICS = {
    "banking77": (
        ("atm", "cash", "withdraw", "withdrawal", "machine"),
        ("abroad", "travel", "country", "countries", "foreign", "europe", "holiday"),
        ("lost", "stolen", "missing", "stole"),
        ("fee", "fees", "charge", "charged", "extra"),
        ("pin", "passcode", "password", "code"),
        ("apple", "google", "phone", "app"),
    ),
    "clinc150": (
        ("flight", "plane", "airport", "airline", "fly"),
        ("restaurant", "dinner", "food", "eat", "meal", "recipe", "lunch"),
        ("car", "tire", "tires", "gas", "oil", "mpg"),
        ("song", "playlist", "music", "songs", "play"),
        ("bank", "account", "savings", "checking"),
        ("vacation", "pto", "days", "holiday", "off"),
    ),
}


@dataclass(frozen=True)
class Planted:
    """A failing slice."""

    kind: str
    words: str
    mask: np.ndarray


@dataclass(frozen=True)
class Made:
    """A set with its predictions."""

    frame: pl.DataFrame
    """Columns ``text``, ``label`` and metadata."""
    wrong: np.ndarray
    """(rows,) whether the prediction is wrong."""
    predictions: np.ndarray
    planted: tuple[Planted, ...]
    chance: np.ndarray | None = None
    """(rows,) of an error."""


def texts(source: str, rows: int, rng: np.random.Generator) -> pl.DataFrame:
    """``tickets``, ``banking77`` or ``clinc150``, with metadata."""
    frame = tickets(rows, rng) if source == "tickets" else real(source, rows, rng)
    channel = rng.choice(["web", "email", "phone", "chat", "fax"], frame.height, p=[0.45, 0.3, 0.15, 0.07, 0.03])
    region = rng.choice(["north", "south", "east", "west", "islands"], frame.height, p=[0.3, 0.3, 0.2, 0.16, 0.04])
    tenure = np.round(rng.gamma(2.0, 20.0, frame.height), 1)
    return frame.with_columns(
        pl.Series("channel", channel), pl.Series("region", region), pl.Series("tenure_months", tenure)
    )


def tickets(rows: int, rng: np.random.Generator) -> pl.DataFrame:
    """Invented tickets in twelve classes, each of one to three sentences."""
    names = sorted(_TOPICS)
    share = rng.dirichlet(np.full(len(names), 4.0))
    label = rng.choice(len(names), rows, p=share)
    out = []
    for k in label.tolist():
        own, other = _TOPICS[names[k]], _TOPICS[names[int(rng.integers(len(names)))]]
        # Most tickets name their topic; every fourth names another one.
        first = own if rng.random() > 0.25 else other
        words = {
            "a": first[int(rng.integers(len(first)))],
            "b": other[int(rng.integers(len(other)))],
            "verb": _VERBS[int(rng.integers(len(_VERBS)))],
            "time": _TIMES[int(rng.integers(len(_TIMES)))],
            "past": _PAST[int(rng.integers(len(_PAST)))],
            "reply": _REPLIES[int(rng.integers(len(_REPLIES)))],
            "n": int(rng.integers(10_000, 99_999)),
        }
        body = _FRAMES[int(rng.integers(len(_FRAMES)))].format(**words)
        if rng.random() < 0.3:  # a second sentence of the same ticket, on the same topic
            second = words | {"a": first[int(rng.integers(len(first)))]}
            body += ". " + _FRAMES[int(rng.integers(len(_FRAMES)))].format(**second)
        tails = rng.choice(_TAILS, int(rng.geometric(0.5)) - 1) if rng.random() < 0.5 else []
        out.append(". ".join([body, *tails]))
    return pl.DataFrame({"text": out, "label": [names[k] for k in label.tolist()]})


def real(source: str, rows: int, rng: np.random.Generator) -> pl.DataFrame:
    """Questions of a real set, a sample in random order."""
    told = []
    for path in sorted((DATA / source).glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            told += list(csv.DictReader(file))
    keep = [c for c in told[0] if c != "split"]
    order = rng.permutation(len(told))[:rows].tolist()
    return pl.DataFrame({c: [told[k][c] for k in order] for c in keep})


def make(source: str, rows: int, seed: int, kinds: tuple[str, ...]) -> Made:
    """A set with one planted slice of each kind asked for; they share few rows."""
    rng = np.random.default_rng([seed, rows, sum(map(ord, source))])
    frame = texts(source, rows, rng)
    planted: list[Planted] = []
    for kind in kinds:
        for _ in range(500):
            found = _plant(kind, source, frame, rng)
            n = int(found.mask.sum())
            apart = all((found.mask & p.mask).sum() <= 0.15 * min(n, p.mask.sum()) for p in planted)
            if 0.008 * frame.height <= n <= 0.08 * frame.height and apart:
                planted.append(found)
                break
    chance = np.full(frame.height, BASE)
    for each in planted:
        chance[each.mask] = rng.uniform(0.35, 0.6)
    return replace(_predicted(frame, rng.random(frame.height) < chance, tuple(planted), rng), chance=chance)


def null(source: str, rows: int, seed: int, classes: str) -> Made:
    """A set without a failing slice.

    Args:
        source: texts.
        rows: rows.
        seed: seed.
        classes: ``same`` rate for all; ``beta``: rates of classes drawn from a beta distribution; ``two``: a fifth of
            the classes at .25, others at .05; ``lognormal``.
    """
    rng = np.random.default_rng([seed, rows, sum(map(ord, source)), 7])
    frame = texts(source, rows, rng)
    names, code = np.unique(frame["label"].to_numpy().astype(str), return_inverse=True)
    rates = {
        "same": np.full(names.size, BASE),
        "beta": rng.beta(1.5, 13.0, names.size),
        "two": np.where(rng.random(names.size) < 0.2, 0.25, 0.05),
        "lognormal": np.minimum(0.06 * np.exp(rng.normal(0, 0.6, names.size)), 0.6),
    }[classes]
    return _predicted(frame, rng.random(frame.height) < rates[code], (), rng)


def _predicted(frame: pl.DataFrame, wrong: np.ndarray, planted: tuple[Planted, ...], rng) -> Made:
    names, code = np.unique(frame["label"].to_numpy().astype(str), return_inverse=True)
    other = (code + rng.integers(1, max(names.size, 2), code.size)) % names.size
    return Made(frame, wrong, names[np.where(wrong, other, code)], planted)


def _plant(kind: str, source: str, frame: pl.DataFrame, rng) -> Planted:
    if kind == "conjunction":
        first, second = rng.choice(["keyword", "metadata", "label", "length"], 2, replace=False).tolist()
        one, two = _plant(first, source, frame, rng), _plant(second, source, frame, rng)
        return Planted(kind, f"{one.words} AND {two.words}", one.mask & two.mask)
    return {"keyword": _keyword, "bigram": _bigram, "topic": _topic}.get(kind, _column)(kind, source, frame, rng)


def _keyword(kind: str, _: str, frame: pl.DataFrame, rng) -> Planted:
    while True:
        row = frame["text"][int(rng.integers(frame.height))].lower()
        found = pl.Series([row]).str.extract_all(r"[a-z]{3,}")[0].to_list() or ["x"]
        word = found[int(rng.integers(len(found)))]
        mask = frame["text"].str.to_lowercase().str.contains(rf"\b{word}\b").to_numpy()
        if mask.mean() < 0.5:
            return Planted(kind, word, mask)


def _bigram(kind: str, _: str, frame: pl.DataFrame, rng) -> Planted:
    found = pl.Series([frame["text"][int(rng.integers(frame.height))].lower()]).str.extract_all(r"\w+")[0].to_list()
    at = int(rng.integers(max(len(found) - 1, 1)))
    pair = found[at : at + 2] if len(found) > 1 else ["x", "y"]
    pattern = r"\b" + r"\W+".join(pair) + r"\b"
    return Planted(kind, " ".join(pair), frame["text"].str.to_lowercase().str.contains(pattern).to_numpy())


def _topic(kind: str, source: str, frame: pl.DataFrame, rng) -> Planted:
    known = list(_TOPICS.values()) if source == "tickets" else _REAL_TOPICS[source]
    words = known[int(rng.integers(len(known)))]
    pattern = rf"\b(?:{'|'.join(words)})\b"
    return Planted(kind, "|".join(words), frame["text"].str.to_lowercase().str.contains(pattern).to_numpy())


def _column(kind: str, _: str, frame: pl.DataFrame, rng) -> Planted:
    if kind == "label":
        label = frame["label"][int(rng.integers(frame.height))]
        return Planted(kind, f"label={label}", (frame["label"] == label).to_numpy())
    if kind == "length":
        size = frame["text"].str.count_matches(r"\S+") if rng.random() < 0.5 else frame["text"].str.len_chars()
        size = size.to_numpy()
        share = rng.uniform(0.01, 0.15)
        if rng.random() < 0.5:
            bound = np.quantile(size, share)
            return Planted(kind, f"length<={bound}", size <= bound)
        bound = np.quantile(size, 1 - share)
        return Planted(kind, f"length>={bound}", size >= bound)
    column = ["channel", "region", "tenure_months"][int(rng.integers(3))]
    if column == "tenure_months":
        values = frame[column].to_numpy()
        bound = np.quantile(values, 1 - rng.uniform(0.02, 0.08))
        return Planted(kind, f"{column}>={bound}", values >= bound)
    value = frame[column][int(rng.integers(frame.height))]
    return Planted(kind, f"{column}={value}", (frame[column] == value).to_numpy())
