"""One way of writing for texts and names: numbers of roads in Chinese, numbers of houses in digits, sounds as signs."""

from __future__ import annotations

import re

import rjieba

from wangge.kit import pinyin
from wangge.kit.written import plain
from wangge.registry.places.kinds import Form

_DASHES = re.compile(r"[\u2010-\u2015\u2212\uff0d—~～]+")
_BLANKS = re.compile(r"[^\S\n]+")
_DOTS = re.compile(r"[·•・‧●]")
_BEFORE_NAMES = re.compile(r"(?<=[\u4e00-\u9fff])([0-9]{1,2})(?=[路街巷村区里期院])")
_OLD_SIGNS = str.maketrans({"\n": "，", "棟": "栋", "壹": "一", "贰": "二", "叁": "三", "肆": "四", "伍": "五",
                            "陆": "六", "柒": "七", "捌": "八", "玖": "九", "拾": "十", "〇": "零"})  # fmt: skip
_VALUES = dict(zip("零一二三四五六七八九两", [*range(10), 2], strict=True))
NUMERALS = "零一二三四五六七八九十百两"
# Where names differ by one of these, they are two places and never a slip of the pen.
TELLING = frozenset(NUMERALS + "东西南北中上下前后左右内外新老大小甲乙丙丁戊0123456789abcdefghijklmnopqrstuvwxyz")

HAN = re.compile(r"[\u3400-\u9fff]")


def canonical(text: str) -> str:
    """As names and texts are compared. `text` is written.plain; 经10路 becomes 经十路, lines become clauses."""
    text = _DASHES.sub("-", _BLANKS.sub("", _DOTS.sub("", text.casefold()))).translate(_OLD_SIGNS)
    return _BEFORE_NAMES.sub(lambda found: in_chinese(int(found.group(1))), text)


def in_chinese(number: int) -> str:
    """From 0 to 99: 10 → 十, 23 → 二十三."""
    tens, ones = divmod(number, 10)
    digits = "零一二三四五六七八九"
    if not tens:
        return digits[ones]
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")


def number(written: str) -> str:
    """三十二 → 32, 032 → 32, 二零一 → 201; letters and what is no number as they are."""
    if written.isdigit():
        return written.lstrip("0") or "0"
    if not written or any(one not in NUMERALS for one in written):
        return written
    if not any(one in "十百" for one in written):
        return "".join(str(_VALUES[one]) for one in written).lstrip("0") or "0"
    total, digit = 0, -1
    for one in written:
        if one in "十百":
            total += (digit if digit > 0 else 1) * (10 if one == "十" else 100)
            digit = -1
        else:
            digit = _VALUES[one]
    return str(total + max(digit, 0))


class _Sounds(dict[int, str]):
    """Code point → one sign for all characters that sound alike, with the sounds that speakers merge; for translate.

    Numerals and directions sound like nothing but themselves: 十 and 四 must never meet.
    """

    def __init__(self) -> None:
        super().__init__()
        self._signs: dict[str, str] = {}

    def __missing__(self, point: int) -> str:
        character = chr(point)
        found = character
        if HAN.match(character) and character not in TELLING:
            syllable = pinyin.of_place(character).full
            merged = re.sub(r"^([zcs])h", r"\1", re.sub(r"(?<=[ei])ng$", "n", syllable))
            if merged:
                found = self._signs.setdefault(merged, chr(0xE000 + len(self._signs)))
        self[point] = found
        return found


_SOUNDS = _Sounds()


def sounds(canonical_text: str) -> str:
    """The text by sound, as long as it is by sign."""
    return canonical_text.translate(_SOUNDS)


# --- names ---

_GENERIC = (
    "住宅小区", "小区", "社区", "花园", "家园", "佳苑", "嘉园", "佳园", "嘉苑", "雅苑", "雅居", "名苑", "新居", "新苑",
    "山庄", "公寓", "大厦", "广场", "宿舍", "新村", "新区", "新城", "国际", "府邸", "华府", "公馆", "苑", "园", "城",
    "村", "里", "府", "居", "庭", "郡", "院", "邸",
)  # fmt: skip


def stem(name: str) -> str:
    """A name without what many names end in: 纬一路花园 → 纬一路."""
    for ending in _GENERIC:
        if name.endswith(ending) and len(name) - len(ending) >= 2:
            return name.removesuffix(ending)
    return name


def plain_name(name: str) -> str:
    return plain(name, longest=160)


def short_forms(name: str) -> dict[str, Form]:
    """How else an estate is called: 纬一路小区 → 纬一路; 甸柳新村甸南小区 → 甸南小区; 翡翠 → 翡翠小区."""
    found: dict[str, Form] = {}
    if name.endswith("小区") and len(name) >= 4:
        found[name.removesuffix("小区")] = Form.STEM
    elif not name.endswith(("村", "区")):
        found[name + "小区"] = Form.ALIAS
    first, *rest = rjieba.cut(name, False)
    shorter = "".join(rest)
    if len(first) >= 2 and len(shorter) >= 4 and len(stem(shorter)) >= 2 and not shorter.startswith(_GENERIC):
        found.setdefault(shorter, Form.SHORT)
    return found


def deletions(name: str) -> set[str]:
    """The name, and the name with each one character left out."""
    return {name, *(name[:i] + name[i + 1 :] for i in range(len(name)))}


def slip(meant: str, written: str) -> float:
    """How like a slip of the pen `written` is for `meant`, 0 where it is none: one change, and none that tells."""
    if meant == written or abs(len(meant) - len(written)) > 1:
        return 0.0
    head = 0
    while head < min(len(meant), len(written)) and meant[head] == written[head]:
        head += 1
    tail = 0
    while tail < min(len(meant), len(written)) - head and meant[-1 - tail] == written[-1 - tail]:
        tail += 1
    a, b = meant[head : len(meant) - tail], written[head : len(written) - tail]
    if any(one in TELLING for one in a + b) and not (len(a) == 2 and a == b[::-1]):
        return 0.0
    if len(a) == len(b) == 1:
        return 0.95 if sounds(a) == sounds(b) else 0.75
    if {len(a), len(b)} == {0, 1}:
        return 0.9 if b and b in written[max(head - 1, 0) : head] + written[head + 1 : head + 2] else 0.7
    return 0.85 if len(a) == len(b) == 2 and a == b[::-1] else 0.0
