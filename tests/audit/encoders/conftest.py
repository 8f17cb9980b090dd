import json

import numpy as np
import pytest

WORDS = "the a card my lost is where parcel money refund help cat dog sat on mat ##s ##ing".split()  # noqa: SIM905
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[unused0]"]
DIMS, WIDE, LAYERS, HEADS, POSITIONS = 64, 128, 2, 4, 64


@pytest.fixture
def tiny(tmp_path):
    """A folder with a BERT of random weights and a tokenizer of a few words."""
    pytest.importorskip("tokenizers")
    save = pytest.importorskip("safetensors.numpy").save_file
    folder = tmp_path / "tiny"
    folder.mkdir()
    tokenizer(folder)
    save(weights(), folder / "model.safetensors")
    config = {
        "model_type": "bert", "architectures": ["BertModel"], "hidden_act": "gelu", "hidden_size": DIMS,
        "intermediate_size": WIDE, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "type_vocab_size": 2,
        "max_position_embeddings": POSITIONS, "vocab_size": len(SPECIAL) + len(WORDS), "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def tokenizer(folder):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    made = Tokenizer(models.WordPiece({t: n for n, t in enumerate([*SPECIAL, *WORDS])}, unk_token="[UNK]"))  # noqa: S106
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    made.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    made.save(str(folder / "tokenizer.json"))


def weights():
    random = np.random.default_rng(0)

    def some(*shape, around=0.0):
        return (around + 0.2 * random.standard_normal(shape)).astype(np.float32)

    def norm(name):
        return {f"{name}.weight": some(DIMS, around=1.0), f"{name}.bias": some(DIMS)}

    def dense(name, out, into):
        return {f"{name}.weight": some(out, into), f"{name}.bias": some(out)}

    of = "embeddings.{}_embeddings.weight".format
    rows = {"word": len(SPECIAL) + len(WORDS), "position": POSITIONS, "token_type": 2}
    made = {of(name): some(many, DIMS) for name, many in rows.items()} | norm("embeddings.LayerNorm")
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        for name in ("self.query", "self.key", "self.value", "output.dense"):
            made |= dense(f"{at}attention.{name}", DIMS, DIMS)
        made |= norm(f"{at}attention.output.LayerNorm") | norm(f"{at}output.LayerNorm")
        made |= dense(f"{at}intermediate.dense", WIDE, DIMS) | dense(f"{at}output.dense", DIMS, WIDE)
    return made | dense("pooler.dense", DIMS, DIMS)
