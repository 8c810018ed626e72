"""A sheet of residents comes in: new people, known people, conflicts and wrong cells, each row accounted for."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import date

import pytest

from tests.registry_rows import id_number, make_home, make_tag
from wangge.audit.models import Entry
from wangge.audit.selectors import verify_chain
from wangge.kit import keyring
from wangge.kit.errors import Invalid, NotFound
from wangge.kit.tables import TableUnreadable
from wangge.org import scope
from wangge.registry import sealing
from wangge.registry.models import Dwelling, Household, Import, ImportRow, ImportState, Person, Tag, Tie
from wangge.registry.selectors import imports as reading
from wangge.registry.services import imports
from wangge.registry.services.imports import deciding as imports_deciding
from wangge.registry.services.imports import rows as imports_rows
from wangge.registry.services.imports import running as imports_running
from wangge.registry.services.keeping import NotYours

pytestmark = pytest.mark.django_db

HEAD = [
    "姓名", "证件类型", "公民身份号码", "性别", "出生日期", "手机号", "人口类型", "户号", "与户主关系", "楼栋编码",
    "单元", "房号",
]  # fmt: skip


def sheet(*rows, head=HEAD, encoding="utf-8"):
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return out.getvalue().encode(encoding)


def person(name="赵甲", serial=900, *, born=date(1970, 3, 4), **changed):
    row = dict.fromkeys(HEAD, "") | {"姓名": name, "公民身份号码": id_number(serial, born=born), "人口类型": "户籍人口"}
    row |= {"楼栋编码": "T-grid1-1", "单元": "1单元", "房号": "502"}
    return [(row | changed)[column] for column in HEAD]


def without_number(name, born, **changed):
    return [*person(name, 0, 证件类型="无证件", 公民身份号码="", 出生日期=born, **changed), "遗失"]


@pytest.fixture
def home(district, system):
    with scope.acting(system):
        return make_home(district, "grid1")


def bring(actor, data, *, name="名单.csv", kind="residents", mapping=None):
    with scope.acting(actor):
        run = imports.upload(source=io.BytesIO(data), filename=name, kind=kind, by=actor, origin="社区走访")
        if mapping:
            imports.set_mapping(import_id=run.id, mapping={**run.mapping, **mapping}, by=actor)
        imports.start(import_id=run.id, by=actor)
    return imports_running.run_lots(import_id=run.id, by=actor)


def counts(run):
    return run.created, run.changed, run.same, run.conflicts, run.failed


def rows_of(run, actor):
    with scope.acting(actor):
        return list(ImportRow.objects.filter(run=run).order_by("row"))


def test_new_people_get_their_dwelling_household_and_tie(community_cadre, home):
    run = bring(
        community_cadre,
        sheet(
            person("赵甲", 901, 户号="H9", 与户主关系="户主", 手机号="139 0000 1234", 性别="男性"),
            person("赵小甲", 902, born=date(2015, 1, 2), 户号="H9", 与户主关系="子女", 性别=""),
        ),
    )
    assert counts(run) == (2, 0, 0, 0, 0)
    assert run.state == ImportState.DONE
    with scope.acting(community_cadre):
        dwelling = Dwelling.objects.get(label="502")
        assert (dwelling.building_id, dwelling.floor) == (home.building.id, 5)
        household = Household.objects.get(number="H9")
        assert (household.members, household.dwelling_id) == (2, dwelling.id)
        head = Person.objects.get(household_role="head", household=household)
        facts = sealing.open_(head)
        assert (facts.name, facts.phones, facts.birth) == ("赵甲", ("13900001234",), date(1970, 3, 4))
        assert head.id_key in sealing.id_keys(id_number(901, born=date(1970, 3, 4)))
        assert Tie.objects.filter(dwelling=dwelling, kind="lives", source="社区走访").count() == 2
        (entry,) = Entry.objects.filter(subject_id=head.id)
        assert (entry.action, entry.data) == (
            "registry:person:import",
            {"import": str(run.id), "source": "社区走访"},
        )
        assert verify_chain("person", head.id).breaks == []


def test_the_same_rows_again_change_nothing(community_cadre, home):
    rows = [
        person("赵甲", 901, 户号="H9", 与户主关系="户主", 手机号="13900001234"),
        person("钱乙", 0, 证件类型="无证件", 公民身份号码="", 出生日期="2024年3月1日"),
        person("Smith", 0, 证件类型="外国护照", 公民身份号码="AB1234567", 出生日期="1990/1/2", 人口类型="境外人员"),
    ]
    head = [*HEAD, "无证件原因"]
    rows = [[*row, "新生儿" if row[0] == "钱乙" else ""] for row in rows]
    first = bring(community_cadre, sheet(*rows, head=head))
    assert counts(first) == (3, 0, 0, 0, 0)
    second = bring(community_cadre, sheet(*rows, [""] * len(head), head=head) + b"\n\n")
    assert counts(second) == (0, 0, 3, 0, 0)


def test_the_same_file_is_told_which_import_it_was_and_can_be_gone_through_again(community_cadre, home):
    data = sheet(person())
    first = bring(community_cadre, data)
    with pytest.raises(imports.ImportRepeated) as told:
        bring(community_cadre, data)
    assert told.value.extra["import_id"] == str(first.id)
    assert "郑社区" in told.value.detail_zh
    with scope.acting(community_cadre):
        imports.start(import_id=first.id, by=community_cadre)
    assert counts(imports_running.run_lots(import_id=first.id, by=community_cadre)) == (0, 0, 1, 0, 0)


def test_each_wrong_cell_is_named_in_both_languages_and_stops_no_other_row(community_cadre, home):
    run = bring(
        community_cadre,
        sheet(
            person("孙丙", 903),
            person("全角", 0, 公民身份号码="３７０１０３１９９００３０７２９９Ｘ"),
            person("校验", 0, 公民身份号码="379999198005170011"),
            person("性别", 904, 性别="男"),
            person("电话", 905, 手机号="1380000"),
            person("楼栋", 906, 楼栋编码="T-none"),
            person("", 907),
            person("日期", 0, 证件类型="中国护照", 公民身份号码="E12345678", 出生日期="1990-02-30"),
            person("类型", 908, 人口类型="居民"),
            person("别处", 909, 楼栋编码="T-grid5-2"),
            person('=HYPERLINK("http://x")', 910),
        ),
    )
    assert counts(run) == (2, 0, 0, 0, 9)
    wrong = {row.row: row for row in rows_of(run, community_cadre)}
    assert {row: [one["at"] for one in found.errors] for row, found in wrong.items()} == {
        3: ["公民身份号码"],
        4: ["公民身份号码"],
        5: ["性别"],
        6: ["手机号"],
        7: ["楼栋编码"],
        8: ["姓名"],
        9: ["出生日期"],
        10: ["人口类型"],
        11: ["楼栋编码"],
    }
    assert all(one["zh"] and one["en"] for found in wrong.values() for one in found.errors)
    assert "全角" in wrong[3].errors[0]["zh"]
    with scope.acting(community_cadre):
        names = {sealing.open_(one).name for one in Person.objects.filter(source="社区走访")}
    assert names == {"孙丙", '=HYPERLINK("http://x")'}


def test_a_place_outside_ones_areas_is_an_error(community_cadre, district, system, home):
    with scope.acting(system):
        make_home(district, "grid5", serial=7)
    run = bring(community_cadre, sheet(person(楼栋编码="T-grid5-7")))
    assert counts(run) == (0, 0, 0, 0, 1)
    assert "不在您负责的区域" in rows_of(run, community_cadre)[0].errors[0]["zh"]


def test_a_place_is_found_by_estate_and_number_or_by_the_code_of_the_grid(community_cadre, home):
    head = ["姓名", "身份证号", "人口类型", "小区", "楼号", "单元", "房号", "网格编码"]
    run = bring(
        community_cadre,
        sheet(
            ["赵甲", id_number(911), "户籍人口", "睦和苑1", "3", "1", "301室", ""],
            ["钱乙", id_number(912), "流动人口", "", "", "", "", "370199001001001"],
            ["孙丙", id_number(913), "流动人口", "睦和苑1", "9号楼", "", "", ""],
            ["李丁", id_number(914), "流动人口", "睦和苑1", "三号楼", "", "", "370199001001002"],
            head=head,
        ),
    )
    assert counts(run) == (2, 0, 0, 0, 2)
    with scope.acting(community_cadre):
        assert Person.objects.get(dwelling=home.dwelling, source="社区走访").since is None
        assert Dwelling.objects.filter(building=home.building).count() == 1, "301室 is the known 301"
        lost = Person.objects.get(dwelling=None, source="社区走访")
        assert lost.area_pos == home.building.area_pos


def test_labels_stay_as_written(community_cadre, home):
    labels = ["地下-1", "A座1502", "一层门头"]
    bring(community_cadre, sheet(*(person(f"住{n}", 920 + n, 房号=label) for n, label in enumerate(labels))))
    with scope.acting(community_cadre):
        found = dict(Dwelling.objects.filter(label__in=labels).values_list("label", "floor"))
    assert found == {"地下-1": -1, "A座1502": 15, "一层门头": 1}


def test_gaps_are_filled_and_logged(community_cadre, home):
    row = person("王小试", 12, born=date(2022, 5, 17), 房号="301")
    run = bring(community_cadre, sheet([*row, "红星幼儿园"], head=[*HEAD, "工作单位"]))
    assert counts(run) == (0, 1, 0, 0, 0)
    with scope.acting(community_cadre):
        child = Person.objects.get(id=home.child.id)
        assert sealing.open_(child).workplace == "红星幼儿园"
        assert child.version == home.child.version + 1
        assert child.confirmed["work"]["source"] == "社区走访"
        (entry,) = Entry.objects.filter(subject_id=child.id)
        assert (entry.action, entry.data["fields"]) == ("registry:person:change", ["workplace"])


def test_conflicts_are_kept_field_by_field_with_both_values(community_cadre, home):
    run = bring(
        community_cadre,
        sheet(person("王侧试", 0, 公民身份号码=id_number(11), 房号="301", 手机号="13900009999", 人口类型="流动人口")),
    )
    assert counts(run) == (0, 0, 0, 1, 0)
    assert run.state == ImportState.CONFLICTS
    (row,) = rows_of(run, community_cadre)
    assert (row.outcome, row.subject_id) == ("conflict", home.head.id)
    with scope.acting(community_cadre):
        held = imports_rows.opened(row)
    assert {(one.field, one.known, one.given) for one in held.differences} == {
        ("name", "王测试", "王侧试"),
        ("phone", "13900000001", "13900009999"),
        ("registration", "registered", "floating"),
        ("sex", "female", "male"),
    }
    assert all(one.known_source == "test" and one.known_at for one in held.differences)


def decide(run, actor, decision):
    (row,) = rows_of(run, actor)
    with scope.acting(actor):
        return imports_deciding.decide(import_id=run.id, row_id=row.id, decision=decision, by=actor)


@pytest.mark.parametrize(("decision", "name", "phones"), [
    ("keep", "王测试", ("13900000001",)),
    ("merge", "王测试", ("13900000001",)),
    ("replace", "王侧试", ("13900009999",)),
])  # fmt: skip
def test_a_person_decides_on_a_conflict_once(community_cadre, home, decision, name, phones):
    data = sheet(person("王侧试", 0, 公民身份号码=id_number(11), 房号="301", 手机号="13900009999"))
    run = bring(community_cadre, data)
    row = decide(run, community_cadre, decision)
    assert row.outcome in {"kept", "merged", "replaced"}
    with scope.acting(community_cadre):
        facts = sealing.open_(Person.objects.get(id=home.head.id))
        assert (facts.name, facts.phones) == (name, phones)
        assert Import.objects.get(id=run.id).state == ImportState.DONE
    with pytest.raises(imports_deciding.RowDecided):
        decide(run, community_cadre, "keep")
    with scope.acting(community_cadre):
        imports.start(import_id=run.id, by=community_cadre)
    again = imports_running.run_lots(import_id=run.id, by=community_cadre)
    assert counts(again) == (0, 0, 1, 0, 0), "what was decided stands"


def test_one_number_on_two_names_is_never_a_new_person(community_cadre, home):
    run = bring(community_cadre, sheet(person("别人", 0, 公民身份号码=id_number(11), 房号="301")))
    with pytest.raises(imports_deciding.NotNew):
        decide(run, community_cadre, "new")


def test_names_alike_in_pinyin_with_the_same_birth_and_building_are_marked(community_cadre, home):
    row = without_number("王策试", "1980-05-17", 房号="601")
    run = bring(community_cadre, sheet(row, head=[*HEAD, "无证件原因"]))
    assert counts(run) == (0, 0, 0, 1, 0)
    (row,) = rows_of(run, community_cadre)
    assert (row.outcome, row.subject_id) == ("double", home.head.id)
    made = decide(run, community_cadre, "new")
    assert made.outcome == "new"
    with scope.acting(community_cadre):
        assert sealing.open_(Person.objects.get(id=made.subject_id)).name == "王策试"


def test_name_birth_and_building_make_one_person_where_a_number_is_missing(community_cadre, home):
    row = [
        *person(
            "王测试", 0, 证件类型="无证件", 公民身份号码="", 出生日期="1980-05-17", 房号="301", 手机号="13900000001"
        ),
        "遗失",
    ]
    assert counts(bring(community_cadre, sheet(row, head=[*HEAD, "无证件原因"]))) == (0, 0, 1, 0, 0)


def test_twins_with_numbers_are_two(community_cadre, home):
    run = bring(community_cadre, sheet(person("周大明", 930), person("周大民", 931)))
    assert counts(run) == (2, 0, 0, 0, 0)


def test_a_row_meets_what_an_earlier_row_of_the_sheet_wrote(community_cadre, home):
    run = bring(
        community_cadre,
        sheet(person("赵甲", 940), person("赵甲", 940), person("赵假", 940), person("赵甲", 940, 手机号="13900004321")),
    )
    assert counts(run) == (1, 1, 1, 1, 0)


def test_who_moved_out_and_is_in_a_sheet_again_waits_for_a_decision(community_cadre, home, system):
    with scope.acting(system):
        Person.objects.filter(id=home.head.id).update(status="moved_out", dwelling=None, household=None)
        Tie.objects.filter(person=home.head).update(valid_to=date(2025, 6, 1))
    run = bring(community_cadre, sheet(person("王测试", 0, 公民身份号码=id_number(11), 房号="301")))
    assert counts(run) == (0, 0, 0, 1, 0)
    decide(run, community_cadre, "replace")
    with scope.acting(community_cadre):
        back = Person.objects.get(id=home.head.id)
        assert (back.status, back.dwelling_id) == ("living_here", home.dwelling.id)
        assert Tie.objects.filter(person=back, valid_to=None).count() == 1


def test_who_lives_elsewhere_is_shown_masked_whole_and_not_taken_over(community_cadre, district, system, home):
    with scope.acting(system):
        other = make_home(district, "grid5", serial=8)
    run = bring(community_cadre, sheet(person("王测试", 0, 公民身份号码=id_number(81), 手机号="13900004444")))
    (row,) = rows_of(run, community_cadre)
    with scope.acting(community_cadre):
        held = imports_rows.opened(row)
        shown = [reading.shown("residents", one.field, one.known, elsewhere=held.elsewhere) for one in held.differences]
    assert held.elsewhere
    assert set(shown) == {"***"}
    with pytest.raises(NotYours):
        decide(run, community_cadre, "replace")
    with scope.acting(system):
        assert Person.objects.get(id=other.head.id).area_pos == other.head.area_pos


def test_tags_come_with_their_purpose_and_end(community_cadre, home, system):
    with scope.acting(system):
        make_tag(home.child, "living_alone")
    head = [*HEAD, "人群标签"]
    run = bring(
        community_cadre, sheet([*person("赵甲", 950), "living_alone"], [*person("钱乙", 951), "不存在"], head=head)
    )
    assert counts(run) == (1, 0, 0, 0, 1)
    with scope.acting(community_cadre):
        tag = Tag.objects.exclude(person=home.child).get()
        assert (tag.purpose, tag.legal_basis) == ("走访", "《测试法》")
        assert tag.expires_on > tag.review_on > tag.since


def test_households_have_one_head_and_one_dwelling(community_cadre, home):
    run = bring(
        community_cadre,
        sheet(
            person("赵甲", 960, 户号="H1", 与户主关系="户主"),
            person("钱乙", 961, 户号="H1", 与户主关系="户主"),
            person("孙丙", 962, 户号="H1", 与户主关系="配偶", 房号="603"),
            person("李丁", 963, 户号="", 与户主关系="配偶"),
        ),
    )
    assert counts(run) == (1, 0, 0, 0, 3)
    found = [row.errors[0]["zh"] for row in rows_of(run, community_cadre)]
    assert found == ["这一户已有户主", "户号已登记在另一处房屋", "填了与户主关系，还要填户号"]


def test_a_mapping_is_remembered_for_the_same_headings(community_cadre, home):
    head = ["人", *HEAD[1:]]
    data = sheet(person("赵甲", 970), head=head)
    with scope.acting(community_cadre):
        run = imports.upload(source=io.BytesIO(data), filename="a.csv", kind="residents", by=community_cadre)
        assert "name" not in run.mapping
        with pytest.raises(Invalid):
            imports.start(import_id=run.id, by=community_cadre)
        imports.set_mapping(import_id=run.id, mapping={**run.mapping, "name": "人"}, by=community_cadre)
        data = sheet(person("钱乙", 971), head=head)
        next_one = imports.upload(source=io.BytesIO(data), filename="b.csv", kind="residents", by=community_cadre)
    assert next_one.mapping["name"] == "人"


def test_a_preview_names_errors_and_writes_nothing(community_cadre, home):
    data = sheet(person("赵甲", 980), person("", 981))
    with scope.acting(community_cadre):
        before = Person.objects.count()
        run = imports.upload(source=io.BytesIO(data), filename="a.csv", kind="residents", by=community_cadre)
        seen = imports.preview(run=run, by=community_cadre)
        assert [len(one.errors) for one in seen] == [0, 1]
        assert Person.objects.count() == before


def test_others_do_not_find_the_import(community_cadre, other_grid_member, home):
    run = bring(community_cadre, sheet(person()))
    with scope.acting(other_grid_member), pytest.raises(NotFound):
        reading.import_of(run.id, by=other_grid_member)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_encodings_and_gzip_are_read(community_cadre, home, encoding):
    run = bring(community_cadre, gzip.compress(sheet(person("赵甲", 985), encoding=encoding)), name="名单.csv.gz")
    assert counts(run) == (1, 0, 0, 0, 0)


def test_an_open_quotation_mark_spoils_its_own_row_only(community_cadre, home):
    lines = (
        sheet(person("赵甲", 986), person("钱乙", 987), *(person(f"住{n}", n) for n in range(600, 630)))
        .decode()
        .split("\r\n")
    )
    lines[2] = '"' + lines[2]
    run = bring(community_cadre, "\r\n".join(lines).encode())
    assert counts(run) == (31, 0, 0, 0, 1)
    assert rows_of(run, community_cadre)[0].row == 3


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b"\xff\xfe\x00"),
        ("a.csv", b"a,b\x00\n1,2"),
        ("a.csv", b""),
        ("a.csv", "姓名,姓名\n1,2".encode()),
        ("a.csv.gz", gzip.compress(b"a,b\n", mtime=0)[:-9]),
        ("a.xlsx", b"PK\x03\x04 broken"),
        ("a.pdf", b"%PDF"),
    ],
)
def test_what_is_no_table_is_refused(community_cadre, home, name, data):
    with scope.acting(community_cadre), pytest.raises(TableUnreadable):
        imports.upload(source=io.BytesIO(data), filename=name, kind="residents", by=community_cadre)


def test_the_kept_file_holds_nothing_in_the_clear(community_cadre, home, settings):
    number = id_number(990)
    run = bring(community_cadre, sheet(person("赵甲", 0, 公民身份号码=number)))
    kept = (settings.WANGGE.data_dir / run.file_path).read_bytes()
    assert number.encode() not in kept
    assert "赵甲".encode() not in kept


def test_a_kept_file_moves_to_the_key_of_today(community_cadre, home, settings):
    data = sheet(person("赵甲", 991))
    with scope.acting(community_cadre):
        run = imports.upload(source=io.BytesIO(data), filename="a.csv", kind="residents", by=community_cadre)
    old = settings.FIELD_KEY
    settings.FIELD_KEYS_OLD = (old,)
    settings.FIELD_KEY = keyring.fresh(keyring.ring(old, (), "", ()))
    settings.INDEX_KEY = old[32:]
    assert imports.reseal() >= 1
    assert imports.reseal() == 0
    settings.FIELD_KEYS_OLD = ()
    with scope.acting(community_cadre):
        assert imports.sample(run, 1)[0][0] == "赵甲"
