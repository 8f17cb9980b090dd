"""Tiny models with random weights and a real tokenizer, built here; small data with a planted rule."""

import json
import random
from pathlib import Path

WORDS = {
    "refund": ["money", "back", "return", "paid", "charge", "refund", "invoice", "card"],
    "delivery": ["parcel", "late", "courier", "tracking", "address", "delivery", "box", "door"],
    "account": ["password", "login", "email", "reset", "profile", "account", "locked", "code"],
}
FILLER = ["please", "the", "my", "is", "was", "when", "can", "you", "help", "with", "it", "today", "again"]


def sentence(rng, label):
    words = rng.sample(WORDS[label], 3) + rng.sample(FILLER, 4)
    rng.shuffle(words)
    return " ".join(words)


def rows(count, seed):
    rng = random.Random(seed)
    labels = sorted(WORDS)
    return [(sentence(rng, labels[i % len(labels)]), labels[i % len(labels)]) for i in range(count)]


def write_csv(path, pairs):
    lines = ["text,label", *(f'"{t}","{y}"' for t, y in pairs)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def save_tokenizer(folder):
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *sorted({w for ws in WORDS.values() for w in ws} | set(FILLER))]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(vocabulary)}, unk_token="[UNK]"))  # noqa: S106 - no password
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, **{f"{n}_token": f"[{n.upper()}]" for n in ("pad", "unk", "cls", "sep")}
    )
    fast.save_pretrained(folder)
    return len(vocabulary)


def tiny_model(folder, family="bert"):
    """A random model of a family, in a folder as save_pretrained writes it."""
    import torch
    import transformers

    torch.manual_seed(0)
    folder.mkdir(parents=True, exist_ok=True)
    size = save_tokenizer(folder)
    common = {
        "vocab_size": size,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
    }
    common |= {"max_position_embeddings": 64, "pad_token_id": 0}
    kinds = {
        "bert": lambda: transformers.BertModel(transformers.BertConfig(**common)),
        "deberta": lambda: transformers.DebertaV2Model(
            transformers.DebertaV2Config(**common, relative_attention=True, pos_att_type=["p2c", "c2p"])
        ),
        "modernbert": lambda: transformers.ModernBertModel(
            transformers.ModernBertConfig(
                **common, bos_token_id=2, eos_token_id=3, cls_token_id=2, sep_token_id=3, global_attn_every_n_layers=2
            )
        ),
        "llama": lambda: transformers.LlamaModel(
            transformers.LlamaConfig(**common, num_key_value_heads=2, bos_token_id=2, eos_token_id=3)
        ),
        "distilbert": lambda: transformers.DistilBertModel(
            transformers.DistilBertConfig(
                vocab_size=size,
                dim=32,
                n_layers=2,
                n_heads=2,
                hidden_dim=64,
                max_position_embeddings=64,
                pad_token_id=0,
            )
        ),
    }
    kinds[family]().eval().save_pretrained(folder)
    return folder


def folder_bytes(folder: Path):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def read_json(path):
    return json.loads(Path(path).read_text("utf-8"))
