"""Text that should be found and is not: seeded cases of each family planted into real sets, and false alarms there.

python benchmarks/planted_text.py DATA      DATA holds banking77/train.csv and its like; prints recall by family
"""

from __future__ import annotations

import argparse
import html
import json
import quopri
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import junk_kinds
import numpy as np
import polars as pl

from assay.audit import features
from assay.audit.dataset import Part, Roles, assemble
from assay.audit.rules import Settings, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assay.audit.dataset import Dataset

HOSTS = {
    "clinc150": ("clinc150/test.csv", "text"),
    "snips": ("snips/test.csv", "text"),
    "trec": ("trec_rules/data.csv", "text"),
    "vader": ("vader_amazon/data.csv", "text"),
    "gsm8k": ("gsm8k/test.jsonl", "question"),
    "rte": ("annotators/rte_annotations.csv", "text"),
}
SINGLE_TOPIC = {"banking77": ("banking77/test.csv", "text"), "nlupp": ("nlupp/data.csv", "text")}
ONE_TOPIC = ("banking77", "gsm8k")
"""Datasets of one topic, where RLS005 runs."""
COUNT, MOST = 20, 2_500
RESULTS = Path(__file__).resolve().parent / "results" / "recall_text.json"
PLACEHOLDERS = (
    "inaudible", "[inaudible]", "(inaudible)", "<unk> <unk>", "<unk>", "unintelligible", "[unintelligible]",
    "[deleted]", "[removed]", "n/a", "N/A", "test test", "xxx", "XXXX XXXX", "[REDACTED]", "[NAME] [DATE]",
    "[music]", "[silence]",
    "#VALUE!", "null null", "TBD", "placeholder", "no transcript available", "<PERSON> <LOCATION>", "***",
    "Lorem ipsum dolor sit amet", "comment removed", "[object Object]", "(no text)", "no description provided", "....",
)  # fmt: skip
OFF_TOPIC = (
    "Sweat two onions in olive oil, then add garlic and a handful of red lentils.",
    "The glacier retreated four hundred meters during the last century.",
    "Whisk the egg whites until stiff peaks form and fold in the sugar.",
    "Photosynthesis turns sunlight into chemical energy inside chloroplasts.",
    "The midfielder scored twice before half-time and was booked for a late tackle.",
    "Prune the roses in early spring, just above an outward-facing bud.",
    "The violin concerto in D minor opens with a slow, brooding theme.",
    "Volcanic ash drifted over the island and buried the northern vineyards.",
    "My grandmother knitted woolen socks for every baby in the village.",
    "The telescope captured faint galaxies near the edge of the constellation.",
    "Knead the dough for ten minutes and let it rise under a damp cloth.",
    "A herd of elephants crossed the dried riverbed at dusk.",
    "The carpenter sanded the oak planks and varnished them twice.",
    "Dinosaurs with feathers lived in what is now northeastern China.",
    "She trained for the marathon by running along the coast before sunrise.",
    "Medieval monks copied manuscripts by candlelight in the scriptorium.",
    "The striker missed a penalty and the goalkeeper celebrated with the crowd.",
    "Tectonic plates slide past each other along the San Andreas fault.",
    "Feed the sourdough starter with rye flour and lukewarm water.",
    "Penguins huddle together to survive the Antarctic winter.",
)


def _joined(texts: Sequence[str], r: np.random.Generator, count: int = 2) -> str:
    return " ".join(" ".join(texts[int(r.integers(len(texts)))].split()) for _ in range(count))


def _placeholder(_: Sequence[str], r: np.random.Generator) -> str:
    return PLACEHOLDERS[int(r.integers(len(PLACEHOLDERS)))]


def _stripped_entity(texts: Sequence[str], r: np.random.Generator) -> str:
    words = _joined(texts, r).replace("'", " ").split()
    at = int(r.integers(1, len(words)))
    form = int(r.integers(5))
    if form == 0:
        words[at - 1] += "#39;s" if r.random() < 0.5 else " #39;s"
    elif form == 1:
        words[at] = f"quot;{words[at]}quot;" if r.random() < 0.5 else f" quot;{words[at]} quot;"
    elif form == 2:
        words.insert(at, "amp;")
    elif form == 3:
        words[at] = f"lt;b gt;{words[at]} lt;/b gt;"
    else:
        words[at] = f"#36;{int(r.integers(10, 900))} {words[at]}"
    return " ".join(words)


def _bbcode(texts: Sequence[str], r: np.random.Generator) -> str:
    words = _joined(texts, r).split()
    at = int(r.integers(len(words)))
    forms = (
        "[b]{}[/b]", "[i]{}[/i]", "[url=http://example.com/x]{}[/url]", "[quote]{}[/quote]", "[color=red]{}[/color]",
        "[img]http://example.com/{}.png[/img]", '[quote="someone"]{}[/quote]', "[size=14]{}[/size]", "[URL]{}[/URL]",
    )  # fmt: skip
    words[at] = forms[int(r.integers(len(forms)))].format(words[at])
    return " ".join(words)


