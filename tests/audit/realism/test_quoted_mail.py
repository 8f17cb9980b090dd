"""Mails that are half somebody else's, and texts that quote without being mails."""

from __future__ import annotations

import polars as pl
import pytest

from assay.audit.realism.damage import describe, find_damage
from assay.audit.realism.quoted_mail import look

OWN = "Thanks, that works for me."
THEIRS = ["The meeting is moved to Thursday.", "Please bring the figures of last month.", "The room is the same."]
MARKED, PLAIN = "\n".join(f"> {line}" for line in THEIRS), "\n".join(THEIRS)
MAILS = [
    f"{OWN}\n\nOn Tue, 3 May 2011 at 10:12, Ann Lee <ann@example.com> wrote:\n{MARKED}",
    f"{OWN}\n\nOn Tue, 3 May 2011 at 10:12, Ann Lee\n<ann@example.com> wrote:\n{MARKED}",
    f"{OWN}\n\n-----Original Message-----\nFrom: Ann Lee\nSent: Tuesday\nTo: Bo\nSubject: RE: it\n\n{PLAIN}",
    f"{OWN}\n\n---------- Forwarded message ----------\nFrom: Ann\nDate: May 3\nSubject: it\n\n{PLAIN}",
    f"{OWN}\n\nFrom: Ann Lee\nSent: Tuesday, May 3\nTo: Bo\nSubject: it\n\n{PLAIN}",
    f"Ann Lee wrote:\n{MARKED}\n{OWN}\n-- \nBo",
    f"In article <12@example.com> ann@example.com (Ann Lee) writes:\n{MARKED}\n\n{OWN}",
    f"{OWN}\n\nAm 03.05.2011 um 10:12 schrieb Ann Lee:\n{MARKED}",
    f"{OWN}\n\nLe 3 mai 2011 à 10:12, Ann Lee a écrit :\n{MARKED}",
    f"{OWN} On Tue, 3 May 2011, Ann Lee wrote: > {THEIRS[0]} > {THEIRS[1]}",
]
OTHERS = [
    "On the other hand, we should be careful.\nOn average, this works well.\nHe wrote: nothing of it.\nAnd so on.",
    f"Summarize the text below.\n\n{MARKED}",
    "From: Ann Lee\nTo: Bo\nSubject: figures\nDate: 3 May\n\nHere are the figures.\nThey are good.",
    f"{PLAIN}\n{PLAIN}\n\nAnn wrote:\n> The room is the same.\n\n{PLAIN}",
    "From: the beginning\nwe knew that it would end.\nTo: be fair, it did.\nAnd that was it.",
    "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |",
]


def rows(texts):
    return find_damage(pl.Series(texts))["quoted mail"].tolist()


@pytest.mark.parametrize("text", MAILS)
def test_half_quoted_mails_are_found(text):
    assert rows([text]) == [0]


@pytest.mark.parametrize("text", OTHERS)
def test_other_texts_are_not(text):
    assert rows([text]) == []


def test_what_is_left_is_the_own_part():
    assert describe(0, MAILS[0], ("quoted mail",)).repaired == OWN
    assert describe(0, MAILS[2], ("quoted mail",)).repaired == OWN


def test_quoted_lines_need_no_attribution_among_mails():
    bare = f"{OWN}\n\n{MARKED}"
    assert rows([bare, *OTHERS]) == []
    assert 3 in rows([*MAILS[:3], bare])


def test_share_is_of_the_text():
    assert look(f"{OWN}\n{MARKED}").share == pytest.approx(0.81, abs=0.1)
    assert look(OWN).share == 0
