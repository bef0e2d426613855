import pytest

from crawlers.who import tells_who


@pytest.mark.parametrize(
    "name",
    ["author", "Author_Name", "user", "user_id", "nickname", "avatar_url", "ip", "ip_location", "phone", "email", "gender",
     "作者", "昵称", "用户名", "网友", "留言人", "发布者", "联系电话", "身份证号", "IP属地", "性别", "comment_user"],
)  # fmt: skip
def test_names_of_things_about_a_person_are_known(name):
    assert tells_who(name)


@pytest.mark.parametrize(
    "name",
    ["id", "text", "title", "time", "published_at", "url", "reply", "likes", "place", "project", "kind", "内容", "网友留言", "留言时间",
     "用户评论", "编号", "点赞数", "user_comment", "zip", "tip", "telling"],
)  # fmt: skip
def test_names_of_what_was_said_are_not(name):
    assert not tells_who(name)
