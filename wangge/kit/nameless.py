"""Names that a text introduces itself (我是张三, 联系人：李女士) and doors of flats, taken out.

A name that nothing introduces cannot be told from a word without guessing, and is left: who needs to be sure
does not hand the text on.
"""

from __future__ import annotations

import re

from wangge.kit.written import redacted

_COMMON_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞"
    "颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧管柴蒙鲍华喻"
    "祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋"
    "商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
_SURNAME = f"(?:欧阳|上官|司马|诸葛|尉迟|皇甫|令狐|夏侯|慕容|公孙|东方|[{_COMMON_SURNAMES}])"
_TOLD = re.compile(
    r"(?P<before>(?:我(?:的名字)?叫|本人叫|名叫|姓名(?:是|为)?|联系人(?:是|为)?|反映人|投诉人|举报人|来电人|业主|居民|"
    r"户主|当事人|申请人|患者|此致敬礼|落款)[:：]?\s{0,2}|我是(?![^，。,；\s]{0,8}(?:居民|业主|住户|小区|村民|市民|社区)))"
    rf"(?P<name>{_SURNAME}[\u4e00-\u9fff]{{1,2}})(?=$|[，。、,.;；:：!！\s(（〔的]|先生|女士|同志|电话|手机|住|家|身份证)"
)
_POLITE = re.compile(rf"{_SURNAME}(?:[\u4e00-\u9fff]{{1,2}})?(?=先生|女士|小姐|大爷|大妈|阿姨|奶奶|爷爷|师傅)")
_DOOR = re.compile(
    r"(?<=[单元门栋楼幢号座])\s{0,2}(?:[0-9０-９]{3,4}|[一二三四五六七八九十]{1,3})\s{0,2}(?:室|户|房)?(?![0-9０-９年月日号栋米元])"
    r"|(?<![0-9A-Za-z])[0-9０-９]{1,2}-[0-9０-９]{1,2}-[0-9０-９]{3,4}(?![0-9])"
    r"|(?<![0-9A-Za-z])[0-9０-９]{3,4}\s{0,2}(?:室|户)"
)


def without_names(text: str) -> str:
    text = _TOLD.sub(lambda found: f"{found['before']}〔姓名〕", text)
    return _POLITE.sub("〔姓名〕", text)


def nameless(text: str) -> str:
    """Without numbers that identify, names the text introduces, and the doors people live behind."""
    return _DOOR.sub("〔门牌〕", without_names(redacted(text)))


_MARK = re.compile("〔(?:邮箱|号码|车牌|姓名|门牌)〕")


def without_marks(text: str) -> str:
    """A blank where something was taken out: the marks themselves are no words."""
    return _MARK.sub(" ", text)
