"""What the demonstration's people report: short, everyday, and clearly made up."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Story:
    """`code` None lets the platform understand the text by itself. `weight` is how often it is told."""

    code: str | None
    title: str
    description: str
    weight: int = 4
    on_the_spot: bool = False
    result: str = ""
    urgency: str | None = None


STORIES: tuple[Story, ...] = (
    Story(
        "M-06010",
        "{place}暴露垃圾",
        "{place}有成堆生活垃圾未入桶，散落路面，有异味。",
        20,
        True,
        "已联系保洁员现场清理干净。",
    ),
    Story(
        "M-06036", "{place}楼道堆物", "{place}公共区域堆放旧家具和纸箱，占用通道。", 16, True, "已劝导住户当场清走。"
    ),
    Story("M-07001", "{place}墙面小广告", "{place}外墙和门禁上贴了多张小广告。", 16, True, "已现场清除。"),
    Story("M-09010", "{place}电动车乱停", "{place}出入口电动车停放杂乱，影响通行。", 6, True, "已摆放整齐并提醒车主。"),
    Story(
        "M-09011",
        "{place}共享单车堆积",
        "{place}人行道共享单车淤积，行人只能走机动车道。",
        5,
        True,
        "已通知运维人员清运。",
    ),
    Story("M-09012", "{place}消防通道被占", "{place}消防通道被两辆私家车占用，车上无联系电话。", 5, urgency="urgent"),
    Story("M-09009", "{place}机动车占人行道停放", "{place}每天傍晚有多辆车停在人行道上，老人推轮椅无法通过。", 6),
    Story("M-09005", "{place}店外经营", "{place}底商把桌椅和冰柜摆到店外，占了半幅人行道。", 6),
    Story("M-09006", "{place}占道经营", "{place}路口早晚有流动摊点占道，油污满地。", 5),
    Story("M-06028", "{place}夜间噪声扰民", "{place}晚上十点以后仍有音响和划拳声，住户无法休息。", 6),
    Story("M-06027", "{place}餐饮油烟", "{place}楼下饭店油烟直排居民窗口，多次沟通没有结果。", 5),
    Story("M-06029", "{place}露天烧烤", "{place}路边露天烧烤，烟味大，占用盲道。", 3),
    Story("M-08001", "{place}施工夜间扰民", "{place}旁边工地凌晨仍在浇筑，未见公示。", 4),
    Story("M-08004", "{place}工地扬尘", "{place}工地土方未覆盖，刮风时尘土飞扬。", 3),
    Story("M-06001", "{place}私搭乱建", "{place}一楼住户在公共绿地砌墙搭棚，还在施工。", 4),
    Story("M-06040", "{place}私设地锁", "{place}公共车位被人装了三把地锁。", 3),
    Story("M-06013", "{place}路面破损", "{place}路面坑洼积水，昨晚有老人绊倒。", 5),
    Story("M-06051", "{place}盲道破损", "{place}盲道砖缺了五块，断头处正对树坑。", 2),
    Story("M-01004", "{place}雨水箅子异常", "{place}雨水箅子断裂，汽车经过有响声。", 4),
    Story("M-06042", "{place}垃圾桶满溢", "{place}垃圾分类点两天没有清运，满溢到路边。", 5),
    Story("M-06017", "{place}绿地脏乱", "{place}绿地里有建筑边角料和塑料袋。", 3, True, "已组织志愿者捡拾干净。"),
    Story("M-10002", "{place}架空线缆脱落", "{place}有通信线缆垂到一人高，刮大风会甩到行人。", 3, urgency="urgent"),
    Story("M-09001", "{place}无照游商", "{place}学校门口放学时有游商售卖小食品。", 3),
    Story("M-08002", "{place}施工占道", "{place}管线改造围挡占道超过公示日期。", 2),
    Story("M-06037", "{place}动物尸体", "{place}路边有死猫，请尽快处理。", 1),
    Story("M-06034", "{place}僵尸车", "{place}一辆面包车四个轮胎全瘪，停了半年以上。", 3),
    Story(
        None, "{place}暖气不热", "{place}入住多年，今冬供暖后室内只有十五度，家里有老人和孩子，请热力公司上门检测。", 6
    ),
    Story(
        None,
        "{place}停水没有通知",
        "{place}从早上起停水，物业说不清原因，请供水单位答复什么时候恢复。",
        4,
        urgency="urgent",
    ),
    Story(None, "{place}物业不作为", "{place}物业费照收，电梯坏了一周没人修，监控也是黑屏。", 14),
    Story(None, "{place}电梯故障困人", "{place}电梯一周内两次困人，住户不敢乘坐。", 3, urgency="urgent"),
    Story(None, "拖欠工资", "在{place}附近的装修工地干了两个月，老板拖欠工资一直不给，请人社部门帮助。", 4),
    Story(None, "咨询社保转移", "从外地回来工作，住在{place}，想咨询社保关系怎么转移，需要带什么材料。", 3),
    Story(None, "{place}学校门口交通拥堵", "{place}旁小学上下学时家长车辆堵住整条路，希望交警疏导。", 3),
    Story(None, "{place}路灯不亮", "{place}小路三盏路灯不亮，晚上漆黑一片。", 5),
    Story(None, "{place}超市售卖过期食品", "{place}底商小超市货架上有过期牛奶，请市场监管查处。", 3),
    Story(None, "健身房跑路退费难", "{place}附近的健身房突然关门，会员卡里还有两千多元退不了。", 3),
    Story(None, "{place}下水道返水", "{place}一楼下水道返水，污水流进厨房。", 4, urgency="urgent"),
    Story(None, "{place}独居老人无人照料", "{place}有位八十多岁独居老人，最近行动不便，希望社区安排探访和助餐。", 2),
    Story(None, "企业申报补助咨询", "公司注册在{place}，想了解稳岗补助申报的条件和时间。", 2),
    Story(None, "{place}加装电梯意见不一", "{place}单元要加装电梯，低层住户不同意，请社区组织协商。", 3),
)

CHANNELS = (("patrol", 46), ("hotline12345", 34), ("public", 12), ("letter", 3), ("enterprise", 3), ("round_table", 2))

RESULTS = (
    "已到现场处置完毕，现场恢复整洁，已告知周边居民。",
    "已责令当事人整改并当场改正，后续加强巡查。",
    "已安排维修人员完成修复，经测试恢复正常。",
    "已与反映人电话沟通，说明办理情况和依据，反映人表示理解。",
    "已约谈责任单位，整改完成，附整改照片说明。",
)
SEND_BACKS = (
    ("not_ours", "经现场查看，该处属小区内部公共部位，按清单由属地街道牵头。"),
    ("incomplete", "地点描述不清，现场未找到，请补充具体位置。"),
    ("wrong_place", "该位置已超出我单位管辖范围。"),
)
CLAUSE = "《市中区网格化治理权责清单（演示）》"
WHISTLES = (
    ("beyond_powers", "现场需要行政执法权限，社区无权处理，请到场处置。"),
    ("joint", "问题涉及多个部门，请到现场会商，明确分工。"),
    ("emergency", "存在安全隐患，请立即到场。"),
)
CONTRIBUTIONS = (
    "已到场查看，出具处理意见并完成本部门工作。",
    "已现场执法，开具责令改正通知书。",
    "已调派人员和车辆配合完成。",
)


def tell(rng: random.Random, place: str) -> tuple[Story, str, str]:
    """A story with its title and description about `place`."""
    story = rng.choices(STORIES, weights=[s.weight for s in STORIES])[0]
    return story, story.title.format(place=place)[:120], story.description.format(place=place)
