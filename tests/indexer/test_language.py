import random
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from indexer.base import Query
from indexer.check import check_query
from indexer.conditions import All, Among, Any, During, Holds, Not, Roughly
from indexer.language import LanguageError, Names, names_of, parse, softer, write
from indexer.language.days import window_of
from indexer.language.parse import LONGEST_QUERY
from indexer.memory import MemoryIndex
from minsheng.domain import BEIJING, Claim, ClaimKind, ClaimStatus, Department, Kind, Project, Source, Window
from minsheng.text import normalise

TODAY = date(2026, 3, 10)  # a Tuesday
HOUSING, TRANSPORT = Department("housing", "市住建局", ()), Department("transport", "市交通局", ())
PROJECTS = (
    Project("road", "滨河路综合改造工程", ("滨河路改造",), "临江市城东区", TRANSPORT),
    Project("park", "人民公园提升改造（二期）", (), "临江市城中区", HOUSING),
    Project("renewal", "向阳小区老旧小区改造", ("向阳小区", "老旧小区改造"), "临江市城东区", HOUSING),
    Project("renewal2", "朝阳小区老旧小区改造", ("老旧小区改造",), "临江市城西区", HOUSING),
)
SOURCES = (
    Source("forum", "临江论坛", Kind.PUBLIC, "http://forum.example/"),
    Source("board", "市民留言板", Kind.PUBLIC, "http://board.example/"),
)
CLAIM = Claim(
    "renewal-98", "renewal", "改造后居民满意率达98%", ClaimKind.SATISFACTION, ClaimStatus.LEVEL, "http://gov.example/1",
    "市住建局", datetime(2026, 2, 3, 9, tzinfo=BEIJING), aspect="quality",
)  # fmt: skip
GENERAL = replace(CLAIM, id="满意率", project="road", text="滨河路群众满意", aspect=None)
NAMES = names_of(PROJECTS, SOURCES, (CLAIM, GENERAL))
SEARCH_DOC = Path(__file__).resolve().parents[2] / "docs" / "search.md"
MANY = "".join(map(chr, range(0x4E00, 0x4E66)))
A, B, C = Holds("打桩"), Holds("噪声"), Holds("夜里")


def read(text, names=NAMES):
    return parse(text, names, TODAY)


def refused(text, names=NAMES):
    with pytest.raises(LanguageError) as caught:
        read(text, names)
    return caught.value


