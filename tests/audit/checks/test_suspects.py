import numpy as np
import polars as pl
import pytest

from assay.audit.dataset import Part, Roles, assemble
from assay.audit.errors import ConfigError
from assay.audit.features import configure
from assay.audit.rules import Settings, run
from assay.audit.suspicion import suspicion

TOPICS = {
    "refund": "money back refund return paid price bank charged",
    "delivery": "parcel courier package depot driver tracking arrived late",
    "login": "password account sign code reset locked page phone",
    "menu": "soup salad bread cheese dinner lunch chef table",
}
FILLER = "please can you tell me why the my is not for with and this that when how again still".split()  # noqa: SIM905


def texts(labels, seed=0, own=4):
    rng = np.random.default_rng(seed)
    out = []
    for n, label in enumerate(labels):
        words = [*rng.choice(TOPICS[label].split(), own), *rng.choice(FILLER, 6), f"n{n}"]
        out.append(" ".join(rng.permutation(words)))
    return out


def dataset(frame, splits=None, **roles):
    parts, start = [], 0
    for name, rows in (splits or {"train": frame.height}).items():
        numbers = np.arange(rows, dtype=np.int64)
        parts.append(Part(name, frame[start : start + rows], numbers + 2, np.zeros(rows, np.int32), (f"{name}.csv",)))
        start += rows
    data = assemble(parts, Roles(text=("text",), label="label", **roles))
    configure(data, "lsa", cache=False)
    return data


