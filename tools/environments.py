"""Prove that findings do not depend on the machine: the same audits under many numeric environments.

    python tools/environments.py            # all environments that this processor can run

Each environment is a set of variables that change which machine code computes: the kernels of OpenBLAS, the number of
threads, the vector instructions of NumPy, the processor that numba compiles for, the instructions that oneDNN may use.
In each one a fresh process, without cached vectors, audits the support tickets and every golden pair; all files must
be equal byte for byte. The support tickets are audited once more with their rows shuffled; findings must be equal by
row id. Exit code 1 names the first difference.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TICKETS = ROOT / "fixtures" / "support_tickets"
NO_AVX512 = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR X86_V4"
ENVIRONMENTS: dict[str, dict[str, str]] = {
    "Haswell, 1 thread": {"OPENBLAS_CORETYPE": "Haswell", "OMP_NUM_THREADS": "1"},
    "Zen, 2 threads, NumPy without AVX-512": {
        "OPENBLAS_CORETYPE": "Zen",
        "OMP_NUM_THREADS": "2",
        "NPY_DISABLE_CPU_FEATURES": NO_AVX512,
    },
    "SkylakeX, 4 threads": {"OPENBLAS_CORETYPE": "SkylakeX", "OMP_NUM_THREADS": "4"},
    "SkylakeX, 1 thread": {"OPENBLAS_CORETYPE": "SkylakeX", "OMP_NUM_THREADS": "1"},
    "Sandybridge, numba for any x86-64": {"OPENBLAS_CORETYPE": "Sandybridge", "NUMBA_CPU_NAME": "generic"},
    "oneDNN without VNNI and AMX": {"ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2"},
}
CLEARED = ("OPENBLAS_CORETYPE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_CPU_NAME", "NPY_DISABLE_CPU_FEATURES")
BY_ID = ["code", "severity", "split", "id", "given_label", "suggested_label", "score", "fingerprint"]


def main() -> int:
    """Run every environment, two at a time, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        audit_all(given.child)
        return 0
    wanted = {name: env for name, env in ENVIRONMENTS.items() if can_run(name, env)}
    with tempfile.TemporaryDirectory() as work, ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda item: run(*item, Path(work)), wanted.items()))
    return compare(dict(zip(wanted, found, strict=True)))


def can_run(name: str, env: dict[str, str]) -> bool:
    """Whether the processor has the instructions; OpenBLAS does not check them."""
    try:
        flags = Path("/proc/cpuinfo").read_text("ascii", "replace")
    except OSError:
        flags = ""
    needs = {"SkylakeX": "avx512f", "Haswell": "avx2", "Zen": "avx2", "Sandybridge": "avx"}
    need = needs.get(env.get("OPENBLAS_CORETYPE", ""), "")
    if need and need not in flags.split():
        print(f"skipped: {name}: this processor has no {need}")
        return False
    return True


def run(name: str, env: dict[str, str], work: Path) -> dict[str, str]:
    """Digests of everything that one environment wrote."""
    folder = work / sha256(name.encode()).hexdigest()[:8]
    folder.mkdir()
    clean = {k: v for k, v in os.environ.items() if k not in CLEARED}
    done = subprocess.run(
        [sys.executable, __file__, "--child", str(folder)],
        env=clean | env | {"ASSAY_CACHE": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{name}: exit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    digests: dict[str, str] = json.loads((folder / "digests.json").read_text("utf-8"))
    shutil.rmtree(folder)
    print(f"done: {name}", flush=True)
    return digests


def compare(found: dict[str, dict[str, str]]) -> int:
    """Print how the environments agree; 1 if two of them differ."""
    first, *others = found
    wrong = [
        f"{name}: differs from {first}: {key}"
        for name in others
        for key in sorted(found[first])
        if found[name].get(key) != found[first][key]
    ]
    wrong += [
        f"{name}: findings of shuffled rows differ by row id"
        for name, digests in found.items()
        if digests["tickets by id"] != digests["shuffled tickets by id"]
    ]
    print("\n".join(wrong) or f"{len(found)} environments, {len(found[first])} results each: equal bytes")
    return 1 if wrong else 0


def audit_all(folder: Path) -> None:
    """In a child: audit the tickets, the tickets with shuffled rows and every golden pair; write digests."""
    digests = {}
    shutil.copytree(TICKETS, folder / "tickets", ignore=shutil.ignore_patterns("written", "making"))
    shutil.copytree(folder / "tickets", folder / "shuffled")
    for name in ("train.csv", "validation.csv", "test.csv", "production.jsonl"):
        shuffle(folder / "shuffled" / name)
    for name in ("tickets", "shuffled"):
        out = folder / name / "out"
        audit(folder / name, out)
        digests[f"{name} by id"] = by_id(out / "findings.parquet")
        if name == "tickets":
            for file in ("audit.json", "findings.parquet", "rows.parquet", "report.html"):
                digests[file] = sha256((out / file).read_bytes()).hexdigest()
    digests["shuffled tickets by id"] = digests.pop("shuffled by id")
    digests |= golden_pairs()
    (folder / "digests.json").write_text(json.dumps(digests), "utf-8")


def audit(folder: Path, out: Path) -> None:
    """Audit with the command, as a user would."""
    from assay.reports.cli import main as command  # noqa: PLC0415 - only the child loads it

    os.chdir(folder)
    try:
        command(["audit", "--config", "assay.toml", "--output", str(out.relative_to(folder)), "--quiet"])
    except SystemExit as ended:
        if ended.code not in {0, 1}:
            raise


def shuffle(path: Path) -> None:
    """Put the rows of a file in another order."""
    import polars as pl  # noqa: PLC0415 - as above

    if path.suffix == ".jsonl":
        lines = path.read_text("utf-8").splitlines()
        random.Random(0).shuffle(lines)  # noqa: S311 - no secret
        path.write_text("\n".join(lines) + "\n", "utf-8")
        return
    frame = pl.read_csv(path, infer_schema=False, empty_string_is_null=False)
    frame.sample(fraction=1, shuffle=True, seed=0).write_csv(path)


def by_id(findings: Path) -> str:
    """Digest of findings as a set: what was found for which row id, in no order."""
    import polars as pl  # noqa: PLC0415 - as above

    frame = pl.read_parquet(findings).select(BY_ID).sort(BY_ID, nulls_last=True)
    return sha256(frame.write_csv().encode()).hexdigest()


def golden_pairs() -> dict[str, str]:
    """Digests of the findings of each golden pair."""
    spec = importlib.util.spec_from_file_location("golden", ROOT / "tests" / "audit" / "test_golden.py")
    assert spec is not None  # noqa: S101 - the file is part of the project
    assert spec.loader is not None  # noqa: S101
    golden = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(golden)
    digests = {}
    for code in golden.CODES:
        if code == "GEX001":  # a suite of the user's: nothing of it is computed here
            continue
        os.chdir(golden.PAIRS / code)
        text = golden.audit_of(golden.PAIRS / code).to_polars().write_csv()
        digests[f"golden pair {code}"] = sha256(text.encode()).hexdigest()
    return digests


if __name__ == "__main__":
    sys.exit(main())