def days(first, last):
    since, until = datetime.fromisoformat(first), datetime.fromisoformat(last)
    return During(Window(since.replace(tzinfo=BEIJING), until.replace(tzinfo=BEIJING)))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", All()),
        (" \u3000\t", All()),
        ("打桩", A),
        ("打桩 噪声", All((A, B))),
        ("打桩　AND 噪声", All((A, B))),
        ("打桩 OR 噪声", Any((A, B))),
        ("打桩|噪声", Any((A, B))),
        ("打桩 ｜ 噪声 || 夜里", Any((A, B, C))),
        ("打桩 ＯＲ 噪声", Any((A, B))),
        ("夜里 打桩 OR 噪声", All((C, Any((A, B))))),
        ("打桩 OR 噪声 夜里", All((Any((A, B)), C))),
        ("(夜里 打桩) OR 噪声", Any((All((C, A)), B))),
        ("夜里（打桩|噪声）", All((C, Any((A, B))))),
        ("夜里 -打桩", All((C, Not(A)))),
        ("夜里 －打桩", All((C, Not(A)))),
        ("夜里 NOT 打桩", All((C, Not(A)))),
        ("-(打桩 噪声)", Not(All((A, B)))),
        ("~夜里打桩", Roughly("夜里打桩")),
        ("～夜里打桩 噪声", All((Roughly("夜里打桩"), B))),
        ('~"夜里 打桩" OR 噪声', Any((Roughly("夜里 打桩"), B))),
        ("噪声 -~「夜里 打桩」", All((B, Not(Roughly("夜里 打桩"))))),
        ("~OR", Roughly("OR")),
        ("好吃~ 3~5月 ~ ~~", All((Holds("好吃~"), Holds("3~5月"), Holds("~"), Holds("~~")))),
        ("~?", Holds("~?")),
        ("-(-打桩)", Not(Not(A))),
        ("((打桩))", A),
        ('"夜里 打桩"', Holds("夜里 打桩")),
        ("“夜里 打桩”", Holds("夜里 打桩")),
        ("”夜里 打桩“", Holds("夜里 打桩")),
        ("「夜里 打桩」", Holds("夜里 打桩")),
        ("＂夜里 打桩＂", Holds("夜里 打桩")),
        ('"他说“好”"', Holds("他说“好”")),
        (r'"说\"好\"的"', Holds('说"好"的')),
        (r'"C:\"', Holds("C:\\")),
        ('夜里"打桩"噪声', All((C, A, B))),
        ('"OR"', Holds("OR")),
        ('"情感:负面"', Holds("情感:负面")),
        ('-"打桩"', Not(A)),
    ],
)
def test_a_query_is_read_as_this_tree(text, tree):
    assert read(text) == tree


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("12:30 停水", ["12:30", "停水"]),
        ("http://gov.example/a?b=1&c=2", ["http://gov.example/a?b=1&c=2"]),
        ("反映的问题：路灯坏了", ["反映的问题：路灯坏了"]),
        ("时间：夜里", ["时间：夜里"]),
        ("A-B 2026-03 3-5天", ["A-B", "2026-03", "3-5天"]),
        ("气温-5℃", ["气温-5℃"]),
        ("—— -- ----", ["——", "--", "----"]),
        ("or and not", ["or", "and", "not"]),
        ("或", ["或"]),
        ("扰", ["扰"]),
        ('直径5"的管子', ['直径5"的管子']),
        ("it's 5° * ? ~ ^ \\ AND/OR {!} [a TO b]", ["it's", "5°", "*", "?", "~", "^", "\\", "AND/OR", "{!}", "[a", "TO", "b]"]),
        ("1）路灯坏了；2）路面积水", ["1）路灯坏了；2）路面积水"]),
        ("他说：“路灯坏了”，没人修(已报修)。", ["他说：", "路灯坏了", "，没人修", "已报修", "。"]),
        ("他说好的”然后走了", ["他说好的”然后走了"]),
        ("扰民😡👍🏽", ["扰民😡👍🏽"]),
        ("打桩 \u200b 噪声", ["打桩", "噪声"]),
    ],
)  # fmt: skip
def test_any_pasted_sentence_is_words(text, pieces):
    tree = read(text)

    assert [part.piece for part in (tree.parts if isinstance(tree, All) else (tree,))] == pieces


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("项目:road", "project", ("road",)),
        ("项目：滨河路综合改造工程", "project", ("road",)),
        ("項目: 滨河路改造", "project", ("road",)),
        ("project:向阳小区,park", "project", ("renewal", "park")),
        ("项目:老旧小区改造", "project", ("renewal", "renewal2")),
        ('项目:"人民公园提升改造（二期）"', "project", ("park",)),
        ("项目:“人民公园提升改造(二期)”", "project", ("park",)),
        ("情感:负面，不确定", "sentiment", ("negative", "unsure")),
        ("情感:负面、 拿不准", "sentiment", ("negative", "unsure")),
        ("Sentiment:NEGATIVE,negative", "sentiment", ("negative",)),
        ("来源:临江论坛,board", "source", ("forum", "board")),
        ("主题:城乡建设", "topic", ("urban",)),
        ("topic:health", "topic", ("health",)),
        ("方面:噪声与环境,cost", "aspect", ("environment", "cost")),
        ("意图:投诉反映", "intent", ("complaint",)),
        ("诉求:praise", "intent", ("praise",)),
        ("类型:官方", "kind", ("official",)),
        ("类别:公众,官方发布", "kind", ("public", "official")),
        ("kind:public", "kind", ("public",)),
        ("更正:情感,已撤回", "corrected", ("sentiment", "withdrawn")),
        ("人工更正:有", "corrected", ("sentiment", "topic", "aspect", "intent", "project")),
        ("corrected:edited", "corrected", ("edited",)),
        ("部门:市住建局", "project", ("park", "renewal", "renewal2")),
        ("department:transport", "project", ("road",)),
        ("地区:临江市城东区", "project", ("road", "renewal")),
        ("地区:城东区", "project", ("road", "renewal")),
        ("region:临江市", "project", ("road", "renewal", "park", "renewal2")),
    ],
)
def test_a_field_takes_what_the_office_calls_it(text, field, values):
    assert read(text) == Among(field, values)


