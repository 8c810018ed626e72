"""Sentences with their place in the text, and the pairs of characters a text is compared by."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wangge.kit.text import runs
from wangge.kit.written import plain

_SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]*")
LONGEST = 6_000
_FEW = 50  # matters: where there are not many more, their middle is hardly known


@dataclass(frozen=True)
class Sentence:
    text: str
    start: int
    end: int


def sentences(text: str) -> list[Sentence]:
    found = []
    for match in _SENTENCE.finditer(text[:LONGEST]):
        stripped = match.group().strip()
        if stripped:
            start = match.start() + match.group().index(stripped)
            found.append(Sentence(stripped, start, start + len(stripped)))
    return found


# What is said in every reply and answers nothing.
_STOCK = re.compile(
    r"您好|你好|网友|市民朋友|市民同志|尊敬的|来信人|留言[已]?收悉|已?收悉|知悉|来信|现(?:将|就).{0,30}?(?:回复|答复)如下|现?(?:回复|答复)如下"
    r"|高度重视|(?:立即|迅速|第一时间)(?:组织|安排|责成)?.{0,8}?(?:调查|核实|处理)?$|感谢[^。！!，,\n]{0,40}|谢谢[^。！!，,\n]{0,20}|祝您?[^。！!，,\n]{0,20}"
    r"|(?:已|正在)?(?:转|转交|交由|交办|批转|转至|责成)[^，。]{0,24}?(?:办理|处理|处置|调查|核处|核实|部门|单位)|正在(?:处理|办理|核实|调查|协调)(?:中)?"
    r"|(?:将)?(?:尽快|及时)(?:处理|办理|解决|回复|答复|核实)|敬请(?:关注|谅解|理解)|(?:请)?(?:继续)?关注后续.{0,6}|请您?(?:耐心等待|谅解|理解)"
    r"|特此(?:回复|答复)|如有(?:疑问|情况)[^，。]{0,20}|理解(?:和|与|、)支持|关心(?:和|与|、)支持|监督(?:和|与|、)支持|(?:反映|投诉|咨询|提出)的(?:问题|情况|事项)"
)


def substance(text: str) -> str:
    """The text without what every reply says."""
    return _STOCK.sub(" ", text)


def pairs(text: str) -> Counter[str]:
    """Pairs of Han characters, and words of letters and digits."""
    found: Counter[str] = Counter()
    for run in runs(text):
        if run.isascii() or len(run) == 1:
            found[run] += 1
        else:
            found.update(run[at : at + 2] for at in range(len(run) - 1))
    return found


@dataclass(frozen=True)
class Background:
    """What the district's matters are made of: how rare pairs are, and the middle of all matters.

    A reply of general words is a little like every matter; how much it is like the middle of them is no merit.
    """

    count: int = 0
    met: Mapping[str, int] = field(default_factory=dict)
    middle: Mapping[str, float] = field(default_factory=dict)

    def weight(self, pair: str) -> float:
        """What was never met is the rarest."""
        return math.log((self.count + 1) / (self.met.get(pair, 0) + 1)) + 1

    def unit(self, counts: Mapping[str, int], also: Mapping[str, int] | None = None, times: float = 0.0) -> Vector:
        """The weighted pairs at length one; those of `also` count so many times more."""
        made = {pair: (1 + math.log(count)) * self.weight(pair) for pair, count in counts.items()}
        for pair, count in (also or {}).items():
            made[pair] = made.get(pair, 0.0) + times * count * self.weight(pair)
        size = math.sqrt(sum(value * value for value in made.values()))
        return {pair: value / size for pair, value in made.items()} if size else {}


Vector = dict[str, float]


def background(asked: Sequence[str], said: Sequence[str] = ()) -> Background:
    """From texts of matters, and of replies, whose set phrases are thereby known as common."""
    matters = [pairs(plain(text, LONGEST)) for text in asked]
    met: Counter[str] = Counter()
    for counts in (*matters, *(pairs(plain(text, LONGEST)) for text in said)):
        met.update(counts.keys())
    known = Background(len(asked) + len(said), met)
    middle: dict[str, float] = {}
    for counts in matters:
        for pair, value in known.unit(counts).items():
            middle[pair] = middle.get(pair, 0.0) + value / (len(matters) + _FEW)
    return Background(known.count, met, middle)
