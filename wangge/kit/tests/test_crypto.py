"""国密: published test values, and every way in which a value must not open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from wangge.kit import crypto
from wangge.kit.crypto import CannotDecrypt

OTHER_KEY = "ab" * 32


@pytest.mark.parametrize(
    ("text", "digest"),
    [  # GB/T 32905-2016, appendix A
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_gives_the_values_of_the_standard(text: bytes, digest: str) -> None:
    assert crypto.sm3(text).hex() == digest
    pieces = crypto.Digest()
    pieces.update(text[:2])
    pieces.update(text[2:])
    assert pieces.finish().hex() == digest


@given(st.text(max_size=40), st.text(max_size=20))
def test_what_was_sealed_opens_again(text: str, context: str) -> None:
    text, context = (part.encode("utf-8", "ignore").decode() for part in (text, context))
    assert crypto.decrypt(crypto.encrypt(text, context=context), context=context) == text


def test_the_same_text_is_sealed_differently_each_time_but_found_by_its_index() -> None:
    assert crypto.encrypt("13812345678", context="c") != crypto.encrypt("13812345678", context="c")
    assert crypto.blind_index("13812345678") == crypto.blind_index(" １３８12345678 ")
    assert crypto.blind_index("13812345678") != crypto.blind_index("13812345679")


@given(st.integers(min_value=0, max_value=32), st.integers(min_value=0, max_value=7))
def test_a_single_flipped_bit_is_noticed(byte: int, bit: int) -> None:
    sealed = bytearray(crypto.encrypt("张三", context="c"))
    sealed[byte % len(sealed)] ^= 1 << bit
    with pytest.raises(CannotDecrypt):
        crypto.decrypt(bytes(sealed), context="c")


def test_a_value_moved_to_another_column_does_not_open() -> None:
    sealed = crypto.encrypt("张三", context="case:reporter_name")
    with pytest.raises(CannotDecrypt, match="case:address"):
        crypto.decrypt(sealed, context="case:address")


def test_another_key_is_named_as_the_reason(settings: Settings) -> None:
    sealed = crypto.encrypt("张三", context="c")
    settings.FIELD_KEY = OTHER_KEY
    with pytest.raises(CannotDecrypt, match="WANGGE_FIELD_KEY") as caught:
        crypto.decrypt(sealed, context="c")
    assert "bring that key back" in caught.value.detail_en
    settings.FIELD_KEY = "ab"
    with pytest.raises(CannotDecrypt, match="64"):
        crypto.encrypt("张三", context="c")


def test_a_cut_value_is_refused() -> None:
    with pytest.raises(CannotDecrypt, match="不完整"):
        crypto.decrypt(crypto.encrypt("", context="c")[:-1], context="c")


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("13812345678", "138****5678"), ("053182012345", "053*****2345"), ("12345", "1***5"), ("1", "*"), ("", "")],
)
def test_masked_phones(phone: str, masked: str) -> None:
    assert crypto.mask_phone(phone) == masked


@pytest.mark.parametrize(("name", "masked"), [("王伟", "王*"), ("欧阳娜娜", "欧***"), ("", "")])
def test_masked_names(name: str, masked: str) -> None:
    assert crypto.mask_name(name) == masked