def test_an_id_wins_over_a_name_that_is_spelt_alike():
    names = names_of((PROJECTS[0], Project("x", "road", (), "", HOUSING)), ())

    assert read("项目:road", names) == Among("project", ("road",))
    assert write(Among("project", ("x",)), names) == "项目:x"


@pytest.mark.parametrize(
    ("value", "first", "after"),
    [
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-02", "2026-02-01", "2026-03-01"),
        ("2026年2月", "2026-02-01", "2026-03-01"),
        ("2026-3-5", "2026-03-05", "2026-03-06"),
        ("2026/03/05", "2026-03-05", "2026-03-06"),
        ("２０２６年３月５日", "2026-03-05", "2026-03-06"),
        ("2026-01..2026-03", "2026-01-01", "2026-04-01"),
        ("2026-01…2026-03", "2026-01-01", "2026-04-01"),
        ("2025-12至2026-03-05", "2025-12-01", "2026-03-06"),
        ("2026-03～2026-03", "2026-03-01", "2026-04-01"),
        ("2026-03..", "2026-03-01", "2200-01-01"),
        ("..2026-03", "1970-01-01", "2026-04-01"),
        ("今天", "2026-03-10", "2026-03-11"),
        ("yesterday", "2026-03-09", "2026-03-10"),
        ("本周", "2026-03-09", "2026-03-16"),
        ("上周", "2026-03-02", "2026-03-09"),
        ("本月", "2026-03-01", "2026-04-01"),
        ("上月", "2026-02-01", "2026-03-01"),
        ("近7天", "2026-03-04", "2026-03-11"),
        ("上月..今天", "2026-02-01", "2026-03-11"),
        ('"2026-02"', "2026-02-01", "2026-03-01"),
    ],
)
def test_dates_are_beijing_days_with_the_last_included(value, first, after):
    assert read(f"日期:{value}") == read(f"date：{value}") == days(first, after)


def test_a_claim_stands_for_what_the_public_says_to_it_from_its_day_on():
    since, public = days("2026-02-03", "2200-01-01"), Among("kind", ("public",))
    of_claim = All((public, Among("project", ("renewal",)), Among("aspect", ("quality",)), since))
    of_general = All((public, Among("project", ("road",)), since))

    assert read("表述:renewal-98") == read('claim:"改造后居民满意率达98%"') == of_claim
    assert read("表述:满意率 打桩") == All((of_general, A))
    assert read("表述:满意率,renewal-98") == Any((of_general, of_claim))
    assert read(write(of_claim, NAMES)) == of_claim
    assert "不是登记或约定的表述。可用：改造后居民满意率达98%、滨河路群众满意" in str(refused("表述:没有"))


def test_last_month_of_january_lies_in_the_year_before():
    assert window_of("上月", date(2026, 1, 31)) == days("2025-12-01", "2026-01-01").window


