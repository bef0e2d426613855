"""A reply in, which of the six things that make an answer usable stand in it out: specificity 0 to 6 (methods.md §6).

It counts forms of words, not whether they are true or kept. A reply without them may still be a good one.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from minsheng.text import normalise

_N = r"[0-9零〇一二三四五六七八九十百千万两几]"

ELEMENTS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "date": re.compile(
            rf"{_N}{{1,4}}年(?:{_N}{{1,3}}月)?|{_N}{{1,3}}月({_N}{{1,3}}[日号]|[上中下]旬|底|初|份)|{_N}{{1,3}}个?(?:工作日|天|周|星期|月)(?:内|之内|以内|左右|后|前)"
            r"|(?:今年|明年|年|月|本周|下周|季度)(?:底|末|内)|第[一二三四1-4]季度|(?:今|明)天|[上下]半年|[0-9]{1,2}[-/.][0-9]{1,2}日?前"
        ),
        "unit": re.compile(
            r"[\u4e00-\u9fff]{2,12}?(?:局|委员会|街道办?|办事处|居委会|社区|公司|管理处|管理所|大队|支队|中心|指挥部|工程队|管委会|物业|派出所|水务集团|自来水厂)"
        ),
        "measure": re.compile(
            r"(?:维修|更换|整改|清理|疏通|加装|安装|修复|拆除|重新铺设|铺设|施工|清运|增设|划线|检测|巡查|约谈|处罚|罚款|立案|停工|退还|补发|返工|改造|增派|排查|消杀|补种|修剪|加固|移走|迁移|开通|调整)"
        ),
        "quantity": re.compile(
            rf"(?:[0-9]+(?:\.[0-9]+)?|{_N}+)(?:%|万元|元|平方米|米|公里|栋|户|处|盏|台|个(?!工作日|月)|条|辆|车位|吨|次|人次|根|株|班次|分钟|小时|分贝|间|套)|百分之{_N}+"
        ),
        "contact": re.compile(
            r"(?:电话|热线|联系方式|邮箱|咨询窗口|联系人|公众号|12345|地址[:：]|办公地点)|\[电话\]|\[邮箱\]|[0-9]{3,4}-[0-9]{7,8}"
        ),
        "law": re.compile(
            r"《[^》]{3,40}》|根据[\u4e00-\u9fff]{0,20}(?:条例|办法|规定|规范|标准|细则|法律|文件)"
            r"|[\u4e00-\u9fff]{2,10}(?:条例|办法|细则)第|依法依规|国家标准|GB[ /]?[0-9]+",
            re.IGNORECASE,
        ),
    }
)
"""Date or deadline, responsible unit, named measure, quantity, contact, legal basis."""

# A greeting names the office as no party to anything.
_GREETING = re.compile(r"^(?:尊敬的)?(?:网友|市民|居民|业主|您好|你好|先生|女士)[^。!！,，:：]{0,12}[。!！,，:：]")
_EMPTY = re.compile(r"(?:有关|相关|职能|责任|主管)(?:部门|单位)|(?:相关|有关|法律)(?:规定|法律|法规|政策)")


def elements_in(text: str) -> tuple[str, ...]:
    """Return the names of what stands in a reply, in the order of ``ELEMENTS``."""
    words = _EMPTY.sub("", _GREETING.sub("", normalise(text)))
    return tuple(name for name, pattern in ELEMENTS.items() if pattern.search(words))
