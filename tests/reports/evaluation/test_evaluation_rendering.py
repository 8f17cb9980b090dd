from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser

import polars as pl
import pytest

from assay.reports.render import (
    evaluation_github,
    evaluation_markdown,
    evaluation_tables,
    evaluation_terminal,
    screenful,
)
from assay.reports.render.terminal import Screen

HOSTILE = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "[bold red]x[/bold red] [/nope] :smile:",
    "esc \x1b[31mred\x1b]0;title\x07 c1\x9b31m del\x7f",
    "bidi \u202eabc\u202c zero\u200bwidth",
    "{{ 7*7 }} {% raw %}",
    "| a | `b` [x](http://e) @org/team",
    "مرحبا 👩‍👩‍👧‍👦 日本語",
]
TAGS = (
    "a article bdi body circle code dd details div dl dt h1 h2 h3 head header html li main meta nav p path pre rect"
    " section span strong style summary svg table tbody td text th thead title tr ul"
)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen, self.attributes = set(), set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.fixture
def hostile(evaluate, tmp_path):
    """An evaluation in which every string of the data is hostile."""
    size = 4 * len(HOSTILE)
    labels = [HOSTILE[n % len(HOSTILE)] for n in range(size)]
    wrong = [HOSTILE[(n + (n % 3 == 0)) % len(HOSTILE)] for n in range(size)]
    rows = {
        "id": [f"{n} {HOSTILE[n % 8]}" for n in range(size)],
        "text": [f"{HOSTILE[n % 8]} word{n} {n}" for n in range(size)],
    }
    frame = pl.DataFrame({**rows, "label": labels})
    frame.write_ndjson(tmp_path / "t.jsonl")
    frame.select("id", pl.Series("prediction", wrong)).write_ndjson(tmp_path / "p.jsonl")
    name = '"<b>[/x] \\u001b[31m"'
    (tmp_path / "assay.toml").write_text(
        f"[[slice]]\nname = {name}\nwhere = \"text LIKE '%script%'\"\ncritical = true\n"
    )
    ran = evaluate("--predictions", "p.jsonl", "--data", "t.jsonl", "--text", "text", "--label", "label", "--id", "id")
    assert ran.code == 0, ran.err
    return ran


def test_nothing_in_the_data_becomes_markup(hostile):
    page = (hostile.folder / "report.html").read_text("utf-8")
    found = Tags()
    found.feed(page)
    assert found.seen <= set(TAGS.split())
    assert not {a for a in found.attributes if a.startswith("on") or a in {"style", "src"}}
    assert "alert(1)" in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "default-src 'none'" in page
    assert "49" not in page.split("{{")[1][:8] if "{{" in page else True


def test_nothing_in_the_data_reaches_the_terminal(hostile, monkeypatch):
    monkeypatch.setattr(screenful, "LINES", 10_000)  # all of it is shown
    for width in (None, 40, 100):
        shown = evaluation_terminal.render(hostile.document, Screen(width=width))
        assert not any(ord(c) < 32 and c != "\n" for c in shown)
        assert "\x9b" not in shown
        assert "\u202e" not in shown
        assert "[/nope]" in shown.replace("\n", "")


def test_a_narrow_screen_is_not_overrun(hostile):
    from rich.cells import cell_len

    shown = evaluation_terminal.render(hostile.document, Screen(width=50))
    assert max(cell_len(line) for line in shown.splitlines()) <= 50


def test_the_story_stays_on_one_screen(hostile):
    for width in (100, None):
        shown = evaluation_terminal.render(hostile.document, Screen(width=width), "out").splitlines()
        assert 20 <= len(shown) <= 40
        assert shown[-2].startswith("Written to")


def test_nothing_in_the_data_acts_in_other_forms(hostile):
    acts = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")
    drawn = (evaluation_github.render, evaluation_markdown.render, evaluation_tables.jsonl, evaluation_tables.as_csv)
    for draw in drawn:
        assert not acts.search(draw(hostile.document))
    lines = evaluation_github.render(hostile.document).splitlines()
    assert all(re.fullmatch(r"::(warning|notice) [^:]*::.*", line) for line in lines[:-1])
    assert any("file=t.jsonl,line=" in line for line in lines)
    assert sum(line.startswith("::notice") for line in lines) <= 10
    shown = evaluation_markdown.render(hostile.document)
    assert set(re.findall(r"</?(\w+)", shown)) <= {"details", "summary"}
    assert "](" not in shown
    assert "@org" not in shown
    table = list(csv.reader(io.StringIO(evaluation_tables.as_csv(hostile.document))))
    assert {len(row) for row in table} == {len(evaluation_tables.COLUMNS)}
