"""Sheets of dwellings, organisations, premises, components and devices; templates; the same over HTTP."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from tests.registry_rows import id_number, make_home
from wangge.kit import organisations, tables
from wangge.org import scope
from wangge.registry import tasks
from wangge.registry.models import Component, Device, Dwelling, Import, ImportRow, Organisation, Person, Premises
from wangge.registry.selectors import imports as reading
from wangge.registry.services import imports
from wangge.registry.services.imports import deciding as imports_deciding
from wangge.registry.services.imports import running as imports_running
from wangge.registry.services.imports import things_writing as imports_things_writing
from wangge.registry.services.imports.fields import FIELDS, NoSuchKind, guess
from wangge.registry.services.imports.templates import EXAMPLE, template

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(district, system):
    with scope.acting(system):
        return make_home(district, "grid1")


def uscc(serial):
    body = f"91379999MA{serial:07}"
    return body + organisations.credit_check(body)


def bring(actor, kind, head, *rows, name="表.csv"):
    out = io.StringIO()
    csv.writer(out).writerows([head.split(), *rows])
    with scope.acting(actor):
        run = imports.upload(
            source=io.BytesIO(out.getvalue().encode()), filename=name, kind=kind, by=actor, origin="普查"
        )
        imports.start(import_id=run.id, by=actor)
    return imports_running.run_lots(import_id=run.id, by=actor)


def counts(run):
    return run.created, run.changed, run.same, run.conflicts, run.failed


def rows_of(run, actor):
    with scope.acting(actor):
        return list(ImportRow.objects.filter(run=run).order_by("row"))


def test_dwellings_are_added_filled_in_and_compared(community_cadre, home):
    head = "楼栋编码 单元 房号 用途 建筑面积"
    run = bring(
        community_cadre,
        "dwellings",
        head,
        ["T-grid1-1", "1单元", "301", "", "88.5"],
        ["T-grid1-1", "1单元", "302", "出租", "60"],
        ["T-grid1-1", "", "地下-1", "仓储", ""],
        ["T-grid1-1", "1单元", "302室", "出租", "60"],
        ["T-grid1-1", "1单元", "303", "别墅", "６０"],
    )
    assert counts(run) == (2, 1, 1, 0, 1)
    assert [one["at"] for one in rows_of(run, community_cadre)[0].errors] == ["用途", "建筑面积"]
    with scope.acting(community_cadre):
        assert Dwelling.objects.get(id=home.dwelling.id).area_m2 == 88.5
        assert Dwelling.objects.get(label="地下-1").floor == -1
    again = bring(community_cadre, "dwellings", head, ["T-grid1-1", "1单元", "301", "出租", "90"])
    assert counts(again) == (0, 0, 0, 1, 0)
    (row,) = rows_of(again, community_cadre)
    with scope.acting(community_cadre):
        imports_deciding.decide(import_id=again.id, row_id=row.id, decision="replace", by=community_cadre)
        assert Dwelling.objects.get(id=home.dwelling.id).use == "rented"


def test_organisations_keep_their_people_sealed(community_cadre, home):
    head = "名称 类型 统一社会信用代码 无代码原因 法定代表人 联系电话 网格编码"
    grid = "370199001001001"
    rows = [
        ["济南甲公司", "企业", uscc(1), "", "赵甲", "0531-82001234", grid],
        ["乙合作社", "社会组织", "", "正在办理", "", "", grid],
        ["丙公司", "企业", "91379999MA0000001X", "", "", "", grid],
        ["丁公司", "企业", "", "", "", "", grid],
        ["戊公司", "企业", uscc(2), "", "", "", ""],
    ]
    run = bring(community_cadre, "organisations", head, *rows)
    assert counts(run) == (2, 0, 0, 0, 3)
    with scope.acting(community_cadre):
        made = Organisation.objects.get(uscc=uscc(1))
        assert imports_things_writing.opened(made) == {"legal_person": "赵甲", "phone": "053182001234"}
        assert "赵甲".encode() not in bytes(made.sealed)
    rows[0][0] = "济南甲有限公司"
    again = bring(community_cadre, "organisations", head, *rows[:2], name="b.csv")
    assert counts(again) == (0, 0, 1, 1, 0)


def test_premises_components_and_devices_are_placed(community_cadre, district, home):
    lon, lat = map(str, district.point("grid1"))
    far_lon, far_lat = map(str, district.point("grid5"))
    shops = bring(
        community_cadre,
        "premises",
        "场所名称 场所类型 楼栋编码 经度 纬度 坐标系 风险",
        ["便民超市", "商铺", "T-grid1-1", "", "", "", "燃气、明火"],
        ["早市", "市场", "", lon, lat, "CGCS2000", ""],
        ["远处", "市场", "", far_lon, far_lat, "CGCS2000", ""],
        ["无系", "市场", "", lon, lat, "", ""],
        ["外地", "市场", "", "10", "10", "WGS84", ""],
    )
    assert counts(shops) == (2, 0, 0, 0, 3)
    with scope.acting(community_cadre):
        shop = Premises.objects.get(name="便民超市")
        assert (shop.building_id, shop.hazards, shop.area_pos) == (
            home.building.id,
            ["gas", "open_fire"],
            home.building.area_pos,
        )
    head = "部件编码 部件类别 经度 纬度 坐标系 状态"
    assert counts(bring(community_cadre, "components", head, ["C9", "0101", lon, lat, "WGS84", "完好"])) == (
        1,
        0,
        0,
        0,
        0,
    )
    worse = bring(community_cadre, "components", head, ["C9", "0101", lon, lat, "WGS84", "破损"])
    assert counts(worse) == (0, 0, 0, 1, 0)
    (row,) = rows_of(worse, community_cadre)
    with scope.acting(community_cadre):
        imports_deciding.decide(import_id=worse.id, row_id=row.id, decision="replace", by=community_cadre)
        component = Component.objects.get(code="C9")
        assert (component.state, component.version) == ("damaged", 2)
    devices = bring(
        community_cadre,
        "devices",
        "设备编码 设备类型 楼栋编码 单元 房号 责任单位编码",
        ["S1", "烟感", "T-grid1-1", "1单元", "301", "370199001001-jw"],
        ["S2", "烟感", "T-grid1-1", "", "", "no-such"],
        ["S1", "烟感", "T-grid1-1", "1单元", "301", ""],
    )
    assert counts(devices) == (1, 0, 1, 0, 1)
    with scope.acting(community_cadre):
        assert Device.objects.get(code="S1").dwelling_id == home.dwelling.id


@pytest.mark.parametrize("kind", FIELDS)
def test_a_template_has_lists_an_explanation_and_an_example_that_is_skipped(kind, community_cadre, home):
    data = template(kind, tags=["独居老人"])
    table = tables.read_table(data, "t.xlsx")
    mapping = guess(kind, table.columns)
    assert set(mapping) == {one.name for one in FIELDS[kind]}
    assert table.rows[0][-1] == EXAMPLE
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        first = book.read("xl/worksheets/sheet1.xml").decode()
        names = book.read("xl/workbook.xml").decode()
    lists = sum(bool(one.words) for one in FIELDS[kind]) + (kind == "residents")
    assert first.count("<dataValidation ") == lists
    assert "填写说明" in names
    with scope.acting(community_cadre):
        run = imports.upload(source=io.BytesIO(data), filename="t.xlsx", kind=kind, by=community_cadre)
        assert run.total == 0


def test_a_filled_in_template_is_imported(community_cadre, home):
    columns = tables.read_table(template("residents"), "t.xlsx").columns
    given = {"姓名*": "赵甲", "证件号码": id_number(1), "人口类型*": "户籍人口", "楼栋编码": "T-grid1-1", "房号": "9"}
    out = io.BytesIO()
    tables.write_xlsx(out, columns, [[given.get(column, "") for column in columns]])
    with scope.acting(community_cadre):
        run = imports.upload(source=io.BytesIO(out.getvalue()), filename="t.xlsx", kind="residents", by=community_cadre)
        imports.start(import_id=run.id, by=community_cadre)
    assert counts(imports_running.run_lots(import_id=run.id, by=community_cadre)) == (1, 0, 0, 0, 0)


def test_there_is_no_template_for_other_kinds():
    with pytest.raises(NoSuchKind):
        template("cases")


def test_over_http_from_upload_to_decision_and_the_sheet_back(client_for, community_cadre, home, grid_member):
    client = client_for(community_cadre)
    rows = [
        ["姓名", "身份证号", "人口类型", "楼栋编码", "房号", "手机号"],
        ["王侧试", id_number(11), "户籍人口", "T-grid1-1", "", "13900008888"],
        ["", id_number(13), "户籍人口", "T-grid1-1", "1", ""],
        ["赵甲", id_number(14), "户籍人口", "T-grid1-1", "1", ""],
    ]
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    file = io.BytesIO(text.getvalue().encode())
    file.name = "名单.csv"
    base = "/api/v1/registry/imports"
    assert client_for(grid_member).get(base).status_code == 403
    made = client.post(base, {"file": file, "kind": "residents", "source": "走访"})
    assert made.status_code == 201, made.content
    body = made.json()
    assert (body["total"], body["mapping"]["phone"], body["wanting"]) == (3, "手机号", [])
    assert body["sample"][0][0] == "王侧试"
    one = f"{base}/{body['id']}"
    preview = client.get(f"{one}/preview").json()
    assert preview["wrong"] == 1
    mapped = client.patch(one, {"mapping": body["mapping"]}, content_type="application/json")
    assert mapped.status_code == 200, mapped.content
    assert client.post(f"{one}/run").status_code == 202
    with scope.acting(community_cadre):
        assert not Person.objects.filter(source="走访").exists(), "the worker does it"
    imports_running.run_lots(import_id=body["id"], by=community_cadre)
    after = client.get(one).json()
    assert (after["state"], after["created"], after["conflicts"], after["failed"]) == ("conflicts", 1, 1, 1)
    page = client.get(f"{one}/rows?limit=1").json()
    assert page["next"]
    (row,) = page["items"]
    shown = {found["field"]: (found["known"], found["given"]) for found in row["conflict"]}
    assert shown["name"] == ("王**", "王侧试")
    assert shown["phone"] == ("139****0001", "13900008888")
    assert row["decisions"] == ["keep", "replace", "merge", "new"]
    wrong = client.get(f"{one}/rows?outcome=failed").json()["items"][0]["errors"][0]
    assert (wrong["at"], wrong["en"]) == ("姓名", "must not be empty")
    sheet = tables.read_table(client.get(f"{one}/result.xlsx").content, "r.xlsx")
    assert [bool(found[-1]) for found in sheet.rows] == [True, True, False]
    assert "王测试" not in sheet.rows[0][-1]
    assert "13900000001" not in sheet.rows[0][-1]
    decided = client.post(f"{one}/rows/{row['id']}", {"decision": "keep"}, content_type="application/json")
    assert decided.json()["outcome"] == "kept"
    assert client.get(one).json()["state"] == "done"
    file.seek(0)
    again = client.post(base, {"file": file, "kind": "residents", "source": "走访"})
    assert again.status_code == 409
    assert again.json()["import_id"] == body["id"]
    assert client.get("/api/v1/registry/templates/residents.xlsx").content[:2] == b"PK"
    assert client.get("/api/v1/registry/templates/cases.xlsx").status_code == 422


def test_the_worker_runs_an_import_as_the_person_who_started_it(community_cadre, home):
    data = f"姓名,身份证号,人口类型,楼栋编码\n赵甲,{id_number(21)},户籍人口,T-grid1-1\n".encode()
    with scope.acting(community_cadre):
        run = imports.upload(source=io.BytesIO(data), filename="a.csv", kind="residents", by=community_cadre)
        imports.start(import_id=run.id, by=community_cadre)
    job = {"import_id": str(run.id), "user_id": str(community_cadre.user_id), "post_id": str(community_cadre.post_id)}
    tasks.run_import(**job)
    with scope.acting(community_cadre):
        done = reading.import_of(run.id, by=community_cadre)
        assert (done.state, done.created) == ("done", 1)
        kept = done.file_path
        Import.objects.filter(id=run.id).update(state="running", next_row=0, file_path="gone")
    tasks.run_import(**job)
    with scope.acting(community_cadre):
        stopped = reading.import_of(run.id, by=community_cadre)
        assert (stopped.state, stopped.error) == ("paused", "原文件已按保存期限删除")
        Import.objects.filter(id=run.id).update(file_path=kept)
