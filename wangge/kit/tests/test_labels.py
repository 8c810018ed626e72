"""Labels of dwellings: the floor where they say one, an order for the board, nothing refused, nothing lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wangge.kit import labels


@pytest.mark.parametrize(
    ("text", "floor"),
    [
        ("1-2-301", 3),
        ("2-301", 3),
        ("301", 3),
        ("0301", 3),
        ("1203", 12),
        ("3号楼2单元501室", 5),
        ("３号楼２单元５０１室", 5),
        ("三号楼二单元五〇一室", 5),
        ("3楼2单元501", 5),
        ("12栋1803", 18),
        ("地下-1", -1),
        ("地下室", -1),
        ("地下一层", -1),
        ("地下2层205", -2),
        ("地下12号", -1),
        ("半地下", -1),
        ("负二层", -2),
        ("负101", -1),
        ("-1层", -1),
        ("-1-03", -1),
        ("-101", -1),
        ("B1-03", -1),
        ("b2", -2),
        ("B1502", 15),
        ("B1座301", 3),
        ("B1-2-301", 3),
        ("A座1502", 15),
        ("A-1502", 15),
        ("A1502", 15),
        ("西301", 3),
        ("一层门头", 1),
        ("一层门头房2号", 1),
        ("1-2层", 1),
        ("一至三层", 1),
        ("2F-门市3", 2),
        ("二楼东户", 2),
        ("十二层", 12),
        ("二十三楼", 23),
        ("首层商铺", 1),
        ("3-2-5东", 5),
        ("5西户", 5),
        ("101甲", 1),
        ("101-2", 1),
        ("3号楼2单元", None),
        ("顶层阁楼", None),
        ("阁楼", None),
        ("门市3", None),
        ("车库102", None),
        ("3-2", None),
        ("20号", None),
        ("A座", None),
        ("", None),
        ("传达室", None),
        ("🏠", None),
        ("²²²", 2),  # folded to 222
        ("99999", None),
        ("0", None),
        ("000", None),
    ],
)
def test_floors(text: str, floor: int | None) -> None:
    found = labels.parse(text)
    assert found.floor == floor
    assert found.text == unicodedata.normalize("NFC", text)


def test_a_board_sorts_by_floor_then_room() -> None:
    board = [
        "地下二层",
        "B1-03",
        "B1-10",
        "一层门头",
        "101",
        "101甲",
        "102",
        "201",
        "1001",
        "1002",
        "顶层阁楼",
        "传达室",
    ]
    in_order = sorted(set(board), key=lambda text: labels.parse(text).key)
    assert in_order[:3] == ["地下二层", "B1-03", "B1-10"]
    assert in_order[-2:] == ["顶层阁楼", "传达室"]
    floors = [labels.parse(text).floor for text in in_order[:-2]]
    assert floors == sorted(floor for floor in floors if floor is not None)
    assert in_order.index("101") < in_order.index("101甲") < in_order.index("102")


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("一", 1),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("二十三", 23),
        ("一百零二", 102),
        ("三〇一", 301),
        ("拾贰", 12),
        ("两", 2),
    ],
)
def test_numerals(numeral: str, value: int) -> None:
    assert labels.number(numeral) == value


@given(st.text(max_size=300))
def test_no_label_is_refused_or_changed(text: str) -> None:
    found = labels.parse(text)
    assert found.text == unicodedata.normalize("NFC", text).strip()
    assert found.floor is None or -9 <= found.floor <= 200
    assert found.key[:3].isdigit()


@given(st.text("0123456789一二三十百零〇层楼单元号室栋座地下负BF-东甲", max_size=12))
def test_no_mix_of_the_words_of_labels_is_refused(text: str) -> None:
    labels.parse(text)


@given(st.integers(1, 40), st.integers(1, 6), st.integers(1, 60), st.integers(1, 20))
def test_the_usual_ways_to_write_a_door_agree(building: int, entrance: int, floor: int, door: int) -> None:
    room = f"{floor}{door:02}"
    written = [f"{building}-{entrance}-{room}", f"{building}号楼{entrance}单元{room}室", f"{entrance}单元{room}", room]
    assert {labels.parse(text).floor for text in written} == {floor}
