"""Models by torch, against the plain forward pass; skipped where torch is not installed."""

import json

import numpy as np
import pytest

from assay.audit.encoders import batches, folder
from assay.audit.encoders.bert import Bert

pytest.importorskip("torch")
pytest.importorskip("transformers")

TEXTS = ["Where is my parcel?", "my card is lost", "a", "the cat sat on the mat " * 5]


def test_equals_the_plain_forward_pass(tiny):
    from assay.audit.encoders.torch_model import Torch, find

    where = find(str(tiny))
    tokens = batches.tokenize(TEXTS, where.tokenizer, where.max_tokens)
    plain = batches.run(tokens, 64, Bert.load(where).forward)
    assert ((Torch(where).encode(TEXTS) * plain).sum(axis=1) > 0.999).all()


def test_the_first_token_where_the_folder_says_so(tiny):
    from assay.audit.encoders.torch_model import Torch

    mean = Torch(folder.open_folder(tiny)).encode(TEXTS)
    (tiny / "1_Pooling").mkdir()
    (tiny / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    first = Torch(folder.open_folder(tiny)).encode(TEXTS)
    assert np.abs(mean - first).max() > 0.01
