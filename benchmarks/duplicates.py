"""Duplicates and leakage: the whole ``assay audit`` command and its peers on one corpus, one after the other.

    python benchmarks/duplicates.py --rows 100000 [--skew template|identical] [--leak] [--base REVISION]

Every contender is a process of its own that reads the same CSV and writes a group for each row; wall time is the
whole process. Results go to ``benchmarks/results/duplicates-NAME.json``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import measure
from generate import generate
from maker import Settings
from score import Truth, audit_result, groups_result, score
from setup_peers import PINS, VENVS, python, ready

HERE = Path(__file__).parent
WORK, RESULTS = HERE / "work", HERE / "results"
SELECT = "DUP001,DUP002,DUP004,DUP005,LBL001,LEK001,LEK002,LEK004,LEK005"
"""The lexical rules: the peers do not compare by meaning either."""


@dataclass(frozen=True)
class Peer:
    """A contender: its script, the environment that runs it, and the size up to which it is run."""

    name: str
    script: str
    environment: str
    threshold: float
    largest: int
    splits: bool = True
    """Whether it takes two files."""


PEERS = (
    Peer("exact dict of lower().split()", "exact.py", "", 1.0, 1_000_000),
    Peer("rensa LSH, t .5", "rensa_lsh.py", "rensa", 0.5, 100_000),
    Peer("rensa LSH, t .7", "rensa_lsh.py", "rensa", 0.7, 1_000_000),
    Peer("rensa LSH, t .8", "rensa_lsh.py", "rensa", 0.8, 1_000_000),
    Peer("datasketch LSH, t .7", "datasketch_lsh.py", "datasketch", 0.7, 100_000),
    Peer("semhash, static vectors, t .9", "semhash_static.py", "semhash", 0.9, 10_000),
    Peer("text-dedup minhash, t .5", "text_dedup_minhash.py", "text-dedup", 0.5, 10_000, splits=False),
    Peer("rapidfuzz, all pairs, .8", "rapidfuzz_all.py", "rapidfuzz", 0.8, 2_000),
)


def corpus_name(settings: Settings) -> str:
    """A corpus' name in file names: rows and what is special."""
    special = [settings.skew if settings.skew != "none" else "", "leak" if settings.leak else ""]
    special += ["small" if settings.vocabulary == "small" else "", f"seed{settings.seed}" if settings.seed else ""]
    return "-".join([str(settings.rows), *filter(None, special)])


def corpus(settings: Settings) -> Path:
    """The folder of a corpus, written unless it is there from the same generator."""
    folder = WORK / "corpora" / corpus_name(settings)
    made_by = folder / "generator.txt"
    source = "".join(
        (HERE / name).read_text(encoding="utf-8") for name in ("words.py", "edits.py", "maker.py", "generate.py")
    )
    if not made_by.exists() or made_by.read_text(encoding="utf-8") != source:
        generate(folder, settings)
        made_by.write_text(source, encoding="utf-8")
    return folder


def files(folder: Path, settings: Settings) -> list[Path]:
    """The corpus' data files, train first."""
    return [folder / "train.csv", folder / "test.csv"] if settings.leak else [folder / "corpus.csv"]


def run_peer(peer: Peer, folder: Path, settings: Settings, times: int) -> dict[str, object]:
    """Time and score one peer."""
    if settings.rows > peer.largest or (settings.leak and not peer.splits):
        return {"skipped": f"not run over {peer.largest:,} rows" if settings.rows > peer.largest else "takes one file"}
    if peer.environment and not ready(peer.environment):
        return {"skipped": "not installed: python benchmarks/setup_peers.py"}
    output = WORK / "out" / f"{peer.script}-{peer.threshold}.txt"
    output.parent.mkdir(parents=True, exist_ok=True)
    output.unlink(missing_ok=True)
    interpreter = str(python(peer.environment)) if peer.environment else sys.executable
    command = [interpreter, str(HERE / "peers" / peer.script), *map(str, files(folder, settings))]
    first, warm = measure.repeat(
        [*command, "--threshold", str(peer.threshold), "--output", str(output)], output.with_suffix(".log"), times
    )
    out = {"versions": list(PINS.get(peer.environment, ())), **measure.summary(first, warm)}
    if output.exists() and "error" not in out:
        out["scores"] = score(Truth.read(folder), groups_result(output))
    return out


