"""Placeholders: texts that stand where a text should be, in some twenty languages."""

from __future__ import annotations

import re
from functools import cache


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(" ".join(lines).split())


PLACEHOLDERS: dict[str, tuple[str, ...]] = {
    "no value": _words(
        "na nan null none nil undefined nullnull nonenone nannan notapplicable notavailable notspecified",
        "notprovided notset novalue nodata noinfo noinformation missing missingvalue emptystring empty blank void",
        "notgiven notstated notrecorded notaccessible nodataavailable datanotavailable datamissing missingdata",
        "textmissing missingtext nodescriptionprovided nodescriptionavailable nodescriptiongiven",
        "notextprovided notextavailable",
        "nocontentavailable contentunavailable contentnotavailable notranscript notranscription notranscriptavailable",
        "transcriptunavailable transcriptionunavailable unk unkunk nosummary nosummaryavailable nothingtoreport",
        "unspecified unknown noanswer noresponse nocomment nocomments noinput norecord notfound dbnull sysmissing",
        "keineangabe keineangaben keine nichtverfügbar nichtzutreffend unbekannt leer entfällt néant aucun aucune",
        "vide inconnu nonrenseigné nondisponible sansobjet ninguno ninguna vacío vacio nodisponible noaplica",
        "sindatos desconocido nessuno nessuna vuoto nondisponibile sconosciuto nenhum nenhuma vazio nãodisponível",
        "semdados geen leeg nvt onbekend brak nieznany puste ingen inget tom saknas okänd ukendt tyhjä puuttuu",
        "nincs üres žádný prázdné yok boş bilinmiyor пусто нетданных неизвестно неуказано немає відсутнє няма",
        "δενυπάρχει κενό άγνωστο 無 无 無し なし 特になし 未入力 不明 空 空白 没有 未知 暂无 无数据 없음",
        "비어있음 알수없음 لايوجد لاشيء فارغ غيرمعروف",
        "אין ריק לאידוע ไม่มี ว่าง ไม่ทราบ कोईनहीं खाली không khôngcó trống tidakada kosong",
    ),
    "no text": _words(
        "notext nocontent nomessage nobody nobodytext nosubject nodescription notitle nodetails emptymessage",
        "emptytext emptybody messagedeleted deleted removed deletedbyuser messageremoved redacted censored",
        "commentremoved commentdeleted postremoved postdeleted thismessagewasdeleted youdeletedthismessage",
        "thismessagehasbeendeleted messagehasbeendeleted thiscommenthasbeenremoved thiscommenthasbeendeleted",
        "removedbyreddit removedbymoderator deletedbymoderator tweetunavailable thistweetisunavailable",
        "intentionallyleftblank leftblankintentionally thispageintentionallyleftblank leftblank objectobject",
        "insertyourtexthere addtexthere entertext typeyourmessagehere yourmessagehere entermessage clicktoedit",
        "contentremoved texthere yourtexthere yourtext entertexthere inserttexthere enteryourtext typehere",
        "messagehere sampletext exampletext dummytext textgoeshere placeholder placeholdertext seeattached",
        "seeattachment seeattachments seeattachedfile pleaseseeattached pleaseseeattachment attached attachedfile",
        "fileattached seeabove seebelow seeimage seescreenshot seepicture seesubject seetitle sameasabove asabove",
        "asbelow ditto idem imageomitted mediaomitted audioomitted videoomitted stickeromitted gifomitted",
        "documentomitted keintext keinenachricht ohnetext ohnebetreff keinbetreff sieheanhang anbei sieheoben",
        "gelöscht sanstexte pasdetexte sansmessage voirpiècejointe voirpj cijoint supprimé sintexto sinmensaje",
        "veradjunto eliminado nessuntesto vediallegato cancellato semtexto veranexo verbijlage geentekst неттекста",
        "нетсообщения удалено смвложение 添付参照 削除済み 已删除 见附件 本文なし 삭제됨 첨부참조",
    ),
    "to be written": _words(
        "tbd tba tbc todo fixme wip tobedone tobedefined tobeconfirmed tobedetermined tobeadded tobewritten tobefilled",
        "comingsoon nochoffen zubearbeiten",
    ),
    "test entry": _words(
        "test testing tests teste tester testtext testmessage testmail testemail thisisatest justatest justtesting",
        "onlyatest testdata testcase testeintrag dasisteintest essai ceciestuntest prueba pruebas estoesunaprueba",
        "prova unaprova testando toets тест тестирование проверка δοκιμή 测试 測試 テスト 테스트 اختبار تجربة",
        "בדיקה ทดสอบ",
        "परीक्षण deneme próba zkouška helloworld foo bar baz foobar foobarbaz fubar abc abcd abcde abcdef abc123",
        "xyz asd asdf asdfg asdfgh asdfghj asdfjkl asdfasdf asdasd qwe qwer qwert qwerty qwertz azerty qweqwe",
        "qwerty123 zxc zxcv zxcvb jkl dfg sdf sdfsdf fgh blah blabla blahblah lalala bla aaa bbb xxx yyy zzz",
    ),
    "spreadsheet error": _words(
        "ref value name div0 num valeur wert bezug error err",
    ),
    "stand-in for a picture or a file": _words(
        "image img photo picture video audio voice voicemessage gif sticker attachment file document link url bild",
        "foto imagen immagine screenshot media embed text message name title body content description comment",
        "subject username data",
    ),
    "speech that could not be written down": _words(
        "inaudible unintelligible indecipherable indistinct inintelligible inaudibleaudio audioinaudible",
        "unintelligiblespeech inaudiblespeech unclearaudio untranscribable inaudibles unverständlich inaudibile",
        "ininteligible ininteligível onverstaanbaar неразборчиво 聞き取れず 听不清",
    ),
    "sound or mask in brackets": _words(
        "noise music laughter laughs laugh laughing applause silence silent crosstalk sigh sighs cough coughs coughing",
        "crying breathing click beep static pause unclear backgroundnoise backgroundmusic musicplaying soundeffect",
        "nospeech foreign foreignlanguage speakingforeignlanguage overlappingspeech phonerings mask pad unk bos eos",
        "cls sep s ssss sosss eot endoftext sos padpad maskmask startoftext person names date time email phone address",
        "location org organization number url user username usr loc per gpe misc ip password account iban ssn",
    ),
    "greeting alone": _words(
        "hi hello hey hallo hola bonjour ciao salut moin servus olá ola привет 你好 您好 こんにちは 안녕",
        "안녕하세요 مرحبا สวัสดี",
        "yo hiya heya hithere",
    ),
}
"""Reason -> texts without spaces and signs. Some reasons need a sign of it: #REF!, [image], a text unusually short."""
ANSWERS = frozenset(
    _words(
        "ah eh ha hi hm ja mm ne no np né oh ok si sí ty ya ye yo да не כן לא لا نعم नहीं हाँ ใช่ いいえ いえ",
        "はい 否 嗯 好",
        "对 是 네 예",
    )
)
"""Words of an answer or a greeting: fewer texts as short make them normal."""
GREETING = "greeting alone"
FILLER = "filler text"
_NEEDS_HASH, _NEEDS_BRACKETS = "spreadsheet error", "stand-in for a picture or a file"
_MASK = "sound or mask in brackets"
_REDACTED = "redacted throughout"
SENTENCES = frozenset(
    _words(
        "none missing empty blank void unknown noanswer noresponse nocomment nocomments noinput noinformation nobody",
        "notfound keine aucun aucune vide inconnu ninguno ninguna vacío vacio nessuno nessuna nenhum nenhuma geen leeg",
        "ingen inget tom nincs yok нету nichtzutreffend unbekannt leer deleted removed censored idem ditto nothing",
        "test testing tests thisisatest justatest justtesting helloworld error undefined notavailable notset",
        "comingsoon nothingtoreport notapplicable notspecified notprovided notgiven nodata novalue asabove",
        "asbelow sameasabove",
    )
)
"""Placeholders that are also sentences: with the end of one they are texts."""
REPLIES = frozenset(
    _words(
        "none nothing missing empty blank void unknown noanswer noresponse nocomment nocomments keine aucun aucune",
        "vide inconnu ninguno ninguna vacío vacio nessuno nessuna nenhum nenhuma geen leeg ingen inget tom nincs yok",
        "unbekannt leer",
    )
)
"""Placeholders that answer a question: among short answers they are texts."""
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("test entry", r"(?:test|тест|テスト|测试){1,6}(?:ing)?\d{0,4}"),
    ("test entry", r"(?:asdf|qwer|asd|qwe|jkl|sdf|blah|foo|bar){2,}"),
    ("filler letters", r"x{2,}|y{3,12}|z{3,12}|a{3,12}|b{3,12}"),
    ("test entry", r"abc(?:def)?(?:123)?|123abc|(?:user|item|text|test|sample|example|string|name)\d{1,4}"),
)
_BRACKETED = r"(?:\[.*\]|<.*>|\{+.*\}+|\(.*\)|%.*%|_.*_|\*.*\*|\$\{.*\})"
_MASKS = re.compile(
    r"\[[A-Z][A-Z_ ]*\d*\]|<[A-Z][A-Z_ ]*\d*>|\{\{?[A-Z][A-Z_]*\d*\}?\}|[xX]{2,}|[*\u2588\u25a0]{2,}|[#]{4,}"
)
_AROUND_MASKS = re.compile(r"[\s.,;:!?/\-]*")
_QUOTES = "\"'`\u2018\u2019\u201c\u201d"
_END_OF_SENTENCE = (".", "!", "?", "\u3002")


