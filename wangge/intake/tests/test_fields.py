import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from wangge.intake import fields
from wangge.kit.errors import Invalid

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2019/2/28 11:25:05", "2019-02-28T11:25:05+08:00"),
        ("2020-1-4 9:07:46", "2020-01-04T09:07:46+08:00"),
        ("2019-02-28T11:25:05Z", "2019-02-28T11:25:05+00:00"),
        ("2019-02-28 11:25:05+0800", "2019-02-28T11:25:05+08:00"),
        ("2019年2月28日", "2019-02-28T00:00:00+08:00"),
        ("2019.2.28 7:05", "2019-02-28T07:05:00+08:00"),
    ],
)
def test_times_are_read_as_people_write_them(written, meant):
    assert fields.parse_time(written, SHANGHAI) == dt.datetime.fromisoformat(meant)


@pytest.mark.parametrize(
    "written",
    [
        "9999-12-31 23:59",
        "昨天",
        "2019/13/1",
        "2019-02-30",
        "28/2/2019",
        "２０１９-０２-２８",
        "44000",
        "2019-02-28 25:00",
    ],
)
def test_other_times_are_refused_rather_than_guessed(written):
    with pytest.raises(fields.CellError):
        fields.parse_time(written, SHANGHAI)


def test_the_columns_of_a_message_export_are_recognised():
    columns = ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "反对数", "点赞数"]
    assert fields.guess(columns) == {
        "title": "留言主题",
        "description": "留言详情",
        "source_ref": "留言编号",
        "occurred_at": "留言时间",
        "reporter_name": "留言用户",
    }


def test_coordinates_without_a_declared_system_are_refused():
    with pytest.raises(Invalid) as caught:
        fields.check_mapping({"title": "t", "lon": "x", "lat": "y"}, ["t", "x", "y"], fields.Options())
    assert [e["at"] for e in caught.value.errors] == ["options.crs"]


@pytest.mark.parametrize("raw", ["１１７.0", "NaN", "1e999", "181", "abc", "117,0"])
def test_a_coordinate_that_is_none_names_its_column(raw):
    _, errors = fields.read_row(
        {"t": "井盖", "x": raw, "y": "36"}, {"title": "t", "lon": "x", "lat": "y"}, fields.Options(crs="WGS84")
    )
    assert [e["at"] for e in errors] == ["x"]


def test_a_row_without_a_title_takes_the_first_sentence():
    values, errors = fields.read_row({"d": "路灯坏了三天。没人修"}, {"description": "d"}, fields.Options())
    assert values["title"] == "路灯坏了三天"
    assert errors == []


def test_an_empty_row_says_so():
    _, errors = fields.read_row({"t": " ", "d": ""}, {"title": "t", "description": "d"}, fields.Options())
    assert errors[0]["at"] == "t"
