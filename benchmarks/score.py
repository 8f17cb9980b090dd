"""Scores of an audit, or of any grouping of rows, against a corpus' truth.

- **Pairs**: pairs of rows in one predicted group against pairs in one true cluster, counted from group sizes.
  ``precision_without_families`` forgives wrong pairs within one template or disclaimer family, which for most
  peers outnumber all others. Left aside, neither right nor wrong: a container (signature, notice, quote) with its
  base or with another container of the same base.
- **Clusters**: a true cluster is found if some predicted group is equal to it; precision is the share of predicted
  groups that equal a true cluster. Groups of one base with its containers are left aside.
- **Recall by kind**: copies that stand in one group with their base.
- **Containment**: containers with their base, named by DUP004 (``named``) or by it or a common group (``joined``).
  Precision is over DUP004's pairs; near-duplicates and containers of one base are left aside there.
- **Families**: rows of one template or under one disclaimer that were merged although they are no duplicates.
- **Leaks**: test rows that were named against test rows with a copy, a near-duplicate or a container in train.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from edits import COPIES
from maker import CONTAINERS

RELATED_CODE = "DUP004"
LEAK_CODES = ("LEK001", "LEK002")


@dataclass(frozen=True)
class Result:
    """What was predicted, for the rows of the truth in its order."""

    groups: np.ndarray
    """Group of each row; a negative number or a number of its own: alone."""
    contained: np.ndarray | None = None
    """Pairs of rows that DUP004 names, or None where nothing was asked for."""
    leaks: dict[str, np.ndarray] | None = None
    """For each rule code the test rows it names; None: test rows that share a group with a train row leak."""


@dataclass(frozen=True)
class Truth:
    """The truth as arrays, rows of train before rows of test."""

    frame: pl.DataFrame
    kind: np.ndarray
    cluster: np.ndarray
    of: np.ndarray
    """Row that this one was made from, or -1."""
    family: np.ndarray
    test: np.ndarray

    @classmethod
    def read(cls, folder: Path) -> Truth:
        """The truth of a corpus folder."""
        return cls.of_frame(pl.read_parquet(folder / "truth.parquet"))

    @classmethod
    def of_frame(cls, frame: pl.DataFrame) -> Truth:
        """The truth from its columns."""
        frame = frame.sort(pl.col("split") == "test", "row")
        rows = frame.select(pl.col("id").alias("of"), pl.int_range(pl.len()).alias("at"))
        of = frame.select("of").join(rows, on="of", how="left", maintain_order="left")["at"].fill_null(-1)
        return cls(
            frame,
            frame["kind"].to_numpy().astype(str),
            frame["cluster"].to_numpy(),
            of.to_numpy().astype(np.int64),
            frame["family"].to_numpy(),
            (frame["split"] == "test").to_numpy(),
        )

    @property
    def container(self) -> np.ndarray:
        """Which rows hold another row whole."""
        return np.isin(self.kind, CONTAINERS)

    @property
    def kin(self) -> np.ndarray:
        """The base of each container and of itself; -1 for rows that nothing holds and that hold nothing."""
        kin = np.where(self.container, self.of, -1)
        bases = np.unique(kin[kin >= 0])
        kin[bases] = bases
        return kin


def pairs(*keys: np.ndarray) -> int:
    """Pairs of rows that agree in all keys; rows with a negative key pair with none."""
    kept = np.all([k >= 0 for k in keys], axis=0)
    if not kept.any():
        return 0
    counts = (
        np.unique(np.stack([k[kept] for k in keys]), axis=1, return_counts=True)[1]
        if len(keys) > 1
        else np.bincount(keys[0][kept])
    )
    return int((counts.astype(object) * (counts - 1) // 2).sum())


def rates(hits: int, predicted: int, true: int) -> dict[str, float | int | None]:
    """Precision, recall, F1; None where there is nothing to divide by."""
    precision = hits / predicted if predicted else None
    recall = hits / true if true else None
    total = predicted + true
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * hits / total if total else None,
        "predicted": predicted,
        "true": true,
    }


def compact(groups: np.ndarray) -> np.ndarray:
    """Groups numbered from 0, rows that stand alone -1."""
    _, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
    return np.where((groups >= 0) & (counts[inverse] > 1), inverse, -1)


def score_pairs(truth: Truth, groups: np.ndarray) -> dict[str, float | int | None]:
    """Pair precision and recall."""
    hits, predicted = pairs(groups, truth.cluster), pairs(groups) - pairs(groups, truth.kin)
    apart = predicted - pairs(groups, np.where(truth.cluster >= 0, -1, truth.family))
    out = rates(hits, predicted, pairs(truth.cluster))
    return out | {"precision_without_families": hits / apart if apart else None}


def score_clusters(truth: Truth, groups: np.ndarray) -> dict[str, float | int | None]:
    """Cluster precision and recall: equal or not."""
    member = pl.DataFrame({"group": groups, "cluster": truth.cluster, "kin": truth.kin})
    sizes = {c: n for c, n in member["cluster"].value_counts().iter_rows() if c >= 0 and n > 1}
    found = (
        member.filter(pl.col("group") >= 0)
        .group_by("group")
        .agg(
            pl.len(),
            pl.col("cluster").min(),
            pl.col("cluster").max().alias("last"),
            pl.col("kin").min(),
            pl.col("kin").max().alias("last_kin"),
        )
    )
    neutral = (found["kin"] >= 0) & (found["kin"] == found["last_kin"])
    same = found.filter((pl.col("cluster") >= 0) & (pl.col("cluster") == pl.col("last")))
    hits = sum(sizes[c] == n for c, n in same.select("cluster", "len").iter_rows())
    return rates(hits, found.height - int(neutral.sum()), len(sizes))


def score_kinds(truth: Truth, groups: np.ndarray) -> dict[str, float]:
    """Share of each kind's copies that stand with their base."""
    joined = (truth.of >= 0) & (groups >= 0) & (groups == groups[truth.of])
    return {k: float(joined[truth.kind == k].mean()) for k in COPIES if (truth.kind == k).any()}