def run_assay(command: Path, folder: Path, settings: Settings, times: int, select: str = SELECT) -> dict[str, object]:
    """Time and score the whole command."""
    output = WORK / "out" / f"{command.parent.parent.name.lstrip('.')}-audit"
    data = files(folder, settings)
    given = [str(command), "audit", str(data[0]), *(["--test", str(data[1])] if settings.leak else [])]
    given += [
        "--text",
        "text",
        "--label",
        "label",
        "--id",
        "id",
        "--select",
        select,
        "--fail-on",
        "never",
        "--output",
        str(output),
    ]
    first, warm = measure.repeat(given, output.with_suffix(".log"), times)
    out = {"versions": [f"{name}=={version(name)}" for name in ("assay", "numba", "numpy", "polars")], "select": select}
    out |= measure.summary(first, warm)
    if "error" not in out:
        out["scores"] = score(Truth.read(folder), audit_result(output, Truth.read(folder)))
        timings = output / "timings.json"
        if timings.exists():
            out["timings"] = json.loads(timings.read_text(encoding="utf-8"))
    return out


def base_command(revision: str) -> Path:
    """The ``assay`` command of another revision, installed beside this environment's packages."""
    root = HERE.parent
    commit = subprocess.run(
        ["git", "rev-parse", "--short", revision], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()
    home = VENVS / f"assay-{commit}"
    if not (home / "bin" / "assay").exists():
        venv.create(home, with_pip=True, clear=True)
        source = home / "source"
        source.mkdir()
        archive = subprocess.run(["git", "archive", commit], cwd=root, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", str(source)], input=archive, check=True)
        major = f"python{sys.version_info.major}.{sys.version_info.minor}"
        ours = Path(sys.prefix) / "lib" / major / "site-packages"
        (home / "lib" / major / "site-packages" / "beside.pth").write_text(f"{ours}\n", encoding="utf-8")
        pip = [
            str(home / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--force-reinstall",
            str(source),
        ]
        subprocess.run(pip, check=True)
    return home / "bin" / "assay"


def compare(settings: Settings, *, times: int = 3, base: str = "", only: str = "") -> dict[str, object]:
    """Run every contender on one corpus, and keep the results."""
    folder = corpus(settings)
    results: dict[str, object] = {}
    ours = {"assay audit": Path(sys.executable).parent / "assay"} | (
        {f"assay audit at {base}": base_command(base)} if base else {}
    )
    found = {
        "schema_version": 1,
        "corpus": json.loads((folder / "truth.json").read_text(encoding="utf-8")),
        "machine": measure.machine(),
        "results": results,
    }
    for name, command in ours.items():
        if only in name:
            results[name] = run_assay(command, folder, settings, times)
            show(name, results[name])
    for peer in PEERS:
        if only in peer.name:
            results[peer.name] = run_peer(peer, folder, settings, times)
            show(peer.name, results[peer.name])
    if not only:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"duplicates-{corpus_name(settings)}.json").write_text(
            json.dumps(found, indent=1) + "\n", encoding="utf-8"
        )
    return found


def show(name: str, result: dict) -> None:
    """One line on the screen."""
    if "scores" not in result:
        print(f"{name:32} {result.get('skipped') or result.get('error')}", flush=True)
        return
    scores = result["scores"]
    figures = {"pair F1": scores["pairs"]["f1"], "cluster F1": scores["clusters"]["f1"]}
    figures |= {k: v["joined"] for k, v in scores["containment"].items() if isinstance(v, dict)}
    if "leaks" in scores:
        figures |= {"leak P": scores["leaks"]["precision"], "leak R": scores["leaks"]["recall"]}
    line = "  ".join(f"{k} {v:.3f}" for k, v in figures.items() if v is not None)
    print(f"{name:32} {result['seconds']:8.2f} s {result['peak_mb']:6} MB  {line}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--vocabulary", choices=["large", "small"], default="large")
    parser.add_argument("--skew", choices=["none", "template", "identical"], default="none")
    parser.add_argument("--leak", action="store_true", help="train and test with known leaks")
    parser.add_argument("--times", type=int, default=3, help="warm runs of each; the median counts")
    parser.add_argument("--base", default="", help="a revision to run beside, for example HEAD")
    parser.add_argument("--only", default="", help="run the contenders with this in their name, and keep no results")
    options = parser.parse_args()
    settings = Settings(options.rows, options.seed, options.vocabulary, options.skew, options.leak)
    compare(settings, times=options.times, base=options.base, only=options.only)


if __name__ == "__main__":
    main()
