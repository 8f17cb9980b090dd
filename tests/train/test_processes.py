"""Several processes train one model: torchrun on the processor stands for several GPUs."""

import os
import subprocess
import sys

from tiny_models import read_json

from assay import train


def test_two_processes_make_one_run(files, model_folder, tmp_path):
    (tmp_path / "assay.toml").write_text("[train]\nthreads = 1\nlearning_rate = 1e-3\nbatch_size = 4\nepochs = 2\n")
    words = ["train", files["train"], "--validation", files["validation"], "--text", "text", "--label", "label"]
    words += ["--model", str(model_folder), "--method", "lora", "--force", "-q", "--no-ladder", "--output", "run"]
    launch = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "assay.reports.cli"]
    done = subprocess.run(
        [*launch, *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = read_json(tmp_path / "run" / "manifest.json")
    assert told["training"]["planned_steps"] == 24  # 96 rows, two passes, two processes of four rows a step
    assert train.load_run(tmp_path / "run").predict(["refund the money"]).labels
    checkpoint = max((tmp_path / "run" / "checkpoints").glob("step-*"))
    assert {p.name for p in checkpoint.glob("random-*")} == {"random-0.safetensors", "random-1.safetensors"}