def _slot(texts: Sequence[str], r: np.random.Generator) -> str:
    forms = (
        "Hi {{first_name}}, ", "Dear {name}, ", "Hello %(name)s, ", "Dear <NAME>, ", "Dear [Your Name], ",
        "Hi ${name}: ", "Hello {{ customer.name }}, ", "Order {order_id}: ", "Dear <FIRST_NAME>, ",
        "Dear [Customer Name], ",
        "Hi *|FNAME|*, ", "{{company}} says ", "Dear [insert name here], ", "Dear ${firstName}, ",
    )  # fmt: skip
    return forms[int(r.integers(len(forms)))] + _joined(texts, r, 1)


def _url_code(texts: Sequence[str], r: np.random.Generator) -> str:
    return quote(_joined(texts, r, 1), safe="")


def _quoted_printable(texts: Sequence[str], r: np.random.Generator) -> str:
    text = _joined(texts, r)
    if r.random() < 0.5:
        text = text.replace(" ", " \u2019", 1) if "'" not in text else text.replace("'", "\u2019")
        return quopri.encodestring(text.encode()).decode()
    words = text.split()
    cuts = sorted({int(c) for c in r.integers(1, len(words), 2)})
    for at in reversed(cuts):
        words[at - 1] = f"{words[at - 1]}=20\n{words[at]}"
        del words[at]
    return " ".join(words)


def _escape(texts: Sequence[str], r: np.random.Generator) -> str:
    one, two = _joined(texts, r, 1), _joined(texts, r, 1)
    forms = (
        f"{one}\\n{two}", f"{one}\\n\\n{two.capitalize()}", f"{one}\\t{two}", f'They said \\"{one}\\"',
        f"{one}\\r\\n{two}", f"{one} caf\\u00e9", f"{one} \\ud83d\\ude00", f"{one}.\\n", f"It\\'s here: {one}",
    )  # fmt: skip
    return forms[int(r.integers(len(forms)))]


def _mail(texts: Sequence[str], r: np.random.Generator) -> str:
    own, theirs = _joined(texts, r, 1), [_joined(texts, r, 1) for _ in range(3)]
    marked = "\n".join(f"> {line}" for line in theirs)
    plain = "\n".join(theirs)
    forms = (
        f"{own}\n\nOn Tue, 3 May 2011 at 10:12, Ann Lee <ann@example.com> wrote:\n{marked}",
        f"{own}\n\n-----Original Message-----\nFrom: Ann Lee\nSent: Tuesday, May 3\nTo: Bo\nSubject: RE: it\n\n{plain}",
        f"{own}\n\n---------- Forwarded message ----------\nFrom: Ann <a@b.com>\nDate: May 3\nSubject: it\n\n{plain}",
        f"Ann Lee <ann@example.com> writes:\n\n{marked}\n\n{own}",
        f"{own}\n\nFrom: Ann Lee\nSent: Tuesday, May 3, 2011 10:12 AM\nTo: Bo\nSubject: it\n\n{plain}",
        f"Ann Lee wrote:\n{marked}\n{own}\n-- \nBo",
        f"On 3/5/11, Ann Lee wrote:\n{marked}\n\n{own}",
        f"{own} On Tue, 3 May 2011, Ann Lee wrote: > {theirs[0]} > {theirs[1]}",
        f"{own}\n---- Forwarded by Bo/HOU/ECT on 05/03/2001 10:12 AM ----\n\n{plain}",
        f"{own}\n\nAm 03.05.2011 um 10:12 schrieb Ann Lee:\n{marked}",
        f"In article <12@example.com> ann@example.com (Ann Lee) writes:\n{marked}\n\n{own}",
    )
    return forms[int(r.integers(len(forms)))]


def _mash(texts: Sequence[str], r: np.random.Generator) -> str:
    return junk_kinds.MAKERS["mash"](_joined(texts, r, 1).split(), r)


def _scrambled(texts: Sequence[str], r: np.random.Generator) -> str:
    return junk_kinds.MAKERS["scrambled"](_joined(texts, r, 1).split(), r)


def _entity(texts: Sequence[str], r: np.random.Generator) -> str:
    return html.escape(f'They said "{_joined(texts, r, 1)}" & left')


