"""A name in, whether it is a person's: the unit of this product is a project, never a person."""

import re

from minsheng.text import normalise

# The surnames of nine in ten people. Rarer ones (公, 国, 全, 安 …) begin too many everyday words: 公交, 国道, 安居.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓韩冯曹彭曾肖萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆"
    "范汪廖石金韦贾夏付傅方邹熊白孟秦邱侯江尹薛闫阎段雷龙史黎陶贺毛郝顾龚邵万覃武钱戴严莫孔汤温康施牛樊葛邢齐易乔伍庞颜倪庄"
    "聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍喻祁蒲房滕屈饶"
    "解牟艾尤穆卓吉缪简项芦褚娄窦戚岑党费卜席卫柏宗瞿桂佟臧闵苟邬边卞姬仇栾隋刁巫寇桑郎甄仲虞敖巩佘池麻诸云司"
)
_COMPOUND = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|长孙|司徒|司空|夏侯|轩辕|端木|南宫"
_TITLES = (
    "书记|局长|市长|区长|县长|省长|镇长|乡长|村长|主任|部长|处长|科长|厅长|院长|校长|所长|站长|行长|队长|会长|主席|总理|"
    "委员|代表|干部|警官|法官|检察官|老师|教授|医生|护士|律师|记者|经理|总经理|董事长|老板|师傅|先生|女士|同志|小姐|阿姨|大爷"
)
# Characters that name works, places and things: a short name that holds one is a place, not a person.
_PLACE_CHARS = set(
    "路街巷道桥园区站馆院校湖河江海山村镇乡县市省湾岛港坝塘渠沟堤库厂场广城楼厦苑庭府邸里弄坊线铁轨网管电水气热灯绿林圃"
    "房宅棚改造工程项目规划中心小学幼儿医市集超门口库池亭塔寺庙宫台墙井泵车库停充桩梯栏栅廊隧涵匝环段改造线号期"
)
# These also stand in given names (王林, 李江), so behind a surname that seldom begins a place name they do not help.
_AMBIGUOUS_CHARS = set("江山林海城庭港岛")
_PLAIN_SURNAMES = set("王李张刘陈赵周孙朱徐郭何")
_GIVEN = r"[\u4e00-\u9fff]{1,2}"
_NAME = rf"(?:(?:{_COMPOUND}){_GIVEN}|[{_SURNAMES}]{_GIVEN})"
_SHORT = re.compile(rf"^{_NAME}$")
_TITLE_LAST = re.compile(
    rf"^(?:[\u4e00-\u9fff]{{0,8}}?)(?:{_COMPOUND}|[{_SURNAMES}])[\u4e00-\u9fff]{{0,2}}(?:副?(?:{_TITLES}))$"
)
_TITLE_FIRST = re.compile(rf"(?:{_TITLES}){_NAME}$")
_NICKNAME = re.compile(rf"^[老小阿][{_SURNAMES}]$|^[{_SURNAMES}][总局处科工某]某?$")


def is_person(name: str) -> bool:
    """Return whether a name reads as a person's: a personal name, or a title with one.

    Errs on the side of refusing: a refused place can be written longer (文昌 → 文昌路改造), a person cannot.
    """
    plain = re.sub(r"[\s·•]", "", normalise(name))
    if _TITLE_FIRST.search(plain) and not _PLACE_CHARS & set(plain[-2:]):
        return True
    if _TITLE_LAST.match(plain) or _NICKNAME.match(plain):
        return True
    return bool(_SHORT.match(plain)) and not _place_chars(plain[0]) & set(plain[1:])


def _place_chars(surname: str) -> set[str]:
    return _PLACE_CHARS - _AMBIGUOUS_CHARS if surname in _PLAIN_SURNAMES else _PLACE_CHARS