def planted(rows=400, wrong=20, seed=0, topics=tuple(TOPICS)):
    """A frame, and its rows with a wrong label."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(topics, rows)
    labels = truth.copy()
    at = rng.choice(rows, wrong, replace=False)
    for row in at:
        labels[row] = rng.choice([t for t in topics if t != truth[row]])
    return pl.DataFrame({"text": texts(truth, seed), "label": labels, "truth": truth}), np.sort(at)


def audit_of(data, code="LBL002", **options):
    audit = run(data, Settings(select=(code,), options={code: options}))
    assert audit.ran == (code,), audit.skipped
    return audit


def test_planted_labels_are_told_with_the_right_one():
    frame, wrong = planted(wrong=60)
    data = dataset(frame.drop("truth"))
    audit = audit_of(data)
    sure = {f.hit.rows[0]: f.hit for f in audit.findings if f.severity == "warning"}
    assert len(set(sure) & set(wrong.tolist())) >= 40
    assert len(set(sure) - set(wrong.tolist())) <= 2
    for row in set(sure) & set(wrong.tolist()):
        hit = sure[row]
        assert hit.suggested == hit.fix.label == frame["truth"][row]
        assert frame["label"][hit.related[0]] == hit.suggested
        assert hit.evidence["words"]
        assert set(hit.evidence["by_text"]) <= set(TOPICS)
    score = audit.scores["suspect_label"].to_numpy()
    assert score[wrong].min() > 0.1
    assert ((score >= 0) & (score <= 1)).all()
    assert audit.scores["suggested_label"].drop_nulls().len() >= len(audit.findings)


def test_all_splits_are_judged_together_and_rows_without_a_label_are_left_out():
    frame, wrong = planted()
    unlabelled = [3, 5, 201]
    labels = frame["label"].to_list()
    for row in unlabelled:
        labels[row] = None if row % 2 else "  "
    frame = frame.drop("truth").with_columns(label=pl.Series(labels))
    data = dataset(frame, {"train": 250, "validation": 50, "test": 100})
    audit = audit_of(data)
    assert {data.row(f.hit.rows[0]).split for f in audit.findings} == {"train", "validation", "test"}
    nulls = audit.scores["suspect_label"].is_null().arg_true().to_list()
    assert nulls == unlabelled
    assert len({f.hit.rows[0] for f in audit.findings} & set(wrong.tolist())) >= 15


def test_copies_do_not_vouch_for_each_other():
    frame, _ = planted(wrong=0)
    bad = frame.filter(pl.col("truth") == "login")[:1].with_columns(label=pl.lit("menu"))
    copies = pl.concat([bad.with_columns(text=pl.col("text") + pl.lit(end)) for end in ("", "!", " ", "...", "?")])
    data = dataset(pl.concat([frame[1:], copies]).drop("truth"))
    rows = tuple(range(len(data) - 5, len(data)))
    (hit,) = [f.hit for f in audit_of(data).findings if f.hit.rows[0] in rows and f.severity == "warning"]
    assert hit.rows == rows
    assert hit.suggested == "login"
    assert "5 copies" in hit.message


def test_a_copy_under_another_label_is_a_unit_of_its_own():
    frame, _ = planted(wrong=0)
    twin = frame[:1].with_columns(label=pl.lit("menu" if frame["label"][0] != "menu" else "login"))
    data = dataset(pl.concat([frame, twin]).drop("truth"))
    chance = suspicion(data).chance
    assert chance[-1] > 0.5 > chance[0]


def test_classes_of_a_few_rows_are_no_evidence():
    frame, _ = planted(wrong=0)
    odd = pl.DataFrame({"text": texts(["menu"] * 4, 9), "label": ["a", "b", "b", "c"], "truth": [""] * 4})
    data = dataset(pl.concat([frame, odd]).drop("truth"))
    audit = audit_of(data)
    assert not [f for f in audit.findings if set(f.hit.rows) & set(range(400, 404))]
    assert audit.scores["suspect_label"][400:].null_count() == 0


def test_an_imbalanced_set_raises_no_alarm():
    frame, _ = planted(600, 0, topics=("menu",) * 19 + ("login",))
    audit = audit_of(dataset(frame.drop("truth")))
    assert len(audit.findings) <= 3


def test_labels_that_texts_do_not_tell_are_not_judged():
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"text": texts(rng.choice(list(TOPICS), 400)), "label": rng.choice(["a", "b"], 400)})
    audit = run(dataset(frame), Settings(select=("LBL002",)))
    assert "the texts explain" in audit.skipped["LBL002"]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pl.DataFrame({"text": ["a b"] * 30, "label": ["x"] * 30}), "at least two labels"),
        (pl.DataFrame({"text": texts(["menu"] * 8), "label": ["x", "y"] * 4}), "not enough rows"),
        (
            pl.DataFrame({"text": texts(["menu"] * 60), "label": [f"v{n}" for n in range(60)]}),
            "values of each row rather than classes",
        ),
    ],
)
def test_too_little_to_judge_by_is_skipped(frame, words):
    audit = run(dataset(frame), Settings(select=("LBL002", "LBL003")))
    assert set(audit.skipped) == {"LBL002", "LBL003"}
    assert all(words in why for why in audit.skipped.values())


def test_texts_without_words_do_no_harm():
    frame, _ = planted(wrong=4)
    empty = pl.DataFrame({"text": ["", " ", "...", None], "label": ["menu"] * 4, "truth": [""] * 4})
    audit = audit_of(dataset(pl.concat([frame, empty]).drop("truth")))
    assert audit.scores["suspect_label"][400:].null_count() == 0
    assert audit.scores["suspect_label"][400:].is_finite().all()


def test_same_data_same_findings():
    frame, _ = planted()
    one, two = (audit_of(dataset(frame.drop("truth"))) for _ in range(2))
    assert [f.fingerprint for f in one.findings] == [f.fingerprint for f in two.findings]
    assert one.scores["suspect_label"].equals(two.scores["suspect_label"])


def test_a_bad_annotator_is_named():
    rng = np.random.default_rng(5)
    frame, _ = planted(800, 0)
    who = rng.choice(["ann", "bob", "cy", "di", "ed"], 800)
    labels = np.where((who == "cy") & (rng.random(800) < 0.4), rng.choice(list(TOPICS), 800), frame["label"].to_numpy())
    known = suspicion(dataset(frame.drop("truth").with_columns(label=pl.Series(labels), who=pl.Series(who))))
    assert known.pattern.along == "who"


def test_own_probabilities_are_weighed_in(tmp_path):
    frame, wrong = planted(300, 30, seed=2)
    chance = np.full((300, 4), 0.02, np.float32)
    names = sorted(TOPICS)
    chance[np.arange(300), [names.index(t) for t in frame["truth"]]] = 0.94
    path = tmp_path / "p.csv"
    pl.DataFrame(chance, names).write_csv(path)
    data = dataset(frame.drop("truth"))
    before, after = (suspicion(data, p).odds for p in ("", str(path)))
    is_wrong = np.isin(np.arange(300), wrong)

    def auc(score):
        return (score[is_wrong][:, None] > score[~is_wrong]).mean()

    assert auc(after) >= auc(before)
    assert auc(after) > 0.99


def test_probabilities_that_do_not_fit_stop_the_run(tmp_path):
    frame, _ = planted(100, 0)
    path = tmp_path / "p.csv"
    pl.DataFrame({"menu": [1.0]}).write_csv(path)
    with pytest.raises(ConfigError, match="no column for"):
        suspicion(dataset(frame.drop("truth")), str(path))


def test_several_labels_a_row():
    rng = np.random.default_rng(3)
    names = list(TOPICS)
    sets = [sorted(rng.choice(names, rng.integers(1, 3), replace=False)) for _ in range(500)]
    words = [" ".join(texts([t], n)[0] for n, t in enumerate(s, 10 * k)) for k, s in enumerate(sets)]
    labels = [list(s) for s in sets]
    wrong = rng.choice(500, 25, replace=False)
    for row in wrong:
        other = next(t for t in rng.permutation(names) if t not in sets[row])
        labels[row] = sorted([*labels[row][1:], other])
    frame = pl.DataFrame({"text": words, "label": [";".join(s) for s in labels]})
    audit = run(dataset(frame), Settings(select=("LBL002", "LBL003")))
    assert audit.ran == ("LBL002",)
    assert "one label a row" in audit.skipped["LBL003"]
    sure = {f.hit.rows[0]: f.hit for f in audit.findings if f.severity == "warning"}
    assert len(set(sure) & set(wrong.tolist())) >= 5
    assert len(set(sure) - set(wrong.tolist())) <= 1
    told = {f.hit.rows[0] for f in audit.findings if not f.hit.subject}
    assert len(told & set(wrong.tolist())) >= 15
    for row in set(sure) & set(wrong.tolist()):
        name = sure[row].evidence["doubtful"]
        assert (name in sets[row]) == (sure[row].evidence["problem"] == "missing")
    assert audit.scores["suspect_label"].null_count() == 0


def short_texts(labels, seed=1):
    """Texts of three words of their topic and nothing else, so that many nearly mean the same."""
    rng = np.random.default_rng(seed)
    return [" ".join([*rng.choice(TOPICS[t].split(), 3, replace=False), f"n{n}"]) for n, t in enumerate(labels)]


def test_overlapping_classes_are_told_and_others_not():
    rng = np.random.default_rng(1)
    truth = rng.choice(list(TOPICS), 600)
    labels = [rng.choice(["menu a", "menu b"]) if t == "menu" else t for t in truth]
    audit = audit_of(dataset(pl.DataFrame({"text": short_texts(truth), "label": labels})), "LBL003")
    (finding,) = audit.findings
    assert finding.hit.subject == "menu a : menu b"
    evidence = finding.hit.evidence
    assert min(evidence["shares"]) > 0.2
    for share, (low, high) in zip(evidence["shares"], evidence["intervals_95"], strict=True):
        assert low < share < high
    assert all(labels[r].startswith("menu") for r in finding.hit.rows)


@pytest.mark.parametrize("rows", [40, 60])
def test_a_small_dataset_is_skipped_not_passed(rows):
    frame, _ = planted(rows, rows // 5)
    audit = run(dataset(frame.drop("truth")), Settings(select=("LBL002", "LBL003")))
    assert audit.ran == ()
    assert all("not enough rows" in why for why in audit.skipped.values())


def test_the_order_of_rows_changes_nothing():
    frame, _ = planted(300, 40, seed=4)
    frame = frame.drop("truth").with_columns(text=pl.col("text") + pl.lit("!"), row=pl.int_range(300).cast(pl.String))
    order = np.random.default_rng(2).permutation(300)
    found = []
    for rows in (np.arange(300), order):
        audit = audit_of(dataset(frame[rows], id="row"))
        found.append(
            (
                sorted((f.fingerprint, f.severity, f.hit.message) for f in audit.findings),
                dict(zip(rows.tolist(), audit.scores["suspect_label"].to_list(), strict=True)),
            )
        )
    assert [f[:2] for f in found[0][0]] == [f[:2] for f in found[1][0]]
    assert max(abs(found[0][1][r] - found[1][1][r]) for r in range(300)) < 0.02  # LSA's own rounding


def test_notes_end_with_the_top_of_the_ranking_and_the_rest_is_one_note():
    rng = np.random.default_rng(0)
    truth = rng.choice(list(TOPICS), 1200)
    moods = np.where(rng.random(1200) < 0.72, truth, rng.choice(list(TOPICS), 1200))  # raters disagree at random
    frame = pl.DataFrame({"text": texts(truth, own=1), "label": moods})
    audit = audit_of(dataset(frame))
    single = [f for f in audit.findings if not f.hit.subject]
    (rest,) = [f for f in audit.findings if f.hit.subject]
    notes = [f for f in single if f.severity == "note"]
    assert len(notes) <= 60
    assert {f.hit.evidence["rank"] for f in notes} <= set(range(1, 61))
    assert rest.severity == "note"
    assert rest.hit.evidence["labels"] > 0
    assert len(rest.hit.rows) <= 5


def test_a_template_family_votes_once():
    frame, _ = planted(300, 0, seed=6)
    family = [f"your order {n} of the garden set has left our store" for n in range(100, 140)]
    other = pl.DataFrame({"text": family, "label": ["delivery"] * 40, "truth": [""] * 40})
    data = dataset(pl.concat([frame, other]).drop("truth"))
    known = suspicion(data)
    units = known.units
    inside = units.family & (units.rows >= 300)
    assert inside.sum() == 40
    assert units.weights[inside].sum() == pytest.approx(1)
    votes = units.vote[known.neighbours.index]
    for row in np.flatnonzero(inside):
        mine = votes[row][known.neighbours.index[row] >= 0]
        assert len(set(mine.tolist())) == mine.size


def test_real_labels_beat_chance_by_far(shared_data):
    frame = pl.read_csv(shared_data / "trec_rules" / "data.csv", infer_schema=False)
    data = dataset(frame.select("text", "label"))
    odds = suspicion(data).odds
    wrong = (frame["label"] != frame["true_label"]).to_numpy()
    top = np.argsort(-odds)[:500]
    assert wrong[top].mean() > 0.85  # 0.45 of all rows are wrong
