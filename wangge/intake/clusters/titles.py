"""A title for a group, taken from what its people wrote: the one that says most of what all say, without ado."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from wangge.intake.clusters import reading
from wangge.intake.clusters.pairs import Rarity
from wangge.intake.clusters.reading import Reading
from wangge.kit.nameless import nameless, without_marks

LONGEST = 32
_ADO = re.compile(
    r"^(?:再次|强烈|坚决|紧急|继续|第[一二三四五]次)*(?:投诉|反映|反应|反馈|举报|咨询|请问|问问|关于|建议|恳请|恳求|请求|请|希望|要求|求|曝光|质疑|控告|"
    r"惊[!！]*|对于|对|严查|取缔|关注|解决|帮忙|领导|政府|相关部门|重视|黑心的?|无良|，|,|:|：|\s)+"
)
_GAP = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")
_END = re.compile(
    r"(?:的?(?:有关|相关|一些|几点)?(?:问题|情况|疑问|建议|投诉|请求|咨询))?[\s?？!！。，,、.…;；:：~]+$|的?问题$|的?情况$"
)
_ASKS = re.compile(
    r"(?:请政府|请领导|请有关部门|请相关部门|望|盼|求|急需|怎么|何时|什么时候|为何|谁来|合理吗|合法吗|有人管吗|没人管|无人管).{0,12}$"
)


def title(given: Sequence[str], reads: Sequence[Reading], place: str, rare: Rarity) -> str:
    """`place` is put before it where it does not name it."""
    counts = Counter(word for read in reads for word in read.title)
    plain = [_plain(one) for one in given]
    best, most = "", -1.0
    for text, read in zip(plain, reads, strict=True):
        said = sum(rare.of(word) * counts[word] / len(reads) for word in read.title if word in text.lower())
        names = 0.6 if place and reading.core(place) in text.lower() else 0.0
        score = said + names - 0.03 * max(0, len(text) - 18) - (0.8 if len(text) < 6 else 0.0)
        if score > most + 1e-9:
            best, most = text, score
    if place and reading.core(place) not in best.lower():
        best = place + best
    return best[:LONGEST] or place or "（无标题）"


def _plain(text: str) -> str:
    kept = _GAP.sub("", " ".join(without_marks(nameless(reading.cleaned(text))).split()))[:120]
    for _ in range(3):
        kept = _END.sub("", _ADO.sub("", kept)).strip()
    short = _ASKS.sub("", kept).strip(" ，,、")
    kept = short if len(short) >= 8 else kept
    if len(kept) > LONGEST:
        head = re.split(r"[，,。；;！!？?]", kept)[0]
        kept = head if len(head) >= 8 else kept
    return kept