def key(text: str) -> str:
    """A text folded to its letters and digits."""
    return re.sub(r"[\W_]+", "", text.casefold())


def is_answer(text: str) -> bool:
    """Whether a placeholder answers a question, like "none" and unlike "(none)"."""
    raw = text.strip()
    return key(raw) in REPLIES and re.fullmatch(_BRACKETED, raw, re.DOTALL) is None


@cache
def _known() -> dict[str, str]:
    return {key(word): reason for reason, words in reversed(PLACEHOLDERS.items()) for word in words}


@cache
def _in_brackets() -> dict[str, str]:
    return {key(word): reason for reason in (_MASK, _NEEDS_BRACKETS) for word in PLACEHOLDERS[reason]}


def placeholder(text: str) -> str:
    """Which kind of placeholder a text is; empty for none."""
    raw, folded = text.strip(), key(text)
    pieces = {key(piece) for piece in raw.split()} - {""}
    once = next(iter(pieces)) if len(pieces) == 1 else folded
    if (folded in _in_brackets() or once in _in_brackets()) and re.fullmatch(_BRACKETED, raw, re.DOTALL):
        return _in_brackets().get(folded) or _in_brackets()[once]
    reason = _known().get(folded, "") or _known().get(once, "")
    if reason == _NEEDS_HASH:
        return reason if raw.startswith("#") else ""
    if reason in {_NEEDS_BRACKETS, _MASK}:
        return ""
    if reason and key(raw) in SENTENCES and (raw.endswith(_END_OF_SENTENCE) or raw[:1] in _QUOTES):
        return ""
    reason = reason or next((why for why, pattern in _PATTERNS if re.fullmatch(pattern, folded)), "")
    return reason or (_REDACTED if _is_redacted(raw) else "")


def _is_redacted(raw: str) -> bool:
    """Whether nothing is left of a text but masks: "[NAME] [DATE]", "XXXX XXXX"."""
    return _MASKS.search(raw) is not None and _AROUND_MASKS.fullmatch(_MASKS.sub("", raw)) is not None
