"""Numbers of people: resident IDs (GB 11643-1999), passports, permits; `none` with a reason. Masks for what is shown.

A number is ASCII: full-width digits are refused with a word about it, since `'１'.isdigit()` is true and two spellings
of one number would be two people. No message repeats the number: messages end up in logs and sheets.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import mul
from types import MappingProxyType
from typing import Literal

from wangge.kit.errors import Problem
from wangge.kit.text import visible

Sex = Literal["male", "female"]
OLDEST = 130  # years: the oldest person on record was 122

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ZEROS = sum(48 * weight for weight in _WEIGHTS)
_CHECK = b"10X98765432"
_FULL, _SHORT = re.compile(r"[1-9][0-9]{16}[0-9X]"), re.compile(r"[1-9][0-9]{14}")


class BadNumber(Problem):
    code = "bad_number"
    status = 422
    title_zh = "证件号码有误"
    title_en = "The number of the document is wrong"


class DocumentKind(StrEnum):
    RESIDENT_ID = "resident_id"
    RESIDENCE_PERMIT = "residence_permit"
    PASSPORT = "passport"
    FOREIGN_PASSPORT = "foreign_passport"
    HK_MACAO_PERMIT = "hk_macao_permit"
    TAIWAN_PERMIT = "taiwan_permit"
    FOREIGN_RESIDENT = "foreign_resident"
    MILITARY = "military"
    BIRTH_CERTIFICATE = "birth_certificate"
    NONE = "none"


NAMES: Mapping[DocumentKind, tuple[str, str]] = MappingProxyType(
    {
        DocumentKind.RESIDENT_ID: ("居民身份证", "resident identity card"),
        DocumentKind.RESIDENCE_PERMIT: (
            "港澳台居民居住证",
            "residence permit for Hong Kong, Macao and Taiwan residents",
        ),
        DocumentKind.PASSPORT: ("中国护照", "Chinese passport"),
        DocumentKind.FOREIGN_PASSPORT: ("外国护照", "foreign passport"),
        DocumentKind.HK_MACAO_PERMIT: ("港澳居民来往内地通行证", "Hong Kong and Macao travel permit"),
        DocumentKind.TAIWAN_PERMIT: ("台湾居民来往大陆通行证", "Taiwan travel permit"),
        DocumentKind.FOREIGN_RESIDENT: ("外国人永久居留身份证", "foreign permanent resident identity card"),
        DocumentKind.MILITARY: ("军人证件", "military identity card"),
        DocumentKind.BIRTH_CERTIFICATE: ("出生医学证明", "medical certificate of birth"),
        DocumentKind.NONE: ("无证件", "no document"),
    }
)
_OTHER_NAMES = {
    "身份证": DocumentKind.RESIDENT_ID,
    "二代身份证": DocumentKind.RESIDENT_ID,
    "居住证": DocumentKind.RESIDENCE_PERMIT,
    "护照": DocumentKind.PASSPORT,
    "普通护照": DocumentKind.PASSPORT,
    "港澳通行证": DocumentKind.HK_MACAO_PERMIT,
    "港澳居民通行证": DocumentKind.HK_MACAO_PERMIT,
    "回乡证": DocumentKind.HK_MACAO_PERMIT,
    "台胞证": DocumentKind.TAIWAN_PERMIT,
    "台湾居民通行证": DocumentKind.TAIWAN_PERMIT,
    "外国人永久居留证": DocumentKind.FOREIGN_RESIDENT,
    "外国人居留证": DocumentKind.FOREIGN_RESIDENT,
    "军官证": DocumentKind.MILITARY,
    "士兵证": DocumentKind.MILITARY,
    "出生证": DocumentKind.BIRTH_CERTIFICATE,
    "无": DocumentKind.NONE,
}
_KIND_NAMED = _OTHER_NAMES | {zh: kind for kind, (zh, _) in NAMES.items()} | {str(kind): kind for kind in NAMES}

# As printed on the documents; only those of 18 digits carry a check character that anybody can compute.
_FORMATS: dict[DocumentKind, tuple[re.Pattern[str], str, str]] = {
    DocumentKind.PASSPORT: (
        re.compile(r"[A-Z][A-Z0-9][0-9]{7}|1[45][0-9]{7}"),
        "应为 9 位：1 或 2 个字母加数字",
        "9 characters: one or two letters, then digits",
    ),
    DocumentKind.FOREIGN_PASSPORT: (
        re.compile(r"[A-Z0-9]{5,17}"),
        "应为 5 至 17 位字母或数字",
        "5 to 17 letters or digits",
    ),
    DocumentKind.HK_MACAO_PERMIT: (
        re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?"),
        "应为 H 或 M 加 8 位数字（旧证 10 位）",
        "H or M and 8 digits (older ones 10)",
    ),
    DocumentKind.TAIWAN_PERMIT: (
        re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]?"),
        "应为 8 位数字（旧证 10 位数字，可带 1 个字母）",
        "8 digits (older ones 10, perhaps with a letter)",
    ),
    DocumentKind.BIRTH_CERTIFICATE: (
        re.compile(r"[A-Z][0-9]{9}"),
        "应为 1 个字母加 9 位数字",
        "one letter and 9 digits",
    ),
}
_OLD_FOREIGN_RESIDENT = re.compile(r"[A-Z]{3}[0-9]{12}")
_MILITARY = re.compile(r"(?:[\u4e00-\u9fff]{1,6}字第?)?[0-9A-Z]{6,18}号?")
_NOT_WRITTEN = re.compile(r"[\s\-()./·]")
_BLANKS = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a number says by itself; `number` is normalised, empty for `none`."""

    kind: DocumentKind
    number: str
    birth: date | None = None
    sex: Sex | None = None
    area_code: str | None = None
    was_15: bool = False
    reason: str = ""


