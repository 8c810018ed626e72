"""What a sheet of each kind may hold, under which headings people write it, and which words its cells may use."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from wangge.kit import identity
from wangge.kit.errors import Invalid, Problem, field_error
from wangge.kit.text import fold
from wangge.registry import place_wording
from wangge.registry.models import DwellingUse, OrganisationKind, Registration, Sex
from wangge.registry.wording import HOUSEHOLD_ROLES

Words = Mapping[str, str]
"""Code → what people write."""

ROLES: Words = MappingProxyType({code: zh for code, (zh, _) in HOUSEHOLD_ROLES.items()})
PREMISES, HAZARDS, DEVICES, COMPONENT_STATES, DEVICE_STATES = (
    MappingProxyType({code: zh for code, (zh, _) in table.items()})
    for table in (
        place_wording.PREMISES_KINDS,
        place_wording.HAZARDS,
        place_wording.DEVICE_KINDS,
        place_wording.COMPONENT_STATES,
        place_wording.DEVICE_STATES,
    )
)
DATUMS: Words = MappingProxyType({one: one for one in ("CGCS2000", "WGS84", "GCJ02", "BD09")})
SEXES: Words = MappingProxyType({code: name for code, name in Sex.choices if code != Sex.UNKNOWN})
REGISTRATIONS: Words = MappingProxyType(dict(Registration.choices))
USES: Words = MappingProxyType(dict(DwellingUse.choices))
ORGANISATIONS: Words = MappingProxyType(dict(OrganisationKind.choices))
ID_KINDS: Words = MappingProxyType({str(kind): zh for kind, (zh, _) in identity.NAMES.items()})


class NoSuchKind(Problem):
    code = "no_such_kind"
    status = 422
    title_zh = "没有这种导入"
    title_en = "There is no such kind of import"


@dataclass(frozen=True)
class Field:
    """`words`: the cell holds one of these, by code or by name; `several`: more than one, separated by 、 or ;"""

    name: str
    zh: str
    en: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    words: Words = field(default_factory=dict)
    several: bool = False
    limit: int = 80
    example: str = ""
    hint_zh: str = ""
    hint_en: str = ""


def _field(name: str, zh: str, en: str, synonyms: str = "", **rest: object) -> Field:
    return Field(name, zh, en, tuple(synonyms.split()), **rest)  # type: ignore[arg-type]  # checked where it is read


_ROOM = (
    _field(
        "building_code", "楼栋编码", "building code", "楼栋代码 楼幢编码 建筑编码",
        limit=40, example="370103-0001",
    ),
    _field("estate", "小区", "estate", "小区名称 住宅小区 所属小区", example="睦和苑"),
    _field("building", "楼栋", "building", "楼号 楼栋号 楼幢 幢号 楼座 楼", example="3号楼"),
    _field("entrance", "单元", "entrance", "单元号 门洞 楼门", limit=40, example="2单元"),
    _field(
        "room", "房号", "room", "房间号 室号 门牌 房屋 户室 房屋编号 门户", limit=40, example="501",
        hint_zh="照实填写，如 501、地下-1、A座1502、一层门头", hint_en="as people write it: 501, 地下-1, A座1502",
    ),
)  # fmt: skip
_AREA = _field(
    "area_code", "社区或网格编码", "community or grid code", "网格编码 网格代码 社区编码 社区代码 所属网格 网格 社区",
    limit=20, example="370103001001001",
)  # fmt: skip
_POINT = (
    _field("lon", "经度", "longitude", "lon lng 经度坐标 x", example="116.98"),
    _field("lat", "纬度", "latitude", "lat 纬度坐标 y", example="36.65"),
    _field(
        "crs", "坐标系", "datum", "坐标系统 crs", words=DATUMS, example="CGCS2000",
        hint_zh="填了经纬度就要填", hint_en="needed with longitude and latitude",
    ),
)  # fmt: skip
_SOURCE = _field("source", "来源", "source", "数据来源 信息来源", limit=40, example="入户走访")

FIELDS: Mapping[str, tuple[Field, ...]] = MappingProxyType({
    "residents": (
        _field(
            "name", "姓名", "name", "名字 姓名（必填） 居民姓名 人员姓名",
            required=True, limit=60, example="张三（示例）",
        ),
        _field(
            "id_kind", "证件类型", "kind of document", "证件种类 证件名称 证件类别", words=ID_KINDS,
            example="居民身份证", hint_zh="不填时按号码判断",
            hint_en="guessed from the number when empty",
        ),
        _field(
            "id_number", "证件号码", "number of the document",
            "身份证号 身份证号码 公民身份号码 公民身份证号码 证件号 身份证 居民身份证号 身份号码",
            example="11010119900307299X", hint_zh="设为文本格式；15 位旧号自动升为 18 位",
            hint_en="as text; old numbers of 15 digits become 18",
        ),
        _field("no_id_reason", "无证件原因", "why there is no document", "无证原因 无证件理由", example=""),
        _field("sex", "性别", "sex", "", words=SEXES, example="女"),
        _field(
            "birth", "出生日期", "date of birth", "出生年月日 生日 出生时间", example="1990-03-07",
            hint_zh="没有身份证号的必填", hint_en="needed where no identity card says it",
        ),
        _field(
            "phone", "联系电话", "phone", "手机号 手机 电话 手机号码 联系方式 电话号码 移动电话",
            example="13800000000",
        ),
        _field(
            "registration", "人口类型", "registration", "人口类别 居住类型 人员类别 人员类型 登记类型",
            required=True, words=REGISTRATIONS, example="户籍人口",
        ),
        _field("household_number", "户号", "household number", "家庭编号 户编号 户口编号", limit=40, example="H0001"),
        _field(
            "household_role", "与户主关系", "household role", "家庭关系 与户主的关系 户主关系",
            words=ROLES, example="户主",
        ),
        _AREA, *_ROOM,
        _field("since", "入住日期", "living there since", "居住起始 来本地日期 入住时间", example="2018-05-01"),
        _field("tags", "人群标签", "groups", "标签 重点人群 人员标签", several=True, limit=200, example=""),
        _field("registered_address", "户籍地址", "registered address", "户籍地 户口所在地 户籍所在地", limit=160),
        _field("ethnicity", "民族", "ethnicity", "", limit=20, example="汉族"),
        _field("workplace", "工作单位", "workplace", "单位 就业单位 工作单位名称 服务处所", limit=120),
        _field("note", "备注", "note", "说明", limit=200),
        _SOURCE,
    ),
    "dwellings": (
        *_ROOM,
        _field("use", "用途", "use", "房屋用途 使用性质 房屋状态", words=USES, example="自住"),
        _field("area_m2", "建筑面积", "floor area in m²", "面积 房屋面积 建筑面积（平方米）", example="89.5"),
        _SOURCE,
    ),
    "organisations": (
        _field(
            "name", "名称", "name", "单位名称 企业名称 法人名称 机构名称", required=True, limit=120,
            example="济南示例商贸有限公司",
        ),
        _field(
            "kind", "类型", "kind", "单位类型 主体类型 机构类型",
            required=True, words=ORGANISATIONS, example="企业",
        ),
        _field(
            "uscc", "统一社会信用代码", "unified social credit code", "信用代码 社会信用代码",
            example="91370103MA3C000007",
        ),
        _field("no_uscc_reason", "无代码原因", "why there is no code", "", example=""),
        _field("industry", "行业代码", "industry code", "行业 行业类别代码", limit=8, example="F52"),
        _field("address", "注册地址", "registered address", "地址 住所 经营地址", limit=160),
        _field("legal_person", "法定代表人", "legal representative", "法人 负责人 法人代表", limit=60),
        _field("contact", "联系人", "contact", "", limit=60),
        _field("phone", "联系电话", "phone", "电话 手机号 联系方式"),
        _field("employees", "从业人数", "employees", "人数 员工数 职工人数", example="12"),
        _field("founded_on", "成立日期", "founded on", "注册日期 成立时间"),
        _AREA, _SOURCE,
    ),
    "premises": (
        _field("name", "场所名称", "name", "名称 店名 招牌名称", required=True, limit=120, example="经二路便民超市"),
        _field("kind", "场所类型", "kind", "类型 业态", required=True, words=PREMISES, example="商铺"),
        _field("address", "地址", "address", "详细地址 场所地址", limit=160),
        _AREA, *_ROOM, *_POINT,
        _field("uscc", "统一社会信用代码", "unified social credit code", "信用代码 经营主体代码"),
        _field("hazards", "风险", "hazards", "风险点 隐患类型", several=True, words=HAZARDS, example="燃气"),
        _field("opened_on", "开业日期", "opened on", "营业日期"),
        _SOURCE,
    ),
    "components": (
        _field(
            "code", "部件编码", "code", "编码 部件标识码 标识码",
            required=True, limit=40, example="3701030102000001",
        ),
        _field(
            "kind", "部件类别", "kind", "类别 小类代码 分类代码 类别编码",
            required=True, limit=24, example="0101",
        ),
        _field("name", "名称", "name", "部件名称", example="上水井盖"),
        *_POINT,
        _field("owner", "权属单位编码", "owner's unit code", "权属单位 主管部门编码", limit=40),
        _field("state", "状态", "state", "部件状态", words=COMPONENT_STATES, example="完好"),
        _field("installed_on", "安装日期", "installed on", "设置日期"),
        _SOURCE,
    ),
    "devices": (
        _field(
            "code", "设备编码", "code", "编码 设备编号 国标编码",
            required=True, limit=64, example="37010300001320000001",
        ),
        _field("kind", "设备类型", "kind", "类型 设备类别", required=True, words=DEVICES, example="烟感"),
        _field("name", "名称", "name", "设备名称"),
        _AREA, *_ROOM, *_POINT,
        _field("unit", "责任单位编码", "code of the unit in charge", "责任单位 管理单位编码", limit=40),
        _field("state", "状态", "state", "设备状态", words=DEVICE_STATES, example="在用"),
        _SOURCE,
    ),
})  # fmt: skip
KIND_NAMES: Words = MappingProxyType(
    {
        "residents": "实有人口",
        "dwellings": "房屋",
        "organisations": "单位",
        "premises": "场所",
        "components": "部件",
        "devices": "设备",
    }
)
_DECORATION = re.compile(r"[*＊:：]|[（(](?:必填|选填|可不填|required|optional)[）)]")


def fields_of(kind: str) -> tuple[Field, ...]:
    """The fields of a kind; raise NoSuchKind."""
    if kind not in FIELDS:
        known = "、".join(FIELDS)
        raise NoSuchKind(f"没有“{kind[:20]}”这种导入，可选 {known}", f"{kind[:20]!r} is none of {', '.join(FIELDS)}")
    return FIELDS[kind]


def by_name(kind: str) -> dict[str, Field]:
    return {one.name: one for one in fields_of(kind)}


def guess(kind: str, columns: Sequence[str]) -> dict[str, str]:
    """Field → column by what the headings say; each column at most once."""
    folded: dict[str, str] = {}
    for column in columns:
        folded.setdefault(_heading(column), column)
    found: dict[str, str] = {}
    for one in fields_of(kind):
        for word in (one.zh, one.name, one.en, *one.synonyms):
            meant = folded.get(_heading(word))
            if meant is not None and meant not in found.values():
                found[one.name] = meant
                break
    return found


def _heading(text: str) -> str:
    return fold(_DECORATION.sub("", text))


def mapping_errors(kind: str, mapping: Mapping[str, str], columns: Sequence[str]) -> list[dict[str, str]]:
    """Unknown fields, columns that are not there or serve twice, and what is needed but has no column."""
    known = by_name(kind)
    errors = []
    for name, column in mapping.items():
        if name not in known:
            errors.append(field_error(f"mapping.{name}", f"没有字段“{name}”", f"there is no field {name!r}"))
        elif column not in columns:
            errors.append(field_error(f"mapping.{name}", f"表中没有“{column}”这一列", f"there is no column {column!r}"))
        elif list(mapping.values()).count(column) > 1:
            errors.append(field_error(f"mapping.{name}", f"“{column}”对应了两个字段", f"{column!r} serves two fields"))
    errors += [
        field_error(f"mapping.{one.name}", f"请指定“{one.zh}”所在的列", f"say which column holds the {one.en}")
        for one in known.values()
        if one.required and one.name not in mapping
    ]
    return errors + _together(kind, mapping)


def _together(kind: str, mapping: Mapping[str, str]) -> list[dict[str, str]]:
    errors = []
    if "lon" in mapping or "lat" in mapping:
        errors += [
            field_error(f"mapping.{name}", f"经度、纬度、坐标系要一起指定：缺{zh}", f"with the point goes the {en}")
            for name, zh, en in (("lon", "经度", "longitude"), ("lat", "纬度", "latitude"), ("crs", "坐标系", "datum"))
            if name not in mapping
        ]
    if kind == "residents" and not {"id_number", "no_id_reason"} & mapping.keys():
        errors.append(
            field_error(
                "mapping.id_number", "请指定证件号码所在的列", "say which column holds the number of the document"
            )
        )
    if kind == "dwellings" and "room" not in mapping:
        errors.append(field_error("mapping.room", "请指定房号所在的列", "say which column holds the room"))
    return errors


def check_mapping(kind: str, mapping: Mapping[str, str], columns: Sequence[str]) -> None:
    errors = mapping_errors(kind, mapping, columns)
    if errors:
        raise Invalid(errors=errors)
