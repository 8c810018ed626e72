"""What somebody wrote down about a person, checked and in one spelling, or every wrong field named."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from wangge.kit import identity, phones
from wangge.kit.errors import Invalid, field_error
from wangge.kit.identity import BadNumber, DocumentKind
from wangge.kit.phones import BadPhone
from wangge.kit.text import fold, has_control, nfc
from wangge.registry.models import Sex
from wangge.registry.sealing import PersonFacts
from wangge.registry.services.keeping import NO_NUMBER, holds_number
from wangge.registry.wording import AREA_CODE

MOST_PHONES = 5
# Longest text of each field, in characters.
TEXTS = {"name": 60, "registered_address": 160, "ethnicity": 20, "workplace": 120, "note": 200, "no_id_reason": 80}
_DOCUMENT = ("id_kind", "id_number", "no_id_reason")
SEALED = frozenset({*TEXTS, *_DOCUMENT, "birth", "phones"})

Errors = list[dict[str, str]]
_NOT_PLAIN = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True)
class Checked:
    facts: PersonFacts
    sex: str


def check(given: Mapping[str, Any], *, today: dt.date, known: PersonFacts | None = None, sex: str = "") -> Checked:
    """`given` over what is `known`; raises Invalid naming each field that is wrong."""
    errors: Errors = []
    texts = {name: _text(name, str(given[name]), errors) for name in TEXTS if name in given}
    base = known or PersonFacts(name="", id_kind=DocumentKind.NONE)
    facts = replace(base, **texts)  # type: ignore[arg-type]  # by name
    if holds_number(facts.no_id_reason):  # a column of its own, not sealed
        errors.append(field_error("body.no_id_reason", *NO_NUMBER))
    if "phones" in given:
        facts = replace(facts, phones=_phones(given["phones"], errors))
    if "birth" in given:
        facts = replace(facts, birth=_birth(given["birth"], today, errors))
    said = str(given.get("sex") or sex or Sex.UNKNOWN)
    if known is None or any(name in given for name in _DOCUMENT):
        facts, said = _with_document(facts, given, said, today, errors)
    elif facts.id_number and {"birth", "sex"} & given.keys():
        facts, said = _agree(facts, _parsed(facts, today, []), given, said, errors)
    if not fold(facts.name) and "name" not in {error["at"].removeprefix("body.") for error in errors}:
        errors.append(field_error("body.name", "请填写姓名", "write the name"))
    if errors:
        raise Invalid(errors=errors)
    return Checked(facts, said)


def _text(name: str, raw: str, errors: Errors) -> str:
    value = nfc(raw).strip()
    if has_control(value):
        errors.append(field_error(f"body.{name}", "含有控制字符", "holds control characters"))
    elif len(value) > TEXTS[name]:
        errors.append(field_error(f"body.{name}", f"不超过 {TEXTS[name]} 字", f"at most {TEXTS[name]} characters"))
    return value


def _phones(raw: list[str], errors: Errors) -> tuple[str, ...]:
    if len(raw) > MOST_PHONES:
        errors.append(field_error("body.phones", f"最多 {MOST_PHONES} 个电话", f"at most {MOST_PHONES} phones"))
    found = []
    for index, one in enumerate(raw[:MOST_PHONES]):
        try:
            found.append(phones.parse(one, area_code=AREA_CODE).number)
        except BadPhone as bad:
            errors.append(field_error(f"body.phones.{index}", bad.detail_zh, bad.detail_en))
    return tuple(dict.fromkeys(found))


def _birth(given: dt.date | None, today: dt.date, errors: Errors) -> dt.date | None:
    if given is not None and given > today:
        errors.append(field_error("body.birth", "出生日期在将来", "lies in the future"))
    elif given is not None and today.year - given.year > identity.OLDEST:
        years = identity.OLDEST
        errors.append(field_error("body.birth", f"距今超过 {years} 年", f"more than {years} years ago"))
    return given


def _with_document(
    facts: PersonFacts, given: Mapping[str, Any], sex: str, today: dt.date, errors: Errors
) -> tuple[PersonFacts, str]:
    kind = str(given.get("id_kind", facts.id_kind))
    if kind not in set(DocumentKind):
        errors.append(field_error("body.id_kind", "没有这种证件", "there is no such kind of document"))
        return facts, sex
    if kind == DocumentKind.NONE:
        number, reason = str(given.get("id_number", "")), facts.no_id_reason
    else:
        number, reason = str(given.get("id_number", facts.id_number)), ""
    facts = replace(facts, id_kind=kind, id_number=number, no_id_reason=reason)
    read = _parsed(facts, today, errors)
    if read is None:
        return facts, sex
    facts = replace(facts, id_number=read.number, no_id_reason=read.reason)
    return _agree(facts, read, given, sex, errors)


def _parsed(facts: PersonFacts, today: dt.date, errors: Errors) -> identity.Identity | None:
    kind, number = DocumentKind(facts.id_kind), facts.id_number
    try:
        return identity.parse(kind=kind, number=number, today=today, reason=facts.no_id_reason)
    except BadNumber as bad:
        at = "no_id_reason" if kind is DocumentKind.NONE and not number.strip() else "id_number"
        strange = _NOT_PLAIN.search(number) if kind is not DocumentKind.MILITARY else None
        zh = f"第 {strange.start() + 1} 位：{bad.detail_zh}" if strange else bad.detail_zh
        en = f"character {strange.start() + 1}: {bad.detail_en}" if strange else bad.detail_en
        errors.append(field_error(f"body.{at}", zh, en))
    return None


def _agree(
    facts: PersonFacts, read: identity.Identity | None, given: Mapping[str, Any], sex: str, errors: Errors
) -> tuple[PersonFacts, str]:
    """What the number says of birth and sex stands; whoever writes otherwise is told so."""
    if read is None or read.birth is None:
        return facts, sex
    if given.get("birth") not in {None, read.birth}:
        errors.append(field_error("body.birth", "与证件号码中的出生日期不一致", "differs from the one in the number"))
    if given.get("sex") not in {None, "", Sex.UNKNOWN, read.sex}:
        errors.append(field_error("body.sex", "与证件号码中的性别不一致", "differs from the one in the number"))
    return replace(facts, birth=read.birth), read.sex or sex