def kind_named(name: str) -> DocumentKind | None:
    """The kind a sheet means by `身份证`, `台胞证` or its code."""
    return _KIND_NAMED.get(_BLANKS.sub("", name))


def parse(*, kind: DocumentKind, number: str, today: date, reason: str = "") -> Identity:
    """The number normalised and checked, or BadNumber saying what to do."""
    if kind is DocumentKind.RESIDENT_ID:
        return resident_id(number, today=today)
    if kind is DocumentKind.NONE:
        return _none(number, reason)
    if kind is DocumentKind.MILITARY:
        return Identity(kind, _military(number))
    written = _ascii(number, _NOT_WRITTEN)
    if kind is DocumentKind.RESIDENCE_PERMIT:
        if written[:2] not in {"81", "82", "83"}:
            raise BadNumber("港澳台居民居住证号码以 81、82 或 83 开头", "the number begins with 81, 82 or 83")
        return _of_18(kind, written, today)
    if kind is DocumentKind.FOREIGN_RESIDENT:
        return _foreign_resident(written, today)
    pattern, zh, en = _FORMATS[kind]
    if not pattern.fullmatch(written):
        raise BadNumber(f"{NAMES[kind][0]}号码{zh}", f"{NAMES[kind][1]}: {en}")
    return Identity(kind, written)


def resident_id(number: str, *, today: date) -> Identity:
    """18 digits with their check digit, or 15 turned into 18 by the rule of GB 11643-1999 (born in 19xx)."""
    written = number if _FULL.fullmatch(number) else _ascii(number, _BLANKS)
    if len(written) == 15 and _SHORT.fullmatch(written):
        body = f"{written[:6]}19{written[6:]}"
        return _checked(DocumentKind.RESIDENT_ID, body + check_character(body), today, was_15=True)
    return _of_18(DocumentKind.RESIDENT_ID, written, today)


def check_character(body: str) -> str:
    """The eighteenth character for seventeen digits (ISO 7064 MOD 11-2)."""
    return chr(_CHECK[(sum(map(mul, body.encode(), _WEIGHTS)) - _ZEROS) % 11])


