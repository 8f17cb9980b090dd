"""Peer: text-dedup's minhash command on word unigrams; its union-find is read back from --debug."""

import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

from common import Groups, arguments, texts

options = arguments()
with tempfile.TemporaryDirectory() as scratch:
    flags = {
        "path": "csv",
        "split": "train",
        "cache_dir": f"{scratch}/cache",
        "output": f"{scratch}/out",
        "column": "text",
    }
    flags |= {
        "data_files": str(options.files[0]),
        "batch_size": "10000",
        "ngram": "1",
        "min_length": "1",
        "num_proc": "2",
    }
    flags |= {"threshold": str(options.threshold), "num_perm": "128", "hash_func": "xxh3", "hash_bits": "32"}
    command = [
        sys.executable,
        "-m",
        "text_dedup.minhash",
        "--debug",
        *(p for k, v in flags.items() for p in (f"--{k}", v)),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with (Path(scratch) / "out" / "uf.pkl").open("rb") as file:
        found = pickle.load(file)  # noqa: S301 - written by the command above
groups = Groups(len(texts(options.files)))
for row in list(found.parent):
    groups.join(row, found.find(row))
groups.write(options.output)
