"""The name of a key or column in, whether it would tell who wrote a post: such are never read."""

import re

_TELLS_WHO = re.compile(
    r"author|writer|poster|nick|user|uid\b|account|avatar|portrait|profile|member|sender|creator|gender|\bsex\b|birth"
    r"|phone|mobile|\btel\b|e?mail|ip_?(?:addr|loc)|^ip$|\bip\b|fans|follower|screen_?name|real_?name"
    r"|作者|昵称|用户|网友|网民|楼主|发帖人|发布人|发布者|发表人|留言人|留言者|评论人|评论者|姓名|名字|账号|帐号|头像|性别|年龄"
    r"|生日|电话|手机|邮箱|身份证|住址|属地|粉丝|会员|微信|微博名|\bqq\b",
    re.IGNORECASE,
)
# The words of a user are not the user: 网友留言, user_comment.
_IS_CONTENT = re.compile(
    r"(?:内容|留言|评论|诉求|建议|时间|日期|标题|主题|回复|答复|意见|数量?|content|text|comments?|time|date|title|reply|count)$",
    re.IGNORECASE,
)

WHY = "Minsheng watches projects, never people: who wrote a post is not read, so nothing of it can be kept"
"""The reason given wherever such a name is refused or dropped."""


def tells_who(name: str) -> bool:
    """Return whether a key or column of this name would hold something about the person who wrote."""
    return _TELLS_WHO.search(name) is not None and _IS_CONTENT.search(name.strip()) is None
