from __future__ import annotations

import csv
import subprocess
import sys

import pytest
from browser import browser, violations, watched

HOSTILE = ["<script>alert(1)</script>", "</script><img src=x onerror=alert(2)>", "\u202eturned", "\x1b[31m", "{{7*7}}"]
POLICY = """
[data]
test = "test.csv"
text = "text"
label = "label"
id = "id"
[[slice]]
name = "<img src=x onerror=alert(3)> {{7*7}}"
where = "text ILIKE '%odd%'"
critical = true
[[gate.require]]
slice = "critical"
metric = "accuracy"
at_least = 0.5
[[gate.require]]
slice = "overall"
metric = "accuracy"
at_least = 0.1
[[gate.waiver]]
rule = "critical.accuracy.at_least"
reason = "<script>alert(4)</script>"
owner = "<b>x</b>"
expires = 2999-01-01
"""


def assay(folder, *arguments):
    command = [sys.executable, "-m", "assay.reports.cli", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    with (folder / "test.csv").open("w", newline="") as test, (folder / "p.csv").open("w", newline="") as predictions:
        one, two = csv.writer(test), csv.writer(predictions)
        one.writerow(["id", "text", "label"])
        two.writerow(["id", "prediction", "confidence"])
        for n in range(120):
            odd = "odd" if n % 3 == 0 else "even"
            label = HOSTILE[n % 2]
            one.writerow([n, f"{odd} {HOSTILE[n % 5]} number {n} with words", label])
            two.writerow([n, label if odd == "even" or n % 2 else HOSTILE[1], 0.9])
    (folder / "assay.toml").write_text(POLICY, "utf-8")
    assay(folder, "evaluate", "--predictions", "p.csv", "--output", "ev", "-q")
    assay(folder, "gate", "ev", "--output", "gate", "-q")
    return {name: folder / name / "report.html" for name in ("ev", "gate")}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["ev", "gate"])
def test_hostile_data_stay_text_and_everybody_can_read_it(pages, name, scheme):
    with browser() as chromium:
        page = chromium.new_context(color_scheme=scheme, viewport={"width": 360, "height": 700}).new_page()
        seen = watched(page, "file://")
        page.goto(pages[name].as_uri())
        text = page.inner_text("body")
        assert "<img src=x onerror=alert(3)> {{7*7}}" in text
        assert page.locator("img, script").count() == 0
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert seen == []