def test_several_dates_are_either():
    assert read("日期:2026-01,昨天") == Any((days("2026-01-01", "2026-02-01"), days("2026-03-09", "2026-03-10")))


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("夜里 打桩 )", ")", "第 7 个字“)”多余"),
        ("夜里 ~(打桩 噪声)", "~(", "第 4 个字“~(”不能连用。请写 ~词"),
        ("夜里 ~“打桩", "“", "第 5 个字““”没有收尾"),
        ('夜里 ~" "', '~" "', '第 4 个字“~" "”里没有字'),
        ("夜里 (打桩 OR", "OR", "第 8 个字“OR”后面少一个词"),
        ("OR 打桩", "OR", "第 1 个字“OR”前面少一个词"),
        ("打桩 AND", "AND", "后面少一个词"),
        ("打桩 | | 噪声", "|", "后面少一个词"),
        ("打桩 NOT", "NOT", "请在它后面写要排除的词"),
        ("打桩 - 噪声", "-", "请紧接着写要排除的词"),
        ("(NOT)", "NOT", "后面少一个词"),
        ("夜里 (打桩", "(", "没有收尾"),
        ("夜里 (", "(", "没有收尾"),
        ("夜里 （ ）", "（ ）", "里没有词"),
        ('夜里 "打桩', '"', '请在短语末尾补上“"”'),
        ("夜里 “打桩", "“", "请在短语末尾补上“””"),
        ('-"打桩', '"', "没有收尾"),
        ('打桩 ""', '""', "里没有字"),
        ("打桩 “\u200b”", "“\u200b”", "里没有字"),
        ("情感:", "情感:", "后面少一个值。请写要哪个情感"),
        ("情感:负面,", "情感:负面,", "后面少一个值"),
        ("情感:(负面)", "情感:", "后面少一个值"),
        ('项目:"滨河', '"', "没有收尾"),
        ("情感:愤怒", "愤怒", "可用：负面、中性、正面、拿不准"),
        ("类型:民间", "民间", "可用：官方、公众"),
        ("项目:滨河路", "滨河路", "相近的有：滨河路综合改造工程"),
        ("项目:向阳小去", "向阳小去", "相近的有：向阳小区老旧小区改造"),
        ("项目:qqq", "qqq", "例如：滨河路综合改造工程"),
        ("来源:留言板", "留言板", "可用：临江论坛、市民留言板"),
        ('部门:""', '""', "不是登记或约定的部门"),
        ("地区:区", "区", "可用：临江市城东区、临江市城中区、临江市城西区"),
        ("日期:2026-13", "2026-13", "请写成 2026、2026-03"),
        ("日期:昨晚", "昨晚", "不是看得懂的日期"),
        ("日期:..", "..", "不是看得懂的日期"),
        ("日期:2026-03..2026-01", "2026-03..2026-01", "不是看得懂的日期"),
        ("日期:1..2..3", "1..2..3", "不是看得懂的日期"),
        ("日期:9999", "9999", "不是看得懂的日期"),
        ("日期:近0天", "近0天", "不是看得懂的日期"),
        ("日期:2026-01 .. 2026-03", "日期:2026-01 ..", "起止日期请连着写"),
        ("日期:2026-01.. 2026-03", "日期:2026-01.. ", "起止日期请连着写"),
        ("打桩 " + "长" * 201, "长" * 201, "一个词或短语最多 200 字"),
        ("字" * 501, "字", "检索条件有 501 字，最多 500 字"),
        (" ".join("字" * 51), "字", "检索词有 51 个，最多 50 个"),
        (f"路 ~{MANY}", f"~{MANY}", "太长。“~”后面的话合起来最多约 100 字"),
        (f"~{MANY[:60]} ~{MANY[50:]}", f"~{MANY[50:]}", "太长"),
        (
            f"表述:{'满意率,' * 60}满意率",
            f"表述:{'满意率,' * 60}满意率",
            "条件太多。词、字段与“~”后面的字组合起来最多 180 个",
        ),
        ("(" * 31 + "a" + ")" * 31, "(", "套得太深"),
        ("NOT " * 31 + "a", "NOT", "套得太深"),
    ],
)
def test_an_error_says_where_and_what_was_expected(text, place, said):
    error = refused(text)

    assert text[error.offset : error.offset + error.length] == place
    assert said in str(error)
    assert str(error).startswith(f"第 {error.offset + 1} 个字")
    assert error.expected in str(error)


def test_nothing_registered_is_said_so():
    assert "登记册里还没有项目" in str(refused("项目:滨河路", Names()))


def test_the_deepest_queries_that_are_read_are_taken_by_every_engine():
    texts = ["(" * 30 + "a" + ")" * 30, "-" + "(-" * 14 + "a" + ")" * 14, "a b|-(" * 9 + "c" + ")" * 9]

    trees = [read(text) for text in texts]

    for tree in trees:
        check_query(Query(where=tree, topics=("urban",)))


