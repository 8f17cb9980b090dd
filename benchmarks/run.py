"""The whole benchmark: ``make bench`` runs this.

python benchmarks/run.py           2k, 10k, 100k rows and leaks at 100k: some minutes
python benchmarks/run.py --full    also a million rows, both skews and the small vocabulary
"""

from __future__ import annotations

import argparse

import setup_peers
import table
from duplicates import compare, corpus_name
from maker import Settings

QUICK = (Settings(2_000), Settings(10_000), Settings(100_000), Settings(100_000, leak=True))
FULL = (
    Settings(100_000, skew="template"),
    Settings(100_000, skew="identical"),
    Settings(100_000, vocabulary="small"),
    Settings(1_000_000),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--full", action="store_true", help="add a million rows, the skews and the small vocabulary")
    parser.add_argument("--base", default="", help="also run the command of this revision")
    parser.add_argument("--times", type=int, default=3, help="warm runs of each contender")
    options = parser.parse_args()
    for name in setup_peers.PINS:
        if not setup_peers.ready(name):
            print(f"setting up {name}", flush=True)
            setup_peers.make(name)
    for settings in (*QUICK, *(FULL if options.full else ())):
        print(f"\n{corpus_name(settings)}", flush=True)
        compare(settings, times=options.times, base=options.base)
    table.main()


if __name__ == "__main__":
    main()
