"""A name in, whether it is a person's: the unit of this product is a project, never a person."""

import re

from minsheng.text import normalise

_SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方"
    "俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏"
    "成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪"
    "干解应宗丁宣邓郁单杭洪包诸左石崔吉龚程邢裴陆荣翁荀甄曲封芮储靳段焦巴牧谷车侯全班仰秋仲伊宫宁仇栾甘厉戎祖武符刘景"
    "詹束龙叶幸司韶黎薄印宿白怀蒲从索赖卓蔺屠蒙池乔阴胥闻党翟谭贡劳申冉雍桑桂牛寿边燕冀尚农温庄晏柴瞿阎慕连习艾鱼容向古"
    "易慎戈廖庾终居衡步都耿满弘匡国文寇广东欧沃利蔚越隆师巩聂晁勾敖融冷辛阚那简饶空曾沙养鞠须丰关查红游权盖益桓公肖闫涂"
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