@pytest.mark.parametrize("text", ["-" + "(-" * 29 + "a" + ")" * 29, "a b|-(" * 10 + "c" + ")" * 10])
def test_a_tree_that_no_engine_takes_is_refused_at_its_deepest_sign(text):
    assert "套得太深" in str(refused(text))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("夜里 打桩 OR 噪声", "夜里 (打桩 OR 噪声)"),
        ("打桩｜噪声", "打桩 OR 噪声"),
        ("NOT “夜里打桩”", "-夜里打桩"),
        ("“夜里 打桩”", '"夜里 打桩"'),
        (r'"a\"b"', r'"a\"b"'),
        ('"OR"', '"OR"'),
        ('"-打桩"', '"-打桩"'),
        ('"项目:road"', '"项目:road"'),
        ('日期:2026-02 ".." -"--"', '日期:2026-02 ".." -"--"'),
        ('日期:2026-02.. "2026-03"', '日期:2026-02.. "2026-03"'),
        ("project:road", "项目:滨河路综合改造工程"),
        ("项目:park", '项目:"人民公园提升改造（二期）"'),
        ("sentiment:unsure", "情感:拿不准"),
        ("department:housing", '项目:"人民公园提升改造（二期）",向阳小区老旧小区改造,朝阳小区老旧小区改造'),
        ("日期:上月", "日期:2026-02"),
        ("日期:2026-01-01..2026-12-31", "日期:2026"),
        ("日期:2025..2026-12-31", "日期:2025..2026"),
        ("日期:昨天", "日期:2026-03-09"),
        ("日期:近7天", "日期:2026-03-04..2026-03-10"),
        ("日期:2026..", "日期:2026.."),
        ("日期:..2026-03-05", "日期:..2026-03-05"),
        ("日期:1970-01-01..", "日期:1970-01-01.."),
    ],
)
def test_a_tree_is_written_in_one_canonical_way(text, canonical):
    assert write(read(text), NAMES) == canonical
    assert read(canonical) == read(text)


@pytest.mark.parametrize(
    "condition",
    [
        Among("thread", ("t",)),
        Among("linked", ("road",)),
        Among("model", ("civic",)),
        Among("project", ("gone",)),
        Among("project", ()),
        Any(),
        Not(All()),
        During(Window(datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))),
    ],
)
def test_what_the_language_has_no_words_for_is_refused(condition):
    with pytest.raises(ValueError, match=r"."):
        write(condition, NAMES)


def test_a_join_of_one_part_is_written_as_that_part():
    assert write(All((Any((A,)), Not(All((B,))))), NAMES) == "打桩 -噪声"


SIGNS = ["(", ")", "（", "）", '"', "“", "”", "「", "」", "｢", "『", "＂", "|", "｜", "||", "-", "－", "--", ":", "：", ",", "，", "、",
         "\\", "*", "^", "~", "..", "…", "至", " ", " ", " ", "\u3000", "\t", "\n"]  # fmt: skip
WORDS = [
    "OR",
    "AND",
    "NOT",
    "NEAR",
    "NEAR(",
    "ＯＲ",
    "打桩",
    "扰",
    "bus",
    "3号线",
    "12:30",
    "http://x.example/?q=1",
    "1）",
    "'",
    "title:",
]
NAMED = ["项目:", "项目：", "情感:", "来源:", "主题:", "方面:", "意图:", "部门:", "地区:", "类型:", "日期:", "project:", "date:", "kind:",
         "负面", "不确定", "官方", "滨河路改造", "road", "城东区", "2026", "2026-01", "近7天", "今天", "近99999天"]  # fmt: skip
ODD = [
    "😡",
    "👍🏽",
    "\ud800",
    "\udfff",
    "\x00",
    "\x1b",
    "\x7f",
    "\u200b",
    "\u202e",
    "e\u0301",
    "\u0301",
    "ﷺ",
    "㎡",
    "İ",
    "ß",
    "\ufdfa" * 12,
]


def random_text(rng: random.Random) -> str:
    kinds = [SIGNS, WORDS, NAMED, ODD]
    weights = rng.choice([(5, 3, 3, 1), (8, 1, 1, 1), (1, 5, 5, 0), (2, 2, 2, 6)])
    return "".join(rng.choice(kind) for kind in rng.choices(kinds, weights, k=rng.randint(0, 40)))


def test_no_string_does_anything_but_make_a_tree_or_a_language_error():
    rng, trees, errors = random.Random(5), 0, 0

    for _ in range(20_000):
        text = random_text(rng)
        found = outcome(text)
        if isinstance(found, LanguageError):
            errors += 1
            assert 0 <= found.offset < found.offset + found.length <= len(text)
            assert str(found).encode("utf-8").decode("utf-8").isprintable()
            continue
        trees += 1
        check_query(Query(where=found))
        canonical = write(found, NAMES)
        if len(canonical) <= LONGEST_QUERY:
            assert read(canonical) == found, (text, canonical)

    assert trees > 4000
    assert errors > 4000


