"""Make the peers' environments, one each, under ``benchmarks/work/venvs``. Run again, it only adds what is missing."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

VENVS = Path(__file__).parent / "work" / "venvs"
PINS = {
    "rensa": ("rensa==0.5.0",),
    "datasketch": ("datasketch==2.0.0", "numpy==2.4.6", "scipy==1.17.1"),
    "semhash": ("semhash==0.5.0", "model2vec==0.10.0", "vicinity==0.4.6", "usearch==2.26.6", "wordllama==0.4.0.post1"),
    "text-dedup": ("text-dedup==0.4.0", "datasets==5.2.0"),  # 0.4.1 needs Python 3.12
    "rapidfuzz": ("rapidfuzz==3.14.6", "numpy==2.4.6"),
    "sliceline": ("sliceline==0.3.0", "scikit-learn==1.9.1", "numpy==2.4.6", "scipy==1.17.1"),
    "cleanlab": ("cleanlab==2.9.0", "scikit-learn==1.9.1", "numpy==2.4.6", "scipy==1.17.1"),
}


def python(name: str) -> Path:
    """The interpreter of a peer's environment."""
    return VENVS / name / "bin" / "python"


def ready(name: str) -> bool:
    """Whether an environment was made from just these pins."""
    stamp = VENVS / name / "pins.txt"
    return stamp.exists() and stamp.read_text(encoding="utf-8") == "\n".join(PINS[name])


def make(name: str) -> bool:
    """Make one environment; False if its packages cannot be had here."""
    venv.create(VENVS / name, with_pip=True, clear=True)
    command = [str(python(name)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PINS[name]]
    if subprocess.run(command, check=False).returncode:
        return False
    (VENVS / name / "pins.txt").write_text("\n".join(PINS[name]), encoding="utf-8")
    return True


def main() -> int:
    wanted = sys.argv[1:] or list(PINS)
    for name in wanted:
        state = "ready" if ready(name) else "made" if make(name) else "not to be had here; its lines will say so"
        print(f"{name}: {state}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
