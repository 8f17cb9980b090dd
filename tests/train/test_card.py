"""The model card: read by the hub, safe with any data."""

import yaml
from tiny_models import rows

from assay import audit, train
from assay.train.card import code


def test_the_card_is_one_that_the_hub_reads(data, settings, tmp_path):
    from huggingface_hub import ModelCard

    run = train.fit(data, {**settings, "method": "head"}, output=tmp_path / "run")
    card = ModelCard.load(tmp_path / "run" / "README.md")
    assert card.data.base_model == "tiny-bert"
    assert card.data.pipeline_tag == "text-classification"
    text = card.text
    value = run.manifest["metrics"]["test"]["accuracy"]["value"]
    assert f"{value:.4f}" in text
    for heading in ("How to load", "Metrics", "Cheaper models", "Data", "Limits"):
        assert f"## {heading}" in text
    yaml.safe_load(card.data.to_yaml())


def test_labels_are_no_markdown(settings, tmp_path):
    import polars as pl

    bad = "x` | <script>alert(1)</script>\n# Heading"
    texts, labels = zip(*rows(40, 1), strict=True)
    frame = pl.DataFrame({"text": texts, "label": [bad if y == "refund" else y for y in labels]})
    train.fit(audit.from_frames(frame, text="text", label="label"), {**settings, "method": "head"}, output=tmp_path)
    card = (tmp_path / "README.md").read_text()
    assert "\n# Heading" not in card
    assert "`x' / <script>alert(1)</script> # Heading`" in card  # within a code span
    assert code("") == "` `"
