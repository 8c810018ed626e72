"""Words of the made-up population: nobody and nothing bears these names on purpose."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Callable, Sequence
from functools import cache

from wangge.district.demo import FAMILY_NAMES, GIVEN_CHARACTERS
from wangge.kit import identity, organisations

# No province has 78 or 79: numbers made from these are well formed and belong to nobody. Mobile numbers that begin
# with 154 were never given out.
_NOWHERE = 780_000
_MOBILE = 15_400_000_000
_BEGIN = 1_767_225_600_000  # 2026-01-01 in Unix milliseconds: ids sort behind one another, whenever they are made

_ESTATE_FIRST = (
    "泉清", "泉韵", "舜和", "历山", "锦松", "锦云", "锦泉", "玉兰", "玉荷", "金桐", "金柳", "银杏", "翠竹", "翠屏",
    "梧桐", "紫薇", "海棠", "丹枫", "秋枫", "春晓", "晨光", "晴岚", "云栖", "松涛", "听泉", "望山", "依山", "临溪",
    "清荷", "书香", "文华", "德润", "仁和", "康乐", "安居", "福顺", "祥瑞", "和顺", "睦邻", "同乐",
)  # fmt: skip
_ESTATE_LAST = ("苑", "家园", "花园", "雅居", "名郡", "公寓", "新居", "庭院")
_BRANDS = (
    "泉景", "舜源", "历泉", "鹊华", "明湖畔", "千佛下", "柳岸", "荷风", "松石", "云泽", "晴川", "远帆", "恒岳", "瑞禾",
    "佳木", "万象里", "百味", "同心里", "顺昌和", "福满堂",
)  # fmt: skip
_LATIN_FIRST = ("Ada", "Boris", "Clara", "Dario", "Elin", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kamal", "Lena")
_LATIN_LAST = ("Example", "Sample", "Testa", "Muster", "Modelo", "Probe", "Esempio", "Prover")
PROVINCES = (
    "山东省聊城市", "山东省德州市", "山东省菏泽市", "山东省济宁市", "山东省临沂市", "山东省泰安市", "河北省邯郸市",
    "河南省濮阳市", "安徽省宿州市", "江苏省徐州市", "黑龙江省绥化市", "甘肃省定西市",
)  # fmt: skip
ROADS = ("泉城南路", "松柏路", "兰荷街", "桐柳街", "晴云路", "文竹街", "石桥街", "麦谷路")


class Ids:
    """Version 7 ids that depend on the seed alone; later ones sort behind."""

    def __init__(self, key: str, start: int) -> None:
        self._random = random.Random(key)  # noqa: S311  # to be the same each time
        self._next = _BEGIN + start

    def next(self) -> uuid.UUID:
        moment, self._next = self._next, self._next + 1
        bits = self._random.getrandbits(74)
        return uuid.UUID(int=moment << 80 | 0x7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (1 << 62) - 1)


class Numbers:
    """Numbers of people in one grid; no other grid makes the same."""

    def __init__(self, rng: random.Random, grid: int) -> None:
        self._rng = rng
        self._area = str(_NOWHERE + grid % 20_000)
        self._given: set[str] = set()

    def resident_id(self, birth: dt.date, *, male: bool) -> str:
        day = f"{self._area}{birth:%Y%m%d}"
        body = self._once(lambda: f"{day}{self._rng.randrange(500) * 2 + male:03}")
        return body + identity.check_character(body)

    def foreign_passport(self) -> str:
        return self._once(lambda: f"ZZ{self._area}{self._rng.randrange(10_000):04}")

    def permit(self) -> str:
        return self._once(lambda: f"H{self._area}{self._rng.randrange(10_000):04}")

    def _once(self, make: Callable[[], str]) -> str:
        while (made := make()) in self._given:
            pass
        self._given.add(made)
        return made

    def phone(self) -> str:
        return str(_MOBILE + self._rng.randrange(100_000_000))


def family_name(rng: random.Random) -> str:
    """The common ones more often."""
    return FAMILY_NAMES[int(len(FAMILY_NAMES) * rng.random() ** 2)]


def given_name(rng: random.Random) -> str:
    many = len(GIVEN_CHARACTERS)
    first = GIVEN_CHARACTERS[int(rng.random() * many)]
    return first if rng.random() < 0.12 else first + GIVEN_CHARACTERS[int(rng.random() * many)]


def latin_name(rng: random.Random) -> str:
    return f"{rng.choice(_LATIN_FIRST)} {rng.choice(_LATIN_LAST)}"


@cache
def estate_names() -> Sequence[str]:
    return [first + last for last in _ESTATE_LAST for first in _ESTATE_FIRST]


def brand(rng: random.Random) -> str:
    return rng.choice(_BRANDS) + rng.choice(GIVEN_CHARACTERS)


def credit_code(rng: random.Random, kind: str, grid: int) -> str:
    """Well formed, of an area that does not exist."""
    inner = f"{rng.randrange(100_000_000):08}"
    body = f"{kind}{_NOWHERE + grid % 20_000}{inner}{organisations.organisation_check(inner)}"
    return body + organisations.credit_check(body)
