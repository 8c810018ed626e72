"""Numbers of people, organisations and phones: what is accepted, how it is written, what is refused and why."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wangge.kit import identity, masks, organisations, phones
from wangge.kit.identity import BadNumber, DocumentKind

TODAY = date(2026, 11, 21)
GIVEN = "11010519491231002X"  # the example of GB 11643-1999, as is 440524188001010014


LIVING = st.dates(date(1900, 1, 1), TODAY)


def numbers(born: st.SearchStrategy[date] = LIVING) -> st.SearchStrategy[str]:
    body = st.builds(
        lambda area, birth, order: f"{area}{birth:%Y%m%d}{order:03}",
        st.integers(100000, 999999),
        born,
        st.integers(0, 999),
    )
    return body.map(lambda text: text + identity.check_character(text))


@given(numbers())
def test_a_valid_number_tells_birth_sex_and_area(number: str) -> None:
    found = identity.resident_id(number, today=TODAY)
    assert found.number == number
    assert found.birth is not None
    assert f"{found.birth:%Y%m%d}" == number[6:14]
    assert found.sex == ("male" if int(number[16]) % 2 else "female")
    assert found.area_code == number[:6]
    assert identity.resident_id(f" {number[:6]} {number[6:14]} {number[14:].lower()} ", today=TODAY) == found


@given(numbers(), st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_noticed(number: str, place: int, digit: str) -> None:
    wrong = number[:place] + digit + number[place + 1 :]
    if wrong == number:
        return
    with pytest.raises(BadNumber) as caught:
        identity.resident_id(wrong, today=TODAY)
    assert wrong not in caught.value.detail_zh + caught.value.detail_en


@given(numbers(), st.integers(0, 16))
def test_two_neighbours_swapped_are_always_noticed(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        with pytest.raises(BadNumber):
            identity.resident_id(swapped, today=TODAY)


@given(numbers(st.dates(date(1900, 1, 1), date(1999, 12, 31))))
def test_fifteen_digits_become_the_same_person(number: str) -> None:
    found = identity.resident_id(number[:6] + number[8:17], today=TODAY)
    assert (found.number, found.was_15) == (number, True)


@pytest.mark.parametrize(
    ("number", "zh"),
    [
        ("", "没有填写"),
        ("110105194912310021", "校验码不符"),
        ("1101051949123100２X", "全角"),
        ("１１０１０５１９４９１２３１００２Ｘ", "全角"),
        ("11010519491231002\u200bX", "看不见的字符"),
        ("1101051949123100贰X", "半角"),
        ("٠١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "半角"),
        ("11010519491231002XX", "现有 19 位"),
        ("1.10105E+17", "科学计数"),
        ("11010519491231O02X", "只能是数字"),
        ("X1010519491231002X", "只能是数字"),
        ("110105490230002", "出生日期不存在"),
    ],
)
def test_a_wrong_number_is_told_what_to_do(number: str, zh: str) -> None:
    with pytest.raises(BadNumber, match=zh) as caught:
        identity.resident_id(number, today=TODAY)
    assert caught.value.detail_en


@pytest.mark.parametrize(
    ("birth", "zh"),
    [
        ("20261122", "将来"),
        ("19000229", "不存在"),
        ("20240230", "不存在"),
        ("18951231", "超过 130 年"),
        ("20201301", "不存在"),
    ],
)
def test_an_impossible_birth_is_refused_though_the_check_fits(birth: str, zh: str) -> None:
    body = f"370103{birth}001"
    with pytest.raises(BadNumber, match=zh):
        identity.resident_id(body + identity.check_character(body), today=TODAY)


def test_the_standards_own_example() -> None:
    found = identity.resident_id("11010519491231002x", today=TODAY)
    assert (found.number, found.birth, found.sex) == (GIVEN, date(1949, 12, 31), "female")
    assert identity.check_character("44052418800101001") == "4"
    leap = "37010320240229001"
    assert identity.resident_id(leap + identity.check_character(leap), today=TODAY).birth == date(2024, 2, 29)


def with_check(body: str) -> str:
    return body + identity.check_character(body)


@pytest.mark.parametrize(
    ("kind", "written", "number"),
    [
        (DocumentKind.PASSPORT, "e12345678", "E12345678"),
        (DocumentKind.PASSPORT, "EA1234567", "EA1234567"),
        (DocumentKind.FOREIGN_PASSPORT, "P <1>".replace("<", "").replace(">", "2345"), "P12345"),
        (DocumentKind.HK_MACAO_PERMIT, "H12345678", "H12345678"),
        (DocumentKind.HK_MACAO_PERMIT, "M12345678 01", "M1234567801"),
        (DocumentKind.TAIWAN_PERMIT, "12345678", "12345678"),
        (DocumentKind.TAIWAN_PERMIT, "1234567890(B)", "1234567890B"),
        (DocumentKind.FOREIGN_RESIDENT, "USA371190010112", "USA371190010112"),
        (DocumentKind.FOREIGN_RESIDENT, with_check("93784019900101123"), with_check("93784019900101123")),
        (DocumentKind.RESIDENCE_PERMIT, with_check("81000019900101123"), with_check("81000019900101123")),
        (DocumentKind.MILITARY, "军字第 1234567 号", "军字第1234567号"),
        (DocumentKind.BIRTH_CERTIFICATE, "T370123456", "T370123456"),
    ],
)
def test_other_documents(kind: DocumentKind, written: str, number: str) -> None:
    assert identity.parse(kind=kind, number=written, today=TODAY).number == number
    assert identity.kind_named(identity.NAMES[kind][0]) is kind


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (DocumentKind.PASSPORT, "E1234567"),
        (DocumentKind.FOREIGN_PASSPORT, "AB12"),
        (DocumentKind.FOREIGN_PASSPORT, "A" * 18),
        (DocumentKind.FOREIGN_PASSPORT, "護照123"),
        (DocumentKind.HK_MACAO_PERMIT, "T12345678"),
        (DocumentKind.TAIWAN_PERMIT, "1234567"),
        (DocumentKind.FOREIGN_RESIDENT, "837840199001011234"),
        (DocumentKind.RESIDENCE_PERMIT, GIVEN),
        (DocumentKind.MILITARY, "１２３４５６７"),
        (DocumentKind.BIRTH_CERTIFICATE, "370123456"),
    ],
)
def test_other_documents_refused(kind: DocumentKind, written: str) -> None:
    with pytest.raises(BadNumber):
        identity.parse(kind=kind, number=written, today=TODAY)


def test_without_a_document_a_reason_is_needed_and_no_number() -> None:
    found = identity.parse(kind=DocumentKind.NONE, number=" ", today=TODAY, reason=" 新生儿未上户 ")
    assert (found.number, found.reason) == ("", "新生儿未上户")
    for number, reason in [("", ""), ("", "  "), (GIVEN, "理由")]:
        with pytest.raises(BadNumber):
            identity.parse(kind=DocumentKind.NONE, number=number, today=TODAY, reason=reason)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (GIVEN, DocumentKind.RESIDENT_ID),
        ("110105491231002", DocumentKind.RESIDENT_ID),
        (with_check("83000019900101123"), DocumentKind.RESIDENCE_PERMIT),
        ("H12345678", None),  # a permit of Hong Kong, or a passport of theirs
        ("E12345678", DocumentKind.PASSPORT),
        ("12345678", None),
        ("", DocumentKind.NONE),
    ],
)
def test_kinds_are_guessed_only_where_one_fits(number: str, kind: DocumentKind | None) -> None:
    assert identity.guess_kind(number) is kind


@pytest.mark.parametrize(
    ("kind", "number"), [(kind, number) for kind in DocumentKind for number in ("𝟙𝟚𝟛", "\u202e123", "²²²²²²²²", "①②③")]
)
def test_no_look_alike_passes(kind: DocumentKind, number: str) -> None:
    with pytest.raises(BadNumber):
        identity.parse(kind=kind, number=number, today=TODAY)


@given(st.sampled_from(list(DocumentKind)), st.text(max_size=24), st.text(max_size=4))
def test_any_text_is_accepted_or_refused_and_never_kept_wide(kind: DocumentKind, text: str, reason: str) -> None:
    try:
        found = identity.parse(kind=kind, number=text, today=TODAY, reason=reason)
    except BadNumber:
        return
    assert unicodedata.normalize("NFKC", found.number) == found.number


@pytest.mark.parametrize(
    ("text", "organisation", "fits"),
    [  # published by their owners
        ("914403001922038216", "192203821", True),
        ("91110000802100433B", "802100433", True),
        (" 9144 0300-1922 0382 16 ", "192203821", True),
    ],
)
def test_credit_codes(text: str, organisation: str, fits: bool) -> None:
    found = organisations.credit_code(text)
    assert (found.organisation, found.organisation_fits) == (organisation, fits)
    assert organisations.organisation_code(f"{organisation[:8]}-{organisation[8]}") == organisation


@pytest.mark.parametrize(
    ("text", "zh"),
    [
        ("914403001922038217", "校验码"),
        ("9144030019220382", "现有 16 位"),
        ("9I4403001922038216", "不会出现 I"),
        ("91440A001922038216", "行政区划"),
        ("９14403001922038216", "全角"),
        ("", "现有 0 位"),
    ],
)
def test_wrong_credit_codes(text: str, zh: str) -> None:
    with pytest.raises(organisations.BadCode, match=zh):
        organisations.credit_code(text)


@given(
    st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9),
    st.integers(0, 17),
    st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"),
)
def test_one_wrong_character_of_a_credit_code_is_noticed(inner: str, place: int, other: str) -> None:
    body = f"91370103{inner}"
    code = body + organisations.credit_check(body)
    assert organisations.credit_code(code).code == code
    wrong = code[:place] + other + code[place + 1 :]
    if wrong != code:
        with pytest.raises(organisations.BadCode):
            organisations.credit_code(wrong)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13812345678", phones.Phone("13812345678", "mobile")),
        (" 138 1234-5678 ", phones.Phone("13812345678", "mobile")),
        ("+86 13812345678", phones.Phone("13812345678", "mobile")),
        ("8613812345678", phones.Phone("13812345678", "mobile")),
        ("0531-82012345", phones.Phone("053182012345", "landline")),
        ("(0531)82012345转801", phones.Phone("053182012345", "landline", "801")),
        ("0531-82012345-801", phones.Phone("053182012345", "landline", "801")),
        ("+86 531 82012345", phones.Phone("053182012345", "landline")),
        ("82012345", phones.Phone("053182012345", "landline")),
        ("010-62345678", phones.Phone("01062345678", "landline")),
        ("0086 10 62345678", phones.Phone("01062345678", "landline")),
        ("400-123-4567", phones.Phone("4001234567", "service")),
        ("+852 2345 6789", phones.Phone("+85223456789", "foreign")),
    ],
)
def test_phones(text: str, phone: phones.Phone) -> None:
    assert phones.parse(text, area_code="0531") == phone
    again = phones.parse(phone.number, area_code="0531")
    assert again.number == phone.number, "one spelling, read again, is the same"


@pytest.mark.parametrize(
    "text", ["", "1381234567", "138123456789", "１３８12345678", "12345678901", "无", "82012345", "0531", "+"]
)
def test_wrong_phones(text: str) -> None:
    with pytest.raises(phones.BadPhone):
        phones.parse(text)


@given(st.text(max_size=30))
def test_any_text_is_a_phone_in_plain_digits_or_refused(text: str) -> None:
    try:
        found = phones.parse(text, area_code="0531")
    except phones.BadPhone:
        return
    assert re.fullmatch(r"\+?[0-9]{7,15}", found.number)


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("市中区舜耕路20号3号楼2单元501室", "市中区舜耕路20号3号楼***"),
        ("舜玉小区3-2-501", "舜玉小区3***"),
        ("舜耕路20号", "舜耕路20号"),
        ("阳光新城A座1502", "阳光新城A座***"),
        ("殷家林村123号", "殷家林村***"),
        ("二七新村28号楼3-501", "二七新村28号楼***"),
        ("玉函路89号院5号楼301室", "玉函路89号院5号楼***"),
        ("银座大厦1203室", "银座大厦***"),
        ("舜玉社区", "舜玉社区"),
        ("", ""),
    ],
)
def test_masked_addresses(address: str, masked: str) -> None:
    assert masks.mask_address(address) == masked


@given(st.text("0123456789X", max_size=20))
def test_a_masked_number_keeps_half_at_most(number: str) -> None:
    masked = masks.mask_number(number)
    assert len(masked) == len(number)
    assert sum(character != "*" for character in masked) <= len(number) / 2
    assert masks.mask_number("370103199001011234") == "370***********1234"
