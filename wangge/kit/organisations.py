"""Unified social credit codes (GB 32100-2015) and the organisation code (GB 11714-1997) inside them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from wangge.kit.errors import Problem

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # without I, O, S, V, Z: too like other signs
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_CREDIT = re.compile(rf"[{_ALPHABET}]{{2}}[0-9]{{6}}[{_ALPHABET}]{{10}}")
_ORGANISATION = re.compile(r"[0-9A-Z]{8}[0-9X]")
_NOT_WRITTEN = re.compile(r"[\s\-]")


class BadCode(Problem):
    code = "bad_code"
    status = 422
    title_zh = "代码有误"
    title_en = "The code is wrong"


@dataclass(frozen=True, slots=True)
class CreditCode:
    """`organisation_fits` is a hint only: codes exist whose inner part was never checked when it was given."""

    code: str
    area_code: str
    organisation: str
    organisation_fits: bool


def credit_code(text: str) -> CreditCode:
    """The code normalised and checked, or BadCode saying what to do."""
    written = _ascii(text)
    if len(written) != 18:
        raise BadCode(
            f"统一社会信用代码应为 18 位，现有 {len(written)} 位", f"18 characters are needed, not {len(written)}"
        )
    if not _CREDIT.fullmatch(written):
        strange = sorted(set(written) - set(_ALPHABET))
        if strange:
            shown = "、".join(strange)
            raise BadCode(
                f"不会出现 {shown}，请看是否为 0、1、2、5、U", f"{shown} never occur: 0, 1, 2, 5 or U perhaps?"
            )
        raise BadCode("第 3 至 8 位应为 6 位行政区划数字", "places 3 to 8 hold six digits of an area")
    if credit_check(written[:17]) != written[17]:
        raise BadCode(
            "统一社会信用代码校验码不符，请对照执照核对", "the check character does not fit: compare with the licence"
        )
    inner = written[8:17]
    fits = inner[8] in "0123456789X" and organisation_check(inner[:8]) == inner[8]
    return CreditCode(written, written[2:8], inner, fits)


def credit_check(body: str) -> str:
    """The eighteenth character for seventeen."""
    total = sum(_VALUES[character] * weight for character, weight in zip(body, _WEIGHTS, strict=True))
    return _ALPHABET[-total % 31]


def organisation_code(text: str) -> str:
    """An old organisation code as nine characters without its dash, or BadCode."""
    written = _ascii(text)
    if not _ORGANISATION.fullmatch(written):
        raise BadCode(
            "组织机构代码应为 8 位数字或字母加 1 位校验码", "8 digits or letters and a check character are needed"
        )
    if organisation_check(written[:8]) != written[8]:
        raise BadCode("组织机构代码校验码不符，请核对", "the check character does not fit")
    return written


def organisation_check(body: str) -> str:
    """The ninth character for eight."""
    total = sum(int(character, 36) * weight for character, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]


def _ascii(text: str) -> str:
    if not text.isascii():
        if unicodedata.normalize("NFKC", text).isascii():
            raise BadCode(
                "代码含全角字符，请改用半角数字和字母", "full-width characters: write plain digits and letters"
            )
        raise BadCode("代码只能含半角数字和字母", "only plain digits and letters are allowed")
    return _NOT_WRITTEN.sub("", text).upper()
