import pytest

from wangge.kit import text


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("阿不都·热合曼", "阿不都•热合曼"),
        ("ＡＢＣ小区", "abc小区"),
        ("张\u200b三", "张三"),
        ("李 四", "李四"),
        ("Ⅲ期", "iii期"),
    ],
)
def test_search_folds_what_people_see_as_the_same(written, searched):
    assert text.fold(written) == text.fold(searched)


def test_hidden_controls_are_shown_to_the_reader():
    assert text.visible("付款\u202e账户") == "付款⟨U+202E⟩账户"


def test_characters_beyond_the_basic_plane_survive():
    assert text.nfc("𠀋𬱖") == "𠀋𬱖"
    assert text.search_tokens("𠀋𬱖") == ["𠀋𬱖"]


def test_every_query_token_of_a_substring_is_a_token_of_the_whole():
    whole = "舜玉路街道舜玉花园3号楼东侧污水井盖缺失，夜间危险！"
    tokens = set(text.search_tokens(whole))
    for start in range(len(whole)):
        for end in range(start + 2, min(len(whole), start + 8)):
            part = whole[start:end]
            for token in text.query_tokens(part):
                assert token in tokens or len(token) == 1