def random_tree(rng: random.Random, depth: int):
    leaves = ["holds", "holds", "among", "during"]
    match rng.choice([*leaves, "all", "any", "not"] if depth else leaves):
        case "holds":
            text = "".join(rng.choice([*SIGNS, *WORDS, *NAMED, *ODD]) for _ in range(rng.randint(1, 4)))
            return rng.choice([Holds, Holds, Roughly])(text) if 0 < len(normalise(text)) <= 30 else A
        case "among":
            field, values = rng.choice(
                [("project", ["road", "park", "renewal", "renewal2"]), ("sentiment", ["negative", "unsure"]),
                 ("source", ["forum", "board"]), ("intent", ["complaint", "praise"]), ("kind", ["official", "public"]),
                 ("corrected", ["sentiment", "project", "edited"])]
            )  # fmt: skip
            return Among(field, tuple(rng.sample(values, rng.randint(1, len(values)))))
        case "during":
            first, last = sorted(rng.sample(range(1, 400), 2))
            start = date(2025, 12, 1).toordinal()
            return days(date.fromordinal(start + first).isoformat(), date.fromordinal(start + last).isoformat())
        case "not":
            return Not(random_tree(rng, depth - 1))
        case join:
            parts = tuple(random_tree(rng, depth - 1) for _ in range(rng.randint(2, 3)))
            return All(parts) if join == "all" else Any(parts)


def test_what_is_written_of_a_random_tree_is_read_as_that_tree():
    rng, seen = random.Random(7), 0

    for _ in range(3000):
        tree = random_tree(rng, 3)
        text = write(tree, NAMES)
        if len(text) <= LONGEST_QUERY:
            seen += 1
            assert read(text) == tree, text

    assert seen > 2000


@pytest.mark.parametrize("mark", ["「", "“", "x「", 'x"y「', "项目 ", "项目  :", "a ："])
def test_the_longest_query_of_odd_marks_is_read_or_refused(mark):
    text = (mark * LONGEST_QUERY)[:LONGEST_QUERY]

    found = outcome(text)

    assert isinstance(found, All | Any | Holds | LanguageError)


def outcome(text):
    try:
        return read(text)
    except LanguageError as error:
        return error


def test_what_is_read_finds_what_is_meant(make_labelled):
    index = MemoryIndex()
    index.add([
        make_labelled("夜里还在打桩", projects=("road",)),
        make_labelled("夜里施工噪声大", projects=("park",)),
        make_labelled("招聘打桩工人，夜里上班", projects=("road",)),
        make_labelled("修得很好", projects=("road",), negative=0.05, positive=0.9),
    ])  # fmt: skip

    def total(text):
        return index.search(Query(where=read(text))).total

    assert [total(text) for text in ("夜里", "夜里 打桩 OR 噪声", "夜里 -招聘", "部门:市交通局 情感:正面", "")] == [
        3,
        3,
        2,
        1,
        4,
    ]


def test_every_example_of_the_document_is_read():
    rows = [line for line in SEARCH_DOC.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    examples = [code.replace(r"\|", "|") for row in rows for code in re.findall(r"^\| `([^`]+)`", row)]

    assert len(examples) >= 24
    for example in examples:
        assert write(read(example), NAMES)


def test_what_is_offered_instead_of_words_that_nothing_holds_can_be_typed():
    where = read("夜里 打桩 -招聘 情感:负面")

    condition, typed = softer(where, NAMES)

    assert condition == All((Roughly("夜里 打桩"), *where.parts[2:]))
    assert typed == '~"夜里 打桩" -招聘 情感:负面'
    assert read(typed) == condition


def test_nothing_is_offered_that_is_longer_than_a_query_may_be():
    projects = [replace(PROJECTS[0], id=f"p{n}", name=f"第{n}号道路改造工程") for n in range(80)]
    names = names_of(projects, ())

    assert softer(read("夜里 打桩 部门:市交通局", names), names) is None
