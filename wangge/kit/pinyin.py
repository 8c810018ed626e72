"""Pinyin of names and places for finding them by keyboard: full (`shanxiongxin`) and initials (`sxx`), ü as v.

Names are read character by character with the surname first, since surnames are read otherwise than words (单 shàn,
仇 qiú, 尉迟 yùchí); places are read by phrase. Letters and digits stay, in small; everything else is left out.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split(":") for pair in text.split())


# Only where the surname differs from the first reading of the dictionary or is easily got wrong.
_SURNAMES = _pairs(
    "单:shan 單:shan 仇:qiu 曾:zeng 解:xie 任:ren 华:hua 查:zha 盖:ge 区:ou 朴:piao 覃:qin 翟:zhai 缪:miao "
    "员:yun 乐:yue 黑:he 秘:bi 冼:xian 洗:xian 尉:wei 折:she 逄:pang 召:shao 祭:zhai 种:chong 繁:po 柏:bai "
    "卜:bu 纪:ji 宁:ning 牟:mu 隗:wei 郇:xun 郗:xi 谌:chen 乜:nie 应:ying 相:xiang 石:shi 沈:shen 贾:jia "
    "都:du 哈:ha 呙:guo 俞:yu 宓:mi 瞿:qu 臧:zang 訾:zi 曲:qu 强:qiang 少:shao 藏:zang 句:gou 过:guo 那:na "
    "能:nai 盛:sheng 行:xing 撒:sa 莘:shen 燕:yan 要:yao 於:yu 干:gan 葛:ge 降:jiang 阙:que 叶:ye 贲:ben "
    "薄:bo 晟:cheng 炅:gui 宿:su 粘:nian 万:wan 车:che 褚:chu 长:chang 尹:yin 殷:yin 幺:yao 着:zhuo 术:shu "
    "佘:she 厍:she 夏:xia 朝:chao 谷:gu 洪:hong 适:kuo 占:zhan 亓:qi 阚:kan"
)
_DOUBLE_SURNAMES = _pairs(
    "尉迟:yu'chi 长孙:zhang'sun 万俟:mo'qi 单于:chan'yu 澹台:tan'tai 令狐:ling'hu 皇甫:huang'fu 宰父:zai'fu "
    "鲜于:xian'yu 乐正:yue'zheng 夹谷:jia'gu 谷梁:gu'liang 段干:duan'gan 亓官:qi'guan 百里:bai'li "
    "欧阳:ou'yang 拓跋:tuo'ba 呼延:hu'yan 申屠:shen'tu 钟离:zhong'li 仲孙:zhong'sun 太叔:tai'shu "
    "南宫:nan'gong 司徒:si'tu 夏侯:xia'hou 淳于:chun'yu"
)
# In given names these are hardly ever read as the dictionary has them first.
_IN_NAMES = {
    "长": "chang",
    "晟": "sheng",
    "朝": "chao",
    "茜": "qian",
    "莘": "xin",
    "盛": "sheng",
    "奇": "qi",
    "藏": "zang",
}
_PLACES = _pairs(
    "长清:chang'qing 单县:shan'xian 莘县:shen'xian 茌平:chi'ping 乐陵:lao'ling 东阿:dong'e 牟平:mu'ping "
    "鄄城:juan'cheng 解家:xie'jia 单家:shan'jia 曾家:zeng'jia 仇家:qiu'jia 重汽:zhong'qi 长途:chang'tu "
    "长盛:chang'sheng 长春:chang'chun 朝山街:chao'shan'jie 泺口:luo'kou 泺源:luo'yuan 解放:jie'fang"
)

_OTHER = "\0"  # marks runs of other signs than Chinese ones


@dataclass(frozen=True, slots=True)
class Reading:
    full: str
    initials: str


class _Syllables(dict[int, str]):
    """Code point → toneless syllable, filled as characters turn up; made for `str.translate`."""

    def __missing__(self, point: int) -> str:
        first, _, _ = _dictionary().get(point, "").partition(",")
        character = chr(point)
        if first:
            found = _toneless(first)
        elif character.isascii():
            found = character.lower() if character.isalnum() else ""
        else:
            found = _letters(unicodedata.normalize("NFKC", character))
        self[point] = found
        return found


class _Initials(dict[int, str]):
    def __init__(self, syllables: _Syllables) -> None:
        super().__init__()
        self._syllables = syllables

    def __missing__(self, point: int) -> str:
        syllable = self._syllables[point]
        found = syllable[:1] if point in _dictionary() else syllable
        self[point] = found
        return found


@functools.cache
def _dictionary() -> dict[int, str]:
    from pypinyin import pinyin_dict  # 45 MB: only for those who ask

    return pinyin_dict.pinyin_dict


def _toneless(syllable: str) -> str:
    marked = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    return "".join(one for one in marked if one.isascii() and one.isalpha())


_SYLLABLES = _Syllables({ord(one): syllable for one, syllable in _IN_NAMES.items()})
_INITIALS = _Initials(_SYLLABLES)


def of_name(name: str) -> Reading:
    """A person's name: the surname as a surname, the rest by its commonest reading."""
    if name.isascii():
        latin = name.translate(_SYLLABLES)
        return Reading(latin, "".join(word[0] for word in name.lower().split() if word[0].isalnum()) or latin[:1])
    double = _DOUBLE_SURNAMES.get(name[:2])
    if double is not None:
        first, second = double.split("'")
        rest = name[2:]
        return Reading(first + second + rest.translate(_SYLLABLES), first[0] + second[0] + rest.translate(_INITIALS))
    surname = _SURNAMES.get(name[0])
    if surname is None:
        return Reading(name.translate(_SYLLABLES), name.translate(_INITIALS))
    rest = name[1:]
    return Reading(surname + rest.translate(_SYLLABLES), surname[0] + rest.translate(_INITIALS))


@functools.lru_cache(maxsize=65_536)
def of_place(text: str) -> Reading:
    """An estate, a street, an area: read by phrase (重庆路 chongqinglu, 长清 changqing)."""
    full, initials = "", ""
    for one in _read(text):
        syllable = _letters(one) if one[:1] == _OTHER else _toneless(one)
        full += syllable
        initials += syllable if one[:1] == _OTHER else syllable[:1]
    return Reading(full, initials)


def _read(text: str) -> list[str]:
    from pypinyin import Style, lazy_pinyin

    _teach()
    plain = unicodedata.normalize("NFKC", text)
    return lazy_pinyin(plain, style=Style.TONE, errors=lambda run: _OTHER + run)


def _letters(text: str) -> str:
    return "".join(one for one in text.lower() if one.isascii() and one.isalnum())


@functools.cache
def _teach() -> None:
    """Names of places around Jinan that the dictionary reads as words."""
    from pypinyin import load_phrases_dict

    load_phrases_dict({place: [[one] for one in read.split("'")] for place, read in _PLACES.items()})
