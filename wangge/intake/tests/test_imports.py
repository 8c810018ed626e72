"""A file comes in: every row is a case, a repeat, or an error that names its cell."""

from dataclasses import replace

import pytest

from wangge.audit.models import Entry
from wangge.casework.models import Case
from wangge.casework.tests.conftest import fresh_memory, make_lists  # noqa: F401 - a fixture
from wangge.intake import fields, selectors, services
from wangge.intake.models import Import, ImportRow, ImportState
from wangge.intake.services import imports as importing
from wangge.kit import tables
from wangge.kit.errors import Invalid, NotFound
from wangge.org import scope

pytestmark = pytest.mark.django_db

FILE = """编号,标题,内容,时间,经度,纬度
A1,暴露垃圾,垃圾堆在路边,2026/3/2 09:10:00,{lon},{lat}
A2,路灯不亮,三盏都不亮,2026-03-02 09:11,{lon},{lat}
A3,,,2026-03-02 09:12,{lon},{lat}
A4,噪声,很吵,昨天,{lon},{lat}
A5,=1+1,内容是公式,2026-03-02,abc,{lat}
A6,=HYPERLINK("http://x"),链接,2026-03-02,,
"""


@pytest.fixture
def operator(dispatcher, district):
    make_lists(district)
    return dispatcher


def run(operator, text, *, mapping=None, options=None, name="热线.csv"):
    with scope.acting(operator):
        seen = services.preview(
            data=text.encode(),
            filename=name,
            channel="hotline12345",
            mapping=mapping,
            options=options or fields.Options(crs="WGS84"),
            by=operator,
        )
        services.start(import_id=seen.run.id, by=operator)
    return services.run_chunks(import_id=seen.run.id, by=operator)


def text_at(district):
    lon, lat = district.point("grid1")
    return FILE.format(lon=lon, lat=lat)


def test_a_preview_writes_no_case_and_names_the_cells_that_would_fail(operator, district):
    with scope.acting(operator):
        seen = services.preview(
            data=text_at(district).encode(),
            filename="a.csv",
            channel="hotline12345",
            mapping=None,
            options=fields.Options(crs="WGS84"),
            by=operator,
        )
        assert Case.objects.count() == 0
    assert {(p["row"], p["at"]) for p in seen.problems} == {("4", "标题"), ("5", "时间"), ("6", "经度")}
    assert seen.run.mapping["source_ref"] == "编号"


def test_every_row_is_accounted_for(operator, district):
    done = run(operator, text_at(district))
    assert (done.total, done.created, done.failed, done.duplicate) == (6, 3, 3, 0)
    assert done.state == ImportState.DONE
    with scope.acting(operator):
        assert ImportRow.objects.filter(run=done).count() == 6
        assert Case.objects.filter(channel="hotline12345").count() == 3
        assert Case.objects.get(source_ref="A6").title == '=HYPERLINK("http://x")'


def test_a_second_run_of_the_same_file_doubles_nothing(operator, district):
    run(operator, text_at(district))
    again = run(operator, text_at(district))
    assert (again.created, again.duplicate, again.failed) == (0, 3, 3)
    with scope.acting(operator):
        assert Case.objects.count() == 3


def test_what_cannot_be_placed_or_understood_waits_for_a_person(operator, district):
    run(operator, "编号,标题\nB1,说不清的事情\n", options=fields.Options())
    with scope.acting(operator):
        case = Case.objects.get(source_ref="B1")
        assert case.needs_human
        assert case.area_id is None


def test_the_same_sheet_comes_back_with_the_errors(operator, district):
    done = run(operator, text_at(district))
    with scope.acting(operator):
        back = tables.read_table(services.annotated(run=done), "back.xlsx")
    assert back.columns[-1] == "导入结果"
    notes = [row[-1] for row in back.rows]
    assert [bool(note) for note in notes] == [False, False, True, True, True, False]
    assert back.rows[4][1] == "=1+1"


def test_a_killed_run_takes_up_where_it_stopped(operator, district, monkeypatch):
    monkeypatch.setattr(importing, "CHUNK", 2)
    with scope.acting(operator):
        seen = services.preview(
            data=text_at(district).encode(),
            filename="a.csv",
            channel="hotline12345",
            mapping=None,
            options=fields.Options(crs="WGS84"),
            by=operator,
        )
        services.start(import_id=seen.run.id, by=operator)

    def stop(done, total):
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        services.run_chunks(import_id=seen.run.id, by=operator, progress=stop)
    with scope.acting(operator):
        assert Import.objects.get(id=seen.run.id).state == ImportState.RUNNING
        assert ImportRow.objects.count() == 4
    done = services.run_chunks(import_id=seen.run.id, by=operator)
    assert (done.created, done.failed) == (3, 3)


