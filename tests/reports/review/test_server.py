from __future__ import annotations

import json
import subprocess
import sys

import pytest
from review_client import serving

from assay.audit.cleaning.decisions import read_decisions, standing


def lines(folder):
    return [json.loads(line) for line in (folder / "audit" / "decisions.jsonl").read_bytes().split(b"\n") if line]


@pytest.mark.parametrize(
    ("status", "method", "path", "headers", "more"),
    [
        (421, "GET", "/", {}, {"host": "evil.example"}),
        (421, "GET", "/", {}, {"host": "127.0.0.1"}),
        (401, "GET", "/summary", {"X-Review-Token": None}, {}),
        (401, "GET", "/summary", {"X-Review-Token": "x"}, {}),
        (403, "GET", "/summary", {"Sec-Fetch-Site": "cross-site"}, {}),
        (403, "GET", "/summary", {"Origin": "http://evil.example"}, {}),
        (403, "POST", "/decide", {"Origin": "http://evil.example"}, {"body": {}}),
        (403, "POST", "/decide", {"Origin": None}, {"body": {}}),
        (415, "POST", "/decide", {"Content-Type": "text/plain"}, {"body": {}}),
        (401, "POST", "/decide", {"X-Review-Token": None}, {"body": {}}),
        (400, "POST", "/decide", {}, {"body": b"[" * 60_000}),
        (400, "POST", "/decide", {}, {"body": b"x" * 70_000}),
        (400, "POST", "/decide", {}, {"body": {"place": True, "action": "keep"}}),
        (404, "GET", "/item/100000", {}, {}),
        (404, "GET", "/../../etc/passwd", {}, {}),
    ],
)
def test_attacks_are_refused(untouched, status, method, path, headers, more):
    page, folder = untouched
    assert page.request(method, path, headers, **more)[0] == status
    assert not lines(folder)


def test_the_page_loads_nothing_and_says_so(untouched):
    served, _ = untouched
    status, headers, body = served.request("GET", "/", token=False)
    assert status == 200
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert served.token not in body
    assert "http://" not in body.replace("http://127.0.0.1", "")


def test_a_decision_is_on_the_disk_when_it_is_answered_and_clean_reads_it(served, audited):
    first = served.get("/item/0")
    assert served.decide(0, "relabel", label="refund")[0] == 200
    assert served.decide(1, "drop")[0] == 200
    told = lines(audited)
    assert [t["action"] for t in told] == ["relabel", "drop"]
    assert {k: told[0][k] for k in ("fingerprint", "split", "row", "label", "reviewer", "content_hash")} == {
        "fingerprint": first["fingerprint"],
        "split": "train",
        "row": first["row"],
        "label": "refund",
        "reviewer": "ana",
        "content_hash": first["content_hash"],
    }
    stands = standing(read_decisions(str(audited / "audit" / "decisions.jsonl")))
    assert stands["train", first["row"]].label == "refund"
    assert served.get("/item/0")["decision"] == {"action": "relabel", "label": "refund", "reviewer": "ana"}


def test_undo_takes_back_and_the_next_undecided_item_is_found(served):
    total = served.get("/summary")["total"]
    assert total > 4
    served.decide(0, "keep")
    served.decide(1, "skip")
    assert served.get("/next?after=0")["place"] == 2
    served.decide(0, "undo")
    assert served.get("/next?after=-1")["place"] == 0
    assert served.get("/summary")["counts"] == {"keep": 0, "relabel": 0, "drop": 0, "skip": 1}


def test_a_stale_page_and_a_strange_label_are_refused(untouched):
    served, audited = untouched
    item = served.get("/item/0")
    told = {"place": 0, "fingerprint": item["fingerprint"], "content_hash": "0" * 16, "action": "drop"}
    assert served.request("POST", "/decide", body=told)[0] == 409
    assert served.decide(0, "relabel", label="never seen")[0] == 400
    assert served.decide(0, "explode")[0] == 400
    assert not lines(audited)


def test_two_reviewers_share_a_file_and_see_where_they_agree(audited):
    with serving(audited, "--reviewer", "ana") as ana, serving(audited, "--reviewer", "ben") as ben:
        ana.decide(0, "drop")
        ben.decide(0, "drop")
        ana.decide(1, "drop")
        ben.decide(1, "keep")
        assert ana.get("/summary")["agreement"] == {"agree": 1, "both": 2}
        assert ana.get("/item/1")["others"] == [{"action": "keep", "label": None, "reviewer": "ben"}]
    assert len(lines(audited)) == 4


def test_nothing_answered_is_lost_on_kill_9_and_a_torn_line_is_cut_off(audited):
    file = audited / "audit" / "decisions.jsonl"
    with serving(audited, "--reviewer", "ana") as page:
        for place in range(3):
            assert page.decide(place, "keep")[0] == 200
        page.kill()
    before = file.read_bytes()
    file.write_bytes(before + b'{"fingerprint": "x", "spl')
    with serving(audited, "--reviewer", "ana") as page:
        assert page.get("/summary")["counts"]["keep"] == 3
        assert page.get("/next?after=-1")["place"] == 3
        page.decide(3, "drop")
    assert file.read_bytes().startswith(before)
    assert [line["action"] for line in lines(audited)] == ["keep", "keep", "keep", "drop"]


def test_changed_data_are_not_reviewed(audited):
    with (audited / "train.jsonl").open("a") as file:
        file.write('{"text": "one more", "label": "other"}\n')
    command = [sys.executable, "-m", "assay.reports.cli", "review", "audit", "--no-browser"]
    done = subprocess.run(command, cwd=audited, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "changed since the audit" in done.stderr
    assert not (audited / "audit" / "decisions.jsonl").exists()