def score_families(truth: Truth, groups: np.ndarray) -> dict[str, int]:
    """Wrong pairs by where they come from, and families with merged rows."""
    alone = np.where(truth.cluster >= 0, -1, truth.family)
    half = truth.kind == "half"
    merged = pairs(groups, alone)
    halves = int((half & (groups >= 0) & (groups == groups[truth.of])).sum())
    wrong = pairs(groups) - pairs(groups, truth.kin) - pairs(groups, truth.cluster)
    kept = (groups >= 0) & (alone >= 0)
    both = np.stack([groups[kept], alone[kept]])
    combos, counts = np.unique(both, axis=1, return_counts=True) if kept.any() else (both, np.zeros(0, int))
    return {
        "families": len(np.unique(alone[alone >= 0])),
        "families_merged": len(np.unique(combos[1][counts > 1])),
        "wrong_pairs_in_families": merged,
        "wrong_pairs_half_edited": halves,
        "wrong_pairs_other": wrong - merged - halves,
    }


def score_containment(truth: Truth, groups: np.ndarray, contained: np.ndarray | None) -> dict[str, object]:
    """Containers found with their base, and DUP004's precision."""
    size = len(truth.kind)
    named = np.zeros(size, bool)
    out: dict[str, object] = {}
    if contained is not None and len(contained):
        low, high = np.sort(contained, axis=1).T
        codes = np.unique(low * size + high)
        low, high = codes // size, codes % size
        own = np.where(
            truth.container, np.minimum(truth.of, np.arange(size)) * size + np.maximum(truth.of, np.arange(size)), -1
        )
        named = np.isin(own, codes)
        right = np.isin(codes, own)
        kin, cluster = truth.kin, truth.cluster
        neutral = ((kin[low] >= 0) & (kin[low] == kin[high]) & ~right) | (
            (cluster[low] >= 0) & (cluster[low] == cluster[high])
        )
        out["precision"] = float(right.sum() / (~neutral).sum()) if (~neutral).any() else None
        out["wrong"] = int((~neutral & ~right).sum())
    joined = named | (truth.container & (groups >= 0) & (groups == groups[truth.of]))
    for kind in CONTAINERS:
        of_kind = (truth.kind == kind) & (truth.test == truth.test[truth.of])  # across splits it is a leak
        if of_kind.any():
            out[kind] = {
                "named": float(named[of_kind].mean()) if contained is not None else None,
                "joined": float(joined[of_kind].mean()),
            }
    return out


def leaking(truth: Truth) -> np.ndarray:
    """What each test row leaks by: ``exact``, ``near``, ``contained`` or nothing."""
    out = np.full(len(truth.kind), "", dtype="<U9")
    form = truth.frame["form"].to_numpy()
    for key, how in ((truth.kin, "contained"), (truth.cluster, "near"), (form, "exact")):
        in_train = np.unique(key[~truth.test & (key >= 0)])
        out[truth.test & np.isin(key, in_train)] = how
    return out


