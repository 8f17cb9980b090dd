"""What is decided before training, and why."""

from dataclasses import replace
from pathlib import Path

import pytest

from assay.audit.config_tables import Lora, Train
from assay.audit.errors import ConfigError
from assay.train.plan import Plan, memory, plan
from assay.train.weights import Base

MINI = Base(Path("m"), "m", None, "0" * 64, "0" * 64, {"max_position_embeddings": 512}, 22_700_000, "folder")


def decide(config=None, base=MINI, rows=10_000, classes=77, **more):
    return plan(config or Train(), base, rows, classes, own_validation=True, **more)


def test_auto_trains_a_small_model_in_full_and_says_why():
    told = decide(rows=2_500, classes=8)
    assert told.method == "full"
    assert "22.7 M" in told.why[0]


def test_auto_takes_a_head_for_a_handful_of_rows_and_for_what_would_take_days():
    assert decide(rows=100, classes=77).method == "head"
    assert decide(base=replace(MINI, parameters=300_000_000), rows=200_000).method == "head"


def test_auto_takes_an_adapter_where_full_training_does_not_fit():
    room = memory()[0]
    base = replace(MINI, parameters=int(room / 16))
    told = decide(base=base, rows=40, classes=2, tokens=4)
    assert told.method == "lora"
    assert "GB" in told.why[0]


def test_a_method_asked_for_is_taken():
    assert decide(Train(method="lora"), rows=100).method == "lora"


def test_few_rows_get_smaller_batches_and_more_passes():
    few, many = decide(Train(method="full"), rows=770), decide(Train(method="full"), rows=10_000)
    assert few.head_learning_rate < many.head_learning_rate
    assert few.batch_size < many.batch_size
    assert few.epochs > many.epochs


def test_what_is_configured_wins():
    told = decide(Train(method="full", epochs=7.0, batch_size=5, learning_rate=3e-5, max_length=40, metric="accuracy"))
    assert (told.epochs, told.batch_size, told.learning_rate, told.max_length) == (7.0, 5, 3e-5, 40)
    assert told.metric == "accuracy"


def test_no_text_is_longer_than_the_model_has_positions():
    assert decide(Train(max_length=4_000)).max_length == 512


def test_a_plan_survives_the_manifest():
    told = decide(Train(method="lora", lora=Lora(rank=4)))
    assert Plan.of(told.document()) == told
    assert told.lora["alpha"] == 8


def test_what_cannot_be_done_is_refused():
    with pytest.raises(ConfigError, match="standard"):
        decide(Train(method="head", head="standard"))
    with pytest.raises(ConfigError, match="pip install"):
        decide(Train(report_to=("no_such_tracker",)))
    with pytest.raises(ConfigError, match="bitsandbytes"):
        decide(Train(method="lora", lora=Lora(quantize=True)))
