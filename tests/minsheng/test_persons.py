import pytest

from minsheng.persons import is_person

PEOPLE = [
    "王伟", "张建国", "李娜", "欧阳明", "诸葛亮", "王某某", "张局长", "李书记", "陈副市长", "市长王建国", "住建局局长李明",
    "刘主任", "赵老师", "孙先生", "周女士", "老王", "小李", "王总", "书记张伟", "司马迁", "黄 晓 明", "張偉", "吴警官",
    "县委书记陈强", "王林", "李江", "杨阿姨", "马总经理",
]  # fmt: skip
PLACES = [
    "老旧小区改造", "东湖公园", "金山大道", "高铁站前广场", "江湾大桥", "白云路", "马路改造", "华山路", "文昌阁地铁站", "地铁2号线",
    "滨江公园", "石桥镇卫生院", "第三小学", "向阳小区", "云山湖", "安居房", "方塘", "万达广场", "黄河路快速化", "龙泉水厂",
    "梅溪湖", "长虹路", "幸福里", "和平里", "车库改造", "电动车充电桩", "景观灯", "2号线", "BRT", "海绵城市", "公交", "国道", "安居", "地铁", "充电桩", "学校", "供暖", "物业", "雨污分流",
]  # fmt: skip


@pytest.mark.parametrize("name", PEOPLE)
def test_a_personal_name_is_known(name):
    assert is_person(name)


@pytest.mark.parametrize("name", PLACES)
def test_a_place_or_work_is_not_a_person(name):
    assert not is_person(name)
