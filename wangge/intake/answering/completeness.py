"""Whether a reply says who did what when, on what ground, and whom to ask."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WHO = re.compile(
    r"(?:[\u4e00-\u9fff]{1,12}(?:局|中心|街道|办事处|社区|居委会|村委会|公司|物业|大队|支队|中队|委员会|管委会|学校|医院|站|所|队|镇|乡))"
    r"|我[局办委处所中心街道站]|我单位|网格员|工作人员|执法人员"
)
_WHAT = re.compile(
    r"维修|修复|修补|更换|清理|清运|清扫|清除|拆除|安装|加装|整改|整治|约谈|处罚|罚款|立案|查处|查封|责令|制止|劝阻|调解|协调|核实|核查|"
    r"现场(?:查看|勘查|检查|踏勘)|走访|检测|检查|巡查|疏通|抽排|硬化|改造|施工|开工|完工|竣工|通车|开通|增设|移除|收回|退还|发放|支付|"
    r"补贴|办理|受理|登记|审批|停业|关停|搬迁|回填|补种|修剪|消杀|解释|告知|答复|不予|无法|不符合|不属于|可(?:以)?申请|列入|纳入"
)
_WHEN = re.compile(
    r"[0-9〇一二三四五六七八九十]{1,4}(?:年|月|日|号|天|小时|个?工作日|周|点)|今日|当日|当天|昨日|目前|现已|已于|日前|近日|本周|下周|本月|下月|月底|"
    r"年底|年内|上旬|中旬|下旬|即日|[春夏秋冬]季|前(?:完成|竣工|到位)"
)
_GROUND = re.compile(
    r"《[^》]{2,60}》|第[0-9一二三四五六七八九十百]{1,5}[条款项]|〔[0-9]{4}〕|[\[【（(][0-9]{4}[\]】）)][0-9]{1,4}号|条例|规范|权责清单|合同|协议|规定|政策|标准|规划|批复|文件"
)
_NEEDS_GROUND = re.compile(
    r"不予|不能|无法|不符合|不属于|不具备|未列入|暂不|不支持|按(?:照)?(?:规定|政策)|处罚|罚款|收费|补贴|资格|条件"
)
_CONTACT = re.compile(r"电话|热线|联系|咨询|微信|地址|窗口|致电|拨打|12345|[0-9]{3,4}-?[0-9]{7,8}|〔号码〕")


@dataclass(frozen=True)
class Missing:
    what: str
    zh: str
    en: str
    weight: float


_WANTED = (
    ("who", _WHO, "没有说明由谁办理（单位或人员）", "It does not say who did it (unit or people)", 0.2),
    ("what", _WHAT, "没有说明采取了什么措施", "It does not say what was done", 0.35),
    ("when", _WHEN, "没有说明何时办理或何时办结", "It does not say when", 0.2),
    ("contact", _CONTACT, "没有留下联系方式", "It names nobody to contact", 0.1),
)


def missing(text: str, clause: str = "") -> list[Missing]:
    """What a resident would have to ask again. A ground is asked for where something is refused, fined or paid."""
    found = [Missing(what, zh, en, weight) for what, sign, zh, en, weight in _WANTED if not sign.search(text)]
    cited = _GROUND.search(text) or (clause and clause[:8] in text)
    if not cited:
        needed = _NEEDS_GROUND.search(text) is not None
        zh = "涉及不予办理、处罚、收费或资格，应写明依据（条款或文件）" if needed else "没有写明依据（条款或文件）"
        en = "It refuses, fines or pays: cite the clause or document" if needed else "It cites no clause or document"
        found.append(Missing("ground", zh, en, 0.3 if needed else 0.05))
    return found


def score(lacking: list[Missing]) -> float:
    return max(0.0, 1.0 - sum(one.weight for one in lacking))