def score_leaks(truth: Truth, groups: np.ndarray, named: dict[str, np.ndarray] | None) -> dict[str, object]:
    """Test rows named against those that leak."""
    true = leaking(truth)
    if named is None:
        in_train = np.unique(groups[~truth.test & (groups >= 0)])
        named = {"": np.flatnonzero(truth.test & np.isin(groups, in_train))}
    hit = np.zeros(len(true), bool)
    hit[np.unique(np.concatenate(list(named.values()))).astype(np.int64)] = True
    wrong = hit & (true == "")
    out: dict[str, object] = rates(int((hit & (true != "")).sum()), int(hit.sum()), int((true != "").sum()))
    out["recall_by_kind"] = {
        k: float(hit[true == k].mean()) for k in ("exact", "near", "contained") if (true == k).any()
    }
    wanted = np.where(true == "", truth.kind, true)
    detail = np.unique(truth.kind[(true != "")])
    out["recall_by_row_kind"] = {k: float(hit[(true != "") & (truth.kind == k)].mean()) for k in detail.tolist()}
    out["wrong_by_kind"] = {k: int(n) for k, n in zip(*np.unique(wanted[wrong], return_counts=True), strict=True)}
    for code, rows in named.items():
        if code == "LEK001":
            exact = true == "exact"
            out[code] = rates(int(exact[rows].sum()), len(rows), int(exact.sum()))
        elif code:
            later = np.isin(true, ("near", "contained"))
            out[code] = {
                "precision": float((true[rows] != "").mean()) if len(rows) else None,
                "recall": float(later[rows].sum() / max(1, later.sum())),
            }
    return out


def score(truth: Truth, result: Result) -> dict[str, object]:
    """All scores of a result."""
    groups = compact(result.groups)
    out: dict[str, object] = {
        "pairs": score_pairs(truth, groups),
        "clusters": score_clusters(truth, groups),
        "recall_by_kind": score_kinds(truth, groups),
        "containment": score_containment(truth, groups, result.contained),
        "families": score_families(truth, groups),
        "largest_group": int(np.bincount(groups[groups >= 0]).max()) if (groups >= 0).any() else 0,
    }
    if (truth.kind == "skew").any():
        rest = np.where(truth.kind == "skew", -1, groups)
        without = Truth(
            truth.frame,
            truth.kind,
            np.where(truth.kind == "skew", -1, truth.cluster),
            truth.of,
            truth.family,
            truth.test,
        )
        out["pairs_without_skew"] = score_pairs(without, rest)
    if truth.test.any():
        out["leaks"] = score_leaks(truth, groups, result.leaks)
    return out


def audit_result(folder: Path, truth: Truth) -> Result:
    """What ``assay audit --output FOLDER`` found, in the truth's order."""
    at = truth.frame.select("split", pl.col("row").cast(pl.Int64), pl.int_range(pl.len()).alias("at"))
    rows = pl.read_parquet(folder / "rows.parquet").select("split", pl.col("row").cast(pl.Int64), "duplicate_group")
    groups = at.join(rows, on=["split", "row"], how="left", maintain_order="left")["duplicate_group"].fill_null(-1)
    found = pl.read_parquet(folder / "findings.parquet").select(
        "code", "split", pl.col("row").cast(pl.Int64), "related_split", pl.col("related_row").cast(pl.Int64)
    )
    found = found.join(at, on=["split", "row"], how="left").join(
        at.rename({"split": "related_split", "row": "related_row", "at": "related"}),
        on=["related_split", "related_row"],
        how="left",
    )
    contained = found.filter((pl.col("code") == RELATED_CODE) & pl.col("related").is_not_null()).select("at", "related")
    if truth.test.any():
        leaks = found.filter(pl.col("code").is_in(LEAK_CODES) & (pl.col("split") == "test"))
        named = {c: leaks.filter(pl.col("code") == c)["at"].unique().sort().to_numpy() for c in LEAK_CODES}
        return Result(groups.to_numpy(), contained.to_numpy(), named)
    return Result(groups.to_numpy(), contained.to_numpy())


def groups_result(file: Path) -> Result:
    """What a peer's script wrote: one group a line."""
    return Result(np.loadtxt(file, dtype=np.int64, ndmin=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("corpus", type=Path, help="folder that generate.py wrote")
    parser.add_argument("result", type=Path, help="folder of `assay audit --output`, or a file with one group a line")
    options = parser.parse_args()
    truth = Truth.read(options.corpus)
    result = audit_result(options.result, truth) if options.result.is_dir() else groups_result(options.result)
    print(json.dumps(score(truth, result), indent=1))


if __name__ == "__main__":
    main()
