from __future__ import annotations

from html.parser import HTMLParser

import polars as pl
import pytest

from assay.reports.render import evaluation_terminal
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


def test_nothing_in_the_data_reaches_the_terminal(hostile):
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
