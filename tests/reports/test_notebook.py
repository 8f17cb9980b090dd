"""Results in a notebook: escaped, sandboxed, and as frames of the same content."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import polars as pl
import pytest
from browser import browser, violations, watched
from page_world import assay

from assay import audit
from assay.audit.errors import DataError
from assay.reports import Evaluation, Verdict

HOSTILE = "<img src=x onerror=alert(1)>"
REACH = "(() => { try { return parent.secret } catch (e) { return e.name } })()"
CONFIG = f"""
[data]
test = "test.jsonl"
text = "text"
label = "label"
id = "id"
[[slice]]
name = "{HOSTILE}"
where = "text ILIKE '%odd%'"
critical = true
[[gate.require]]
slice = "critical"
metric = "accuracy"
at_least = 0.6
"""


class Parts(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.frame, self.text = [], {}, ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "iframe":
            self.frame = dict(attrs)

    def handle_data(self, data):
        self.text += data


def parsed(html):
    parts = Parts()
    parts.feed(html)
    return parts


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """An audit, an evaluation and a verdict of hostile rows."""
    folder = tmp_path_factory.mktemp("notebook")
    rows = [
        {
            "id": f"r{n}",
            "text": f"{'odd' if n % 2 else 'even'} {HOSTILE} \u202e words {n} to read",
            "label": f"<b>{n % 3}",
        }
        for n in range(60)
    ]
    (folder / "test.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), "utf-8")
    told = [{"id": r["id"], "prediction": "<b>0" if n % 4 == 1 else r["label"]} for n, r in enumerate(rows)]
    (folder / "p.jsonl").write_text("".join(json.dumps(r) + "\n" for r in told), "utf-8")
    (folder / "assay.toml").write_text(CONFIG, "utf-8")
    assay(folder, "evaluate", "--predictions", "p.jsonl", "--output", "ev", "-q")
    assay(folder, "gate", "ev", "--output", "gate", "-q")
    data = audit.read({"train": str(folder / "test.jsonl")}, text="text", label="label", id="id")
    found = audit.run(data, audit.Settings(select=("DUP001", "LBL005", "RLS002")))
    return {"audit": found, "evaluation": Evaluation.load(folder / "ev"), "verdict": Verdict.load(folder / "gate")}


@pytest.mark.parametrize("name", ["audit", "evaluation", "verdict"])
def test_a_summary_is_text_and_tables(results, name):
    bundle = results[name]._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert "\n" not in bundle["text/plain"]
    assert bundle["text/html"] == results[name]._repr_html_()
    parts = parsed(bundle["text/html"])
    assert set(parts.tags) <= {"div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td"}
    assert results[name]._repr_mimebundle_(include={"text/plain"}).keys() == {"text/plain"}
    assert results[name]._repr_mimebundle_(exclude={"text/plain"}).keys() == {"text/html"}
    if name != "audit":
        assert HOSTILE in parts.text


@pytest.mark.parametrize("name", ["audit", "evaluation", "verdict"])
def test_the_frame_holds_the_page_and_lets_nothing_out(results, name):
    shown = results[name].show(height=400)
    parts = parsed(shown._repr_html_())
    assert parts.tags == ["iframe"]
    assert parts.frame["sandbox"] == "allow-scripts"
    assert parts.frame["height"] == "400"
    assert parts.frame["srcdoc"] == shown.page
    assert "default-src 'none'" in shown.page


def test_frames_hold_every_line(results):
    frame = results["evaluation"].to_polars()
    document = results["evaluation"].document
    figures = len(document["overall"]) + len(document["slices"])
    assert frame.height == figures + sum(map(len, document["classes"].values()))
    row = frame.filter((pl.col("name") == HOSTILE) & (pl.col("metric") == "accuracy")).row(0, named=True)
    told = next(s for s in document["slices"] if s["name"] == HOSTILE and s["metric"] == "accuracy")
    assert {k: row[k] for k in ("n", "value", "low", "high", "critical")} == {
        k: told[k] for k in ("n", "value", "low", "high", "critical")
    }
    reasons = results["verdict"].to_polars()
    assert reasons["outcome"].to_list() == [r.outcome for r in results["verdict"].reasons]
    assert results["audit"].to_polars().columns[:4] == ["code", "name", "severity", "split"]
    for result in results.values():
        pytest.importorskip("pandas", reason="pandas is not installed")
        assert result.to_pandas().shape == result.to_polars().shape


def test_a_figure_over_nothing_stays_nothing(results):
    frame = results["evaluation"].to_polars().filter(pl.col("n") == 0)
    assert frame["value"].null_count() == frame.height


def test_a_folder_without_a_verdict_is_said(tmp_path):
    with pytest.raises(DataError, match="no verdict can be read"):
        Verdict.load(tmp_path)
    (tmp_path / "verdict.json").write_text('{"schema_version": 1}', "utf-8")
    with pytest.raises(DataError, match="no verdict can be read"):
        Verdict.load(tmp_path)


def test_importing_costs_nothing():
    import subprocess
    import sys

    code = "import sys, assay.audit, assay.reports; print(sorted({'jinja2', 'polars', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_frames_in_a_browser(results, tmp_path):
    """Both scripts run where they are allowed to, and neither sees the notebook."""
    frames = "".join(results[name].show()._repr_html_() for name in results)
    page_file = tmp_path / "notebook.html"
    head = "<!doctype html><html lang=en><title>n</title><script>window.secret = 1</script><main><h1>n</h1>"
    page_file.write_text(f"{head}{frames}{results['verdict']._repr_html_()}</main>", "utf-8")
    with browser() as chromium:
        page = chromium.new_context().new_page()
        seen = watched(page, "file://")
        page.goto(page_file.as_uri())
        inside = page.frames[1:]
        assert len(inside) == 3
        for frame in inside:
            frame.wait_for_selector("h1")
            assert frame.evaluate(REACH) == "SecurityError"
        assert page.locator("img").count() == 0
        assert not [s for s in seen if "about:srcdoc" not in s]
        assert re.search("FAIL|UNKNOWN", page.inner_text("main"))
        assert violations(page) == []
