"""国密: published test values, and every way in which a value must not open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from wangge.kit import crypto, keyring
from wangge.kit.crypto import CannotDecrypt

OTHER_KEY = "ab" * 32
OTHER_INDEX_KEY = "cd" * 16


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


def test_a_missing_key_is_named_with_what_to_do(settings: Settings) -> None:
    sealed = crypto.encrypt("张三", context="c")
    settings.FIELD_KEY = OTHER_KEY
    with pytest.raises(CannotDecrypt, match=f"缺少编号为 {sealed[:1].hex()} 的密钥") as caught:
        crypto.decrypt(sealed, context="c")
    assert "bring that key back" in caught.value.detail_en
    assert "WANGGE_FIELD_KEYS_OLD" in caught.value.detail_zh
    assert caught.value.extra == {"key_id": sealed[:1].hex()}


def test_through_a_rotation_old_values_open_and_are_found_and_new_ones_are_under_the_new_key(
    settings: Settings,
) -> None:
    old_key, sealed, index = settings.FIELD_KEY, crypto.encrypt("张三", context="c"), crypto.blind_index("张三")
    number, anchor = crypto.index64("name", "张三"), crypto.keyed_sm3(b"anchor")
    assert not crypto.needs_resealing(sealed)
    settings.FIELD_KEY, settings.FIELD_KEYS_OLD = OTHER_KEY, (old_key,)
    assert crypto.decrypt(sealed, context="c") == "张三"
    assert crypto.needs_resealing(sealed)
    assert crypto.sealed_under(memoryview(sealed)) == sealed[:1]
    anew = crypto.encrypt("张三", context="c")
    assert anew[:1] != sealed[:1]
    assert not crypto.needs_resealing(anew)
    assert crypto.blind_indexes("张三") == [crypto.blind_index("张三"), index]
    assert crypto.index64s("name", "张三") == [crypto.index64("name", "张三"), number]
    assert crypto.keyed_sm3s(b"anchor") == [crypto.keyed_sm3(b"anchor"), anchor]


def test_the_index_key_stays_when_only_the_field_key_rotates_and_the_other_way_round(settings: Settings) -> None:
    old_key, index = settings.FIELD_KEY, crypto.blind_index("张三")
    settings.FIELD_KEY, settings.FIELD_KEYS_OLD, settings.INDEX_KEY = OTHER_KEY, (old_key,), old_key[32:]
    assert crypto.blind_indexes("张三") == [index]
    sealed = crypto.encrypt("张三", context="c")
    settings.INDEX_KEY, settings.INDEX_KEYS_OLD = OTHER_INDEX_KEY, (old_key[32:],)
    assert crypto.blind_indexes("张三")[1:] == [index]
    assert crypto.blind_index("张三") != index
    assert not crypto.needs_resealing(sealed)


def test_a_number_depends_on_kind_and_key_and_folds_width() -> None:
    assert crypto.index64("phone", " １３８12345678") == crypto.index64("phone", "13812345678")
    assert crypto.index64("phone", "13812345678") != crypto.index64("id", "13812345678")
    assert crypto.index64("a", "b") != crypto.index64("ab", "")


@given(st.lists(st.text(max_size=30).filter(lambda text: text.isprintable()), max_size=5))
def test_many_at_once_are_as_one_by_one(texts: list[str]) -> None:
    texts = [text.encode("utf-8", "ignore").decode() for text in texts]
    numbers = crypto.index64_many("name", texts)
    assert numbers == [crypto.index64("name", text) for text in texts]
    assert all(-(2**63) <= number < 2**63 for number in numbers)
    sealed = crypto.seal_many(texts, context="c")
    assert [crypto.decrypt(one, context="c") for one in sealed] == texts
    assert len({one[1:13] for one in sealed}) == len(texts), "a nonce came twice"


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        (("ab", (), "", ()), "WANGGE_FIELD_KEY "),
        (("é" * 64, (), "", ()), "WANGGE_FIELD_KEY "),
        (("ab" * 32, ("ab" * 16,), "", ()), "WANGGE_FIELD_KEYS_OLD"),
        (("ab" * 32, (), "ab" * 32, ()), "WANGGE_INDEX_KEY "),
        (("ab" * 32, (), "ab" * 16, ("x" * 32,)), "WANGGE_INDEX_KEYS_OLD"),
    ],
)
def test_wrong_keys_name_their_variable(keys: tuple[str, tuple[str, ...], str, tuple[str, ...]], name: str) -> None:
    with pytest.raises(keyring.BadKeys) as caught:
        keyring.ring(*keys)
    assert caught.value.detail_en.startswith(name)


def test_two_keys_with_one_id_are_refused_and_a_fresh_one_avoids_the_known() -> None:
    first = keyring.fresh()
    twin = next(key for key in iter(keyring.fresh, None) if _id(key) == _id(first) and key != first)
    with pytest.raises(keyring.BadKeys, match=_id(first).hex()):
        keyring.ring(first, (twin,), "", ())
    assert keyring.ring(first, (first,), "", ()).old == []
    known = keyring.ring(first, (), "", ())
    assert all(_id(keyring.fresh(known)) != known.current for _ in range(600))


def _id(key: str) -> bytes:
    return keyring.id_of(bytes.fromhex(key)[:16])


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
