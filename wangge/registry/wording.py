"""Words for what the registry keeps of people: fields, roles in a household, what was done, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

Words = Mapping[str, tuple[str, str]]

AREA_CODE = "0531"  # completes landlines written without one

FIELDS: Words = MappingProxyType(
    {
        "name": ("姓名", "name"),
        "id_kind": ("证件类型", "kind of document"),
        "id_number": ("证件号码", "number of the document"),
        "no_id_reason": ("无证件原因", "why there is no document"),
        "birth": ("出生日期", "date of birth"),
        "sex": ("性别", "sex"),
        "phones": ("联系电话", "phones"),
        "registered_address": ("户籍地址", "registered address"),
        "ethnicity": ("民族", "ethnicity"),
        "workplace": ("工作单位", "workplace"),
        "note": ("备注", "note"),
        "registration": ("人口类型", "registration"),
        "household_role": ("与户主关系", "role in the household"),
        "dwelling": ("住处", "dwelling"),
        "head": ("户主", "head"),
        "kind": ("类型", "kind"),
    }
)

HOUSEHOLD_ROLES: Words = MappingProxyType(
    {
        "head": ("户主", "head"),
        "spouse": ("配偶", "spouse"),
        "child": ("子女", "child"),
        "parent": ("父母", "parent"),
        "grandchild": ("孙子女", "grandchild"),
        "grandparent": ("祖父母", "grandparent"),
        "sibling": ("兄弟姐妹", "sibling"),
        "in_law": ("姻亲", "in-law"),
        "tenant": ("租客", "tenant"),
        "lodger": ("寄住", "lodger"),
        "other": ("其他", "other"),
    }
)

# By what stands behind `registry:` in the log.
ACTIONS: Words = MappingProxyType(
    {
        "person:add": ("登记入册", "Registered"),
        "person:come_back": ("再次迁入", "Came back"),
        "person:change": ("更改资料", "Changed"),
        "person:move": ("办理迁移", "Moved"),
        "person:leave": ("变更在住状态", "Left or came home"),
        "person:alive": ("更正误登的死亡", "A death noted by mistake was taken back"),
        "person:merge": ("合并了重复的登记", "Took over a double"),
        "person:merged": ("并入另一登记", "Became part of another record"),
        "person:propose": ("提出更正建议", "A correction was proposed"),
        "person:correct": ("采纳更正建议", "A correction was accepted"),
        "person:correction_refused": ("未采纳更正建议", "A correction was refused"),
        "person:confirm": ("核实", "Confirmed"),
        "person:join": ("编入户", "Joined a household"),
        "person:part": ("移出户", "Left a household"),
        "person:relate": ("登记关系", "A relation was registered"),
        "person:unrelate": ("取消关系", "A relation was removed"),
        "person:tie": ("登记产权、承租、从业或负责", "Owning, renting, working or a responsibility was registered"),
        "person:untie": ("产权、承租、从业或负责结束", "Owning, renting, working or a responsibility ended"),
        "person:import": ("批量导入", "Imported"),
        "tag:add": ("加入人群标签", "Put into a group"),
        "tag:review": ("复核人群标签", "A group was reviewed"),
        "tag:end": ("移除人群标签", "Taken out of a group"),
    }
)

ABSENT_REASONS: Words = MappingProxyType(
    {
        "living_here": ("在住", "living here"),
        "absent": ("外出", "away"),
        "moved_out": ("迁出", "moved out"),
        "deceased": ("去世", "deceased"),
    }
)


def role_name(role: str) -> str:
    return HOUSEHOLD_ROLES[role][0] if role in HOUSEHOLD_ROLES else role


def field_names(fields: Iterable[str]) -> tuple[str, str]:
    """姓名、民族 and name, ethnicity."""
    words = [FIELDS.get(field, (field, field)) for field in fields]
    return "、".join(zh for zh, _ in words), ", ".join(en for _, en in words)