def test_a_mapping_that_cannot_be_is_refused_before_anything_is_kept(operator, district):
    with scope.acting(operator), pytest.raises(Invalid) as caught:
        services.preview(
            data=text_at(district).encode(),
            filename="a.csv",
            channel="hotline12345",
            mapping={"title": "没有这列", "nonsense": "标题"},
            options=fields.Options(crs="WGS84"),
            by=operator,
        )
    assert {e["at"] for e in caught.value.errors} == {"mapping.title", "mapping.nonsense"}


@pytest.mark.parametrize(
    "text",
    ["工单号,说了什么\nB1,路灯不亮\n", "标题,经度,纬度\n路灯不亮,117.0,36.6\n"],
    ids=["no title", "no coordinate system"],
)
def test_a_guess_that_misses_something_is_shown_to_be_completed_and_is_not_run(operator, district, text):
    with scope.acting(operator):
        seen = services.preview(
            data=text.encode(),
            filename="a.csv",
            channel="hotline12345",
            mapping=None,
            options=fields.Options(),
            by=operator,
        )
        assert len(seen.table.rows) == 1
        with pytest.raises(Invalid):
            services.start(import_id=seen.run.id, by=operator)


def test_who_imported_what_is_in_the_log(operator, district):
    done = run(operator, text_at(district))
    with scope.acting(operator):
        actions = list(
            Entry.objects.filter(subject_type="import", subject_id=done.id)
            .order_by("seq")
            .values_list("action", flat=True)
        )
    assert actions == ["intake:import:started", "intake:import:finished"]


def test_the_mapping_is_remembered_for_the_channel(operator, district):
    run(operator, "甲,乙\nC1,井盖坏了\n", mapping={"source_ref": "甲", "title": "乙"}, options=fields.Options())
    with scope.acting(operator):
        seen = services.preview(
            data="甲,乙\nC2,路灯坏了\n".encode(),
            filename="b.csv",
            channel="hotline12345",
            mapping=None,
            options=fields.Options(),
            by=operator,
        )
    assert seen.run.mapping == {"source_ref": "甲", "title": "乙"}


def test_the_list_of_channels_says_which_a_person_may_hand_in_on(client_for, people):
    listed = {
        who: {one["code"]: one["claimable"] for one in client_for(getattr(people, who)).get("/api/v1/channels").json()}
        for who in ("dispatcher", "grid_member")
    }
    assert listed["dispatcher"] == listed["dispatcher"] | {"hotline12345": True, "patrol": True, "public": False}
    assert listed["grid_member"] == listed["grid_member"] | {"hotline12345": False, "patrol": True, "alarm": False}


def everything():
    return Import.objects.count(), ImportRow.objects.count()


def test_the_database_shows_an_import_and_its_rows_to_whoever_brought_it(
    operator, district, subdistrict_dispatcher, grid_member
):
    run(subdistrict_dispatcher, text_at(district))
    seen = {}
    for who in (subdistrict_dispatcher, operator, grid_member):
        with scope.acting(who):
            seen[who.name] = everything()

    assert seen[subdistrict_dispatcher.name] == seen[operator.name] == (1, 6)
    assert operator.scope.all
    assert seen[grid_member.name] == (0, 0)
    assert everything() == (0, 0)  # no scope, no rows


def test_who_stands_in_goes_on_with_the_imports_of_who_is_away(operator, district, subdistrict_dispatcher, grid_member):
    away = subdistrict_dispatcher
    standing_in = replace(away, user_id=grid_member.user_id, name=grid_member.name, on_behalf_of=away.user_id)
    done = run(standing_in, text_at(district))

    assert (done.created, done.failed) == (3, 3)
    with scope.acting(away):
        assert selectors.import_of(done.id, by=away).state == ImportState.DONE
    with scope.acting(grid_member), pytest.raises(NotFound):
        selectors.import_of(done.id, by=grid_member)


def test_a_run_that_stops_says_so_though_nobody_is_signed_in(operator, subdistrict_dispatcher, district):
    with scope.acting(subdistrict_dispatcher):
        seen = services.preview(
            data=text_at(district).encode(), filename="a.csv", channel="hotline12345", mapping=None,
            options=fields.Options(crs="WGS84"), by=subdistrict_dispatcher,
        )  # fmt: skip
        services.start(import_id=seen.run.id, by=subdistrict_dispatcher)
    services.fail(import_id=seen.run.id, message="停了")
    with scope.acting(operator):
        assert Import.objects.get(id=seen.run.id).state == ImportState.FAILED
