"""Phone numbers as people write them, in one spelling: equal numbers are found by equal indexes."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from wangge.kit.errors import Problem

Kind = Literal["mobile", "landline", "service", "foreign"]

_SEPARATORS = re.compile(r"[\s\-()./]")
_EXTENSION = re.compile(r"(?:转|#|(?:ext|x)\.?|(?<=[0-9]{7})-(?=[0-9]{1,6}$))\s*([0-9]{1,6})$", re.IGNORECASE)
_CHINA = re.compile(r"^(?:\+|00)86")
_FOREIGN = re.compile(r"(?:\+|00)([1-9][0-9]{6,14})")
_MOBILE = re.compile(r"(?:86)?(1[3-9][0-9]{9})")
_SERVICE = re.compile(r"[48]00[0-9]{7}")
_LANDLINE = re.compile(r"(0(?:10|2[0-9])[2-9][0-9]{7}|0[3-9][0-9]{2}[2-9][0-9]{6,7})")
_LOCAL = re.compile(r"[2-9][0-9]{6,7}")


class BadPhone(Problem):
    code = "bad_phone"
    status = 422
    title_zh = "电话号码有误"
    title_en = "The phone number is wrong"


@dataclass(frozen=True, slots=True)
class Phone:
    """`number` holds digits only (`+…` for other countries), a landline with its area code; `extension` apart."""

    number: str
    kind: Kind
    extension: str = ""


def parse(text: str, *, area_code: str = "") -> Phone:
    """The number in one spelling, or BadPhone. `area_code` (0531) completes numbers written without one."""
    written = text.strip()
    if _MOBILE.fullmatch(written) and written[0] == "1":
        return Phone(written, "mobile")
    found = _EXTENSION.search(written)
    extension = found.group(1) if found else ""
    bare = written[: found.start()] if found else written
    _refuse_other_scripts(bare)
    number = _CHINA.sub("", _SEPARATORS.sub("", bare))
    if mobile := _MOBILE.fullmatch(number):
        return Phone(mobile.group(1), "mobile", extension)
    if _SERVICE.fullmatch(number):
        return Phone(number, "service", extension)
    if foreign := _FOREIGN.fullmatch(number):
        return Phone(f"+{foreign.group(1)}", "foreign", extension)
    return Phone(_landline(number, bare, area_code), "landline", extension)


def _landline(number: str, bare: str, area_code: str) -> str:
    if _CHINA.match(_SEPARATORS.sub("", bare)) and not number.startswith("0"):
        number = f"0{number}"
    if _LANDLINE.fullmatch(number):
        return number
    if _LOCAL.fullmatch(number):
        if not area_code:
            raise BadPhone("座机号码缺区号", "the area code is missing")
        return area_code + number
    if number.startswith("1") and number.isdigit() and 9 <= len(number) <= 13:
        raise BadPhone(
            f"手机号码应为 11 位，现有 {len(number)} 位", f"a mobile number has 11 digits, not {len(number)}"
        )
    raise BadPhone("不是手机号码，也不是带区号的座机号码", "neither a mobile number nor a landline with its area code")


def _refuse_other_scripts(text: str) -> None:
    if text.isascii():
        return
    if unicodedata.normalize("NFKC", text).isascii():
        raise BadPhone("电话号码含全角字符，请改用半角数字", "full-width characters: write plain digits")
    raise BadPhone("电话号码只能含半角数字", "only plain digits are allowed")