FAMILIES: dict[str, tuple[str, Callable[[Sequence[str], np.random.Generator], str]]] = {
    "placeholder": ("RLS001", _placeholder),
    "entity": ("RLS002", _entity),
    "stripped entity": ("RLS002", _stripped_entity),
    "BBCode": ("RLS002", _bbcode),
    "slot": ("RLS002", _slot),
    "URL encoding": ("RLS002", _url_code),
    "quoted-printable": ("RLS002", _quoted_printable),
    "escape": ("RLS002", _escape),
    "quoted mail": ("RLS002", _mail),
    "keyboard mash": ("RLS003", _mash),
    "scrambled letters": ("RLS003", _scrambled),
}


def load(folder: Path, file: str, column: str) -> list[str]:
    """Different texts of one file, at most ``MOST``."""
    path = folder / file
    if path.suffix == ".csv":
        texts = pl.read_csv(path, infer_schema=False)[column].drop_nulls().unique(maintain_order=True).to_list()
    else:
        texts = [json.loads(line)[column] for line in path.read_text(encoding="utf-8").splitlines()]
    return [t for t in texts if len(t.split()) > 2][:MOST]


def dataset(texts: Sequence[str]) -> Dataset:
    """A data set of one split and no labels."""
    rows = len(texts)
    frame = pl.DataFrame({"text": list(texts)})
    part = Part("train", frame, np.arange(rows, dtype=np.int64) + 2, np.zeros(rows, np.int32), ("train.csv",))
    return assemble([part], Roles(text=("text",)))


def found(texts: Sequence[str], codes: Sequence[str], encoder: str = "auto") -> dict[str, set[int]]:
    """Rows that each rule reports."""
    data = dataset(texts)
    features.configure(data, encoder)
    audit = run(data, Settings(select=tuple(codes)))
    rows: dict[str, set[int]] = {code: set() for code in codes}
    for finding in audit.findings:
        rows[finding.code] |= set(finding.hit.rows)
    return rows


def missed(folder: Path, seed: int) -> dict[str, dict[str, str]]:
    """Found of planted by host and family; under ``clean`` the rows of the host that the rules report as they are."""
    out: dict[str, dict[str, str]] = {}
    for host, (file, column) in HOSTS.items():
        texts = load(folder, file, column)
        clean = found(texts, ("RLS001", "RLS002", "RLS003"))
        out[host] = {"clean": " ".join(f"{len(rows)}" for rows in clean.values()) + f" of {len(texts):,}"}
        for family, (code, make) in FAMILIES.items():
            r = np.random.default_rng([seed, *family.encode()])
            planted = [make(texts, r) for _ in range(COUNT)]
            rows = found([*texts, *planted], (code,))[code]
            lost = [planted[k] for k in range(COUNT) if len(texts) + k not in rows]
            out[host][family] = f"{COUNT - len(lost)}/{COUNT}"
            for text in lost:
                print(f"  missed in {host}, {family}: {re.sub(chr(10), '|', text)[:150]!r}")
    return out


def off_topic(folder: Path, encoder: str) -> dict[str, str]:
    """Found off-topic texts among those of one topic, and others reported there; and what sets of many topics get."""
    out = {}
    for host, (file, column) in {**SINGLE_TOPIC, **HOSTS}.items():
        texts = load(folder, file, column)
        rows = found([*texts, *OFF_TOPIC[:10]], ("RLS005",), encoder)["RLS005"]
        planted = sum(len(texts) + k in rows for k in range(10))
        out[host] = f"{planted}/10, others {len(rows) - planted} of {len(texts):,}"
    return out


def recall(folder: Path, seed: int) -> dict[str, list[dict[str, object]]]:
    """Figures that ``precision.py`` publishes: rule -> families planted, over all hosts, with how many were found."""
    by_host = missed(folder, seed)
    out: dict[str, list[dict[str, object]]] = {}
    for family, (code, _) in FAMILIES.items():
        counts = [int(by_host[host][family].split("/")[0]) for host in HOSTS]
        row = {"planted": family, "n": COUNT * len(HOSTS), "found": sum(counts), "data": ", ".join(HOSTS)}
        out.setdefault(code, []).append(row)
    stray = off_topic(folder, "minilm")
    counts = [int(stray[host].split("/")[0]) for host in ONE_TOPIC]
    row = {"planted": "off-topic texts", "n": 10 * len(counts), "found": sum(counts), "data": ", ".join(ONE_TOPIC)}
    return out | {"RLS005": [row]}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("data", type=Path, help="folder of the data sets")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--off-topic", metavar="ENCODER", help="plant off-topic texts instead, with this encoder")
    parser.add_argument("--write", action="store_true", help="write results/recall_text.json")
    options = parser.parse_args()
    if options.write:
        RESULTS.write_text(json.dumps(recall(options.data, options.seed), indent=1) + "\n", encoding="utf-8")
        return
    result = off_topic(options.data, options.off_topic) if options.off_topic else missed(options.data, options.seed)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
