"""The comments of a window in, what is said word for word in several places out."""

from briefings.document import Block, Column, Link, Paragraph, Table, Text
from briefings.figures import Posts, Tally, by
from briefings.material import Material
from briefings.sections import source_title

_MOST = 5
_LONGEST = 60


def repeats(material: Material, now: Tally) -> list[Block]:
    """Return the most copied texts with their number, sources and first address; or say that there are none."""
    groups = [posts for posts in by(now.posts, lambda post: post.reading.cluster).values() if len(posts) > 1]
    if not groups:
        return [Paragraph(("本期没有发现相同或近似的评论。",))]
    groups.sort(key=lambda posts: (-len(posts), posts[0].post.id))
    columns = (Column("原话", share=58), Column("条数", True, 10), Column("来源", share=22), Column("出处", share=10))
    copies = sum(len(posts) - 1 for posts in groups)
    said = (
        f"本期有 {len(groups)} 组相同或近似的评论，共合并 {copies} 条；最多的一组 {len(groups[0])} 条。各组只算一次。"
    )
    rows = tuple(_row(material, posts) for posts in groups[:_MOST])
    return [Table("重复最多的评论", columns, rows, (), said)]


def _row(material: Material, posts: Posts) -> tuple[Text, ...]:
    first = posts[0].post
    words = first.text if len(first.text) <= _LONGEST else f"{first.text[:_LONGEST]}……"
    titles = dict.fromkeys(source_title(material, post.post.source) for post in posts)
    return (f"“{words}”",), (f"×{len(posts)}",), ("、".join(titles),), (Link("原文", first.url),)
