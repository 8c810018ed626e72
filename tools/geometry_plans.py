"""Where the streets of a district roughly lie, how large they are, and where people live densely.

Places and areas are approximate, from general knowledge of the city, for demonstration.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Street:
    code: str
    name: str
    lon: float
    lat: float
    km2: float


@dataclass(frozen=True)
class Plan:
    """`centres`: lon, lat, weight, reach in metres of dense places; `countryside` is the density elsewhere."""

    profile: str
    code: str
    grids: int
    households: int
    streets: tuple[Street, ...]
    centres: tuple[tuple[float, float, float, float], ...]
    countryside: float


SHIZHONG = Plan(
    profile="shizhong",
    code="370103",
    grids=3170,
    households=86,
    streets=(
        Street("370103002", "大观园街道", 116.9860, 36.6615, 1.1),
        Street("370103003", "杆石桥街道", 116.9905, 36.6515, 2.0),
        Street("370103004", "四里村街道", 117.0005, 36.6425, 2.2),
        Street("370103006", "魏家庄街道", 116.9960, 36.6620, 1.3),
        Street("370103008", "二七街道", 116.9855, 36.6400, 2.6),
        Street("370103009", "七里山街道", 116.9830, 36.6240, 3.2),
        Street("370103010", "六里山街道", 116.9990, 36.6260, 3.4),
        Street("370103012", "舜玉路街道", 117.0150, 36.6270, 4.0),
        Street("370103014", "泺源街道", 117.0045, 36.6580, 1.3),
        Street("370103015", "王官庄街道", 116.9650, 36.6310, 4.2),
        Street("370103016", "舜耕街道", 117.0180, 36.6070, 9.0),
        Street("370103017", "白马山街道", 116.9350, 36.6280, 16.0),
        Street("370103018", "七贤街道", 116.9600, 36.6020, 19.0),
        Street("370103019", "十六里河街道", 117.0000, 36.5740, 55.0),
        Street("370103020", "兴隆街道", 117.0800, 36.5780, 58.0),
        Street("370103021", "党家街道", 116.9150, 36.5300, 58.0),
        Street("370103022", "陡沟街道", 116.8650, 36.5980, 43.0),
    ),
    centres=(
        (116.9950, 36.6500, 30.0, 2600.0),
        (116.9900, 36.6250, 18.0, 2200.0),
        (116.9450, 36.6250, 8.0, 1800.0),
        (116.9680, 36.6050, 8.0, 1500.0),
        (117.0020, 36.5950, 14.0, 1700.0),
        (117.0420, 36.5850, 8.0, 1100.0),
        (116.9000, 36.5560, 6.0, 1300.0),
        (116.8900, 36.6050, 6.0, 1300.0),
    ),
    countryside=0.6,
)

LIXIA = Plan(
    profile="lixia",
    code="370102",
    grids=1214,
    households=196,
    streets=(
        Street("370102001", "解放路街道", 117.0370, 36.6620, 1.6),
        Street("370102002", "千佛山街道", 117.0310, 36.6440, 4.2),
        Street("370102003", "趵突泉街道", 117.0170, 36.6530, 2.3),
        Street("370102004", "泉城路街道", 117.0150, 36.6680, 1.5),
        Street("370102005", "大明湖街道", 117.0265, 36.6700, 1.7),
        Street("370102006", "东关街道", 117.0420, 36.6760, 2.4),
        Street("370102007", "文东街道", 117.0480, 36.6470, 4.6),
        Street("370102008", "建新街道", 117.0540, 36.6630, 2.0),
        Street("370102009", "甸柳街道", 117.0680, 36.6620, 2.0),
        Street("370102010", "燕山街道", 117.0650, 36.6480, 3.5),
        Street("370102011", "姚家街道", 117.0950, 36.6560, 28.0),
        Street("370102012", "龙洞街道", 117.1050, 36.6180, 30.0),
        Street("370102013", "智远街道", 117.1300, 36.6860, 16.7),
    ),
    centres=(
        (117.0280, 36.6620, 26.0, 2200.0),
        (117.0550, 36.6560, 20.0, 2000.0),
        (117.0900, 36.6600, 12.0, 2200.0),
        (117.1250, 36.6860, 9.0, 1800.0),
        (117.1100, 36.6400, 9.0, 1500.0),
    ),
    countryside=0.8,
)

PLANS = {plan.profile: plan for plan in (SHIZHONG, LIXIA)}