def guess_kind(number: str) -> DocumentKind | None:
    """For a column of mixed documents: the only kind that fits the form of the number, else None."""
    written = unicodedata.normalize("NFKC", _BLANKS.sub("", number)).upper()
    if not written:
        return DocumentKind.NONE
    if _FULL.fullmatch(written):
        by_start = {"8": DocumentKind.RESIDENCE_PERMIT, "9": DocumentKind.FOREIGN_RESIDENT}
        return by_start.get(written[0], DocumentKind.RESIDENT_ID)
    if _SHORT.fullmatch(written):
        return DocumentKind.RESIDENT_ID
    if _OLD_FOREIGN_RESIDENT.fullmatch(written):
        return DocumentKind.FOREIGN_RESIDENT
    order = (DocumentKind.HK_MACAO_PERMIT, DocumentKind.PASSPORT)
    found = [kind for kind in order if _FORMATS[kind][0].fullmatch(written)]
    return found[0] if len(found) == 1 else None


def _ascii(number: str, dropped: re.Pattern[str]) -> str:
    if not number.isascii():
        if unicodedata.normalize("NFKC", number).isascii():
            raise BadNumber(
                "号码含全角字符，请改用半角数字和字母", "full-width characters: write plain digits and letters"
            )
        if visible(number) != number:
            raise BadNumber("号码含看不见的字符，请重新输入", "it holds invisible characters: type it anew")
        raise BadNumber("号码只能含半角数字和字母", "only plain digits and letters are allowed")
    written = dropped.sub("", number).upper()
    if not written:
        raise BadNumber(
            "没有填写号码；确无证件的，请选“无证件”并写明原因", "no number; where there is none, say so with a reason"
        )
    if "E+" in number.upper():
        raise BadNumber(
            "号码被表格软件变成了科学计数，末几位已丢失：请把该列设为文本后重填",
            "the spreadsheet turned it into a rounded number: set the column to text and fill it in anew",
        )
    return written


def _of_18(kind: DocumentKind, written: str, today: date) -> Identity:
    if not _FULL.fullmatch(written):
        if len(written) in {15, 18}:
            raise BadNumber("只能是数字，第 18 位可为 X", "only digits, and X in the last place of 18")
        raise BadNumber(
            f"应为 18 位（或旧证 15 位），现有 {len(written)} 位", f"18 characters (or 15), not {len(written)}"
        )
    if check_character(written[:17]) != written[17]:
        raise BadNumber("校验码不符，请对照证件核对", "the check character does not fit: compare with the document")
    return _checked(kind, written, today)


def _checked(kind: DocumentKind, number: str, today: date, *, was_15: bool = False) -> Identity:
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError as error:
        raise BadNumber("号码中的出生日期不存在", "the date of birth in it does not exist") from error
    if birth > today:
        raise BadNumber("号码中的出生日期在将来", "the date of birth in it lies in the future")
    if today.year - birth.year > OLDEST:
        raise BadNumber(f"号码中的出生日期距今超过 {OLDEST} 年", f"born more than {OLDEST} years ago")
    return Identity(kind, number, birth, "male" if int(number[16]) % 2 else "female", number[:6], was_15)


def _foreign_resident(written: str, today: date) -> Identity:
    kind = DocumentKind.FOREIGN_RESIDENT
    if _OLD_FOREIGN_RESIDENT.fullmatch(written):
        return Identity(kind, written)  # holds the year of birth in two digits: the century is not to be guessed
    if len(written) != 18 or written[0] != "9":
        raise BadNumber(
            "应为 9 开头的 18 位，或 3 个字母加 12 位数字",
            "18 characters beginning with 9, or three letters and 12 digits",
        )
    found = _of_18(kind, written, today)
    return Identity(kind, written, found.birth, found.sex)  # its first six digits are no area code


def _military(number: str) -> str:
    written = _BLANKS.sub("", number).upper()
    digits = re.sub(r"[\u4e00-\u9fff]", "", written)
    if not digits.isascii():
        _ascii(digits, _BLANKS)
    if not _MILITARY.fullmatch(written):
        raise BadNumber(
            "应为“某字第 1234567 号”，或 6 至 18 位数字和字母", "like 军字第1234567号, or 6 to 18 digits and letters"
        )
    return written


def _none(number: str, reason: str) -> Identity:
    if number.strip():
        raise BadNumber("选了“无证件”就不填号码", "without a document there is no number")
    if not reason.strip():
        raise BadNumber("无证件须写明原因", "say why there is no document")
    return Identity(DocumentKind.NONE, "", reason=reason.strip())
