"""Whether a resident understands a reply: long sentences, officialese, abbreviations nobody explained, passives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from wangge.intake.answering.sentences import Sentence, sentences

LONG, VERY_LONG = 80, 130
_OFFICIAL = (
    "压实责任", "扎实推进", "统筹推进", "形成合力", "举一反三", "狠抓落实", "抓好落实", "落实落细", "常态长效",
    "常态化长效化", "积极稳妥", "进一步加强", "进一步加大", "加大力度", "全力以赴", "有力有序", "齐抓共管",
    "综合施策", "标本兼治", "靶向发力", "闭环管理", "闭环处置", "属地管理", "层层传导", "提高政治站位",
    "精准发力", "靠前一步", "下沉一线", "协同联动", "提质增效", "稳步推进", "有序推进", "研判", "销号", "台账",
    "抓手", "赋能",
)  # fmt: skip
_STIFF = re.compile(
    r"(?:被|为)[^，。；]{1,14}所[\u4e00-\u9fff]|予以|加以|对[^，。；]{2,20}进行(?:了)?|不(?:能|得)不|并非不|未尝不|之(?:规定|情形)|拟(?:于|由|对)|尚未|系[^统列数]|鉴于"
)
_LATIN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2,6}(?![A-Za-z0-9])")
_KNOWN_LATIN = frozenset({"LED", "APP", "WIFI", "KTV", "ATM", "GPS", "ID", "QQ", "SUV", "AED", "UU"})
_SHORT = (
    "双随机一公开", "一网统管", "一网通办", "三供一业", "两违", "四议两公开", "三资", "五化", "八小",
    "九小场所", "三合一场所", "雪亮工程", "一标三实", "接诉即办", "未诉先办", "城管委", "创城办",
)  # fmt: skip


@dataclass(frozen=True)
class Unclear:
    start: int
    end: int
    zh: str
    en: str
    weight: float


def unclear(text: str) -> list[Unclear]:
    found = []
    for sentence in sentences(text):
        found += list(_in_sentence(sentence))
    return found + list(_abbreviations(text))


def _in_sentence(sentence: Sentence) -> Iterator[Unclear]:
    length = len(sentence.text)
    if length > LONG:
        weight = 0.2 if length > VERY_LONG else 0.1
        yield Unclear(
            sentence.start,
            sentence.end,
            f"这句话有 {length} 字，建议拆成几句",
            f"{length} characters: split it",
            weight,
        )
    for word in _OFFICIAL:
        at = sentence.text.find(word)
        if at >= 0:
            start = sentence.start + at
            yield Unclear(
                start,
                start + len(word),
                f"“{word}”居民不易理解，请写具体做法",
                f"“{word}”: say what is really done",
                0.08,
            )
    stiff = list(_STIFF.finditer(sentence.text))
    if len(stiff) >= 2:
        start = sentence.start + stiff[0].start()
        zh = f"“{stiff[0].group()}”等公文句式较多，建议改用主动句"
        yield Unclear(start, sentence.start + stiff[-1].end(), zh, "Officialese: say who does what", 0.08)


def _abbreviations(text: str) -> Iterator[Unclear]:
    seen = set()
    for match in _LATIN.finditer(text):
        word = match.group()
        explained = text[match.end() : match.end() + 1] in {"（", "("} or text[match.start() - 1 : match.start()] in {
            "（",
            "(",
        }
        if word not in _KNOWN_LATIN and word not in seen and not explained:
            seen.add(word)
            yield Unclear(match.start(), match.end(), f"缩写“{word}”没有解释", f"{word} is not explained", 0.06)
    for word in _SHORT:
        at = text.find(word)
        if at >= 0 and text[at + len(word) : at + len(word) + 1] not in {"（", "("}:
            yield Unclear(at, at + len(word), f"简称“{word}”没有解释", f"{word} is not explained", 0.06)


def score(found: list[Unclear]) -> float:
    return max(0.0, 1.0 - sum(one.weight for one in found))
