"""Alerts in, mails that say both sides and no advice out."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from html.parser import HTMLParser

import pytest

from alerts.channels.message import to_message
from alerts.life import Change
from alerts.mail import compose_alert, compose_digest, message_id
from alerts.store import DigestItem
from alerts.wording import both_sides, one_line
from minsheng.domain import (
    Alert,
    AlertState,
    Claim,
    ClaimKind,
    ClaimStatus,
    Department,
    Evidence,
    Finding,
    Kind,
    Prevalence,
    Project,
    Quote,
    Sentiment,
    Source,
    Verdict,
    Window,
)
from minsheng.web import web_address

NOW = datetime(2026, 3, 10, 17, 30, tzinfo=UTC)  # 01:30 on the 11th in Beijing
DAY = timedelta(days=1)
OFFICE = Department("zjj", "市住房和城乡建设局", ("a@example.cn", "b@example.cn"))
ROAD = Project("road", "文昌路改造工程", (), "示例市", OFFICE)
LIMIT = 100_000


def quote(number: int, text: str, sentiment: Sentiment = Sentiment.NEGATIVE, **fields: object) -> Quote:
    values = {
        "post": f"forum:{number}", "text": text, "url": f"http://forum.example/t/{number}", "source": "forum",
        "published_at": NOW - number * DAY, "sentiment": sentiment, "confidence": 0.91,
    }  # fmt: skip
    return Quote(**(values | fields))


def make_alert(**fields: object) -> Alert:
    claim = Claim("c1", "road", "全面完工，群众满意度达96%。", ClaimKind.SATISFACTION, ClaimStatus.LEVEL,
                  "http://news.example/a/1", "市住房和城乡建设局", NOW - 40 * DAY, value=0.96, reviewed=True)  # fmt: skip
    evidence = Evidence(
        "负面占比（在有态度的评论中）", 85, 60.2, Window(NOW - 30 * DAY, NOW), 0.77, 0.66, 0.86, ("forum", "mayor"),
        (quote(1, "刚铺好又挖开了", copies=3), quote(2, "路灯一直没亮")),
        (quote(3, "比原来宽敞多了", Sentiment.POSITIVE),),
        Prevalence(0.61, 0.21, 0.18, 0.51, 0.70, 85, 78, 60.2, 31, 2, 0.66),
    )  # fmt: skip
    values = {
        "rule": "divergence", "project": "road", "fired": True, "verdict": Verdict.DIVERGES,
        "why": "倍数47，阈值10", "evidence": evidence, "claim": claim,
    }  # fmt: skip
    finding = Finding(**(values | fields))
    return Alert("0123456789abcdef", AlertState.OPEN, finding, NOW, NOW)


def compose(alert: Alert, project: Project = ROAD, **fields: object):
    values = {
        "title": "表述与评论偏离", "office": "示例市联络室", "sender": "minsheng@example.cn",
        "console_url": "http://console.example:8765/", "now": NOW,
    }  # fmt: skip
    return compose_alert(alert, project, **(values | fields))


def test_sources_are_called_by_their_titles_and_unknown_ones_by_their_names():
    forum = Source("forum", "文昌论坛", Kind.PUBLIC, "http://forum.example/")

    mail = compose(make_alert(), sources={"forum": forum})

    for part in (mail.text, mail.html):
        assert "文昌论坛" in part
        assert "来源：文昌论坛、mayor" in part


def test_a_quote_whose_sentiment_a_person_corrected_says_so():
    alert = make_alert()
    turned = quote(3, "比原来宽敞多了", Sentiment.POSITIVE, corrected=True)
    evidence = replace(alert.finding.evidence, counter_quotes=(turned,))

    mail = compose(replace(alert, finding=replace(alert.finding, evidence=evidence)))

    for part in (mail.text, mail.html):
        assert part.count("人工更正为正面") == 1
        assert part.count("判为负面（把握 91%）") == 2
        assert "判为正面" not in part


class _Tags(HTMLParser):
    """Lists the tags and addresses of an HTML text, and checks that every tag is closed."""

    VOID = ("meta", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "background"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_text_part_says_everything_the_department_needs():
    mail = compose(make_alert())

    assert mail.subject == "【民声提示】文昌路改造工程｜表述与评论偏离（n=85）"
    assert (mail.to, mail.alert, mail.created_at) == (("a@example.cn", "b@example.cn"), "0123456789abcdef", NOW)
    for words in (
        "倍数47，阈值10",
        "“全面完工，群众满意度达96%。”\n—— 市住房和城乡建设局，2026-01-30\nhttp://news.example/a/1",
        "表述与评论的关系：偏离",
        "2026-02-09 01:30 至 2026-03-11 01:30（北京时间）",
        "负面占比（在有态度的评论中） 77%（95% 区间 66%–86%）",
        "负面 61%（95% 区间 51%–70%） 中性 21% 正面 18%",
        "评论 85 条，折叠相同文字后 78 条（折叠 7 条），分属 31 个话题、2 个来源，有效样本 60",
        "来源：forum、mayor",
        "1. “刚铺好又挖开了” ×3\n   forum，2026-03-10 01:30，判为负面（把握 91%）\n   http://forum.example/t/1",
        "与表述一致的评论\n1. “比原来宽敞多了”",
        "规则“表述与评论偏离”（divergence）在 2026-03-11 01:30 首次成立",
        "http://console.example:8765/alerts#0123456789abcdef",
        "不代表全体居民",
        "不要求任何处置",
        "示例市联络室",
    ):
        assert words in mail.text


def test_the_html_part_says_the_same_as_the_text_part():
    mail = compose(make_alert())

    visible = re.sub(r"<[^>]+>", "", mail.html)
    for words in ("倍数47，阈值10", "全面完工", "66%–86%", "51%–70%", "有效样本 60", "刚铺好又挖开了", "比原来宽敞多了",
                  "判为正面", "不代表全体居民", "不要求任何处置"):  # fmt: skip
        assert words in visible
    tags = _Tags(mail.html)
    assert tags.open == []
    assert sorted(set(tags.addresses)) == [
        "http://console.example:8765/alerts#0123456789abcdef", "http://forum.example/t/1",
        "http://forum.example/t/2", "http://forum.example/t/3", "http://news.example/a/1",
    ]  # fmt: skip
    assert not {"img", "script", "link", "iframe"} & set(tags.tags)


def test_both_parts_say_what_sources_do_to_the_share_and_whose_errors_it_is_corrected_for():
    alert = make_alert()
    shares = replace(
        alert.finding.evidence.prevalence, equal_sources=0.55, without_source_low=0.4, without_source_high=0.66,
        calibration="civic@1a2b3c4d/9f8e7d6c",
    )  # fmt: skip
    evidence = replace(alert.finding.evidence, prevalence=shares)

    mail = compose(make_alert(evidence=evidence))

    for part in (mail.text, mail.html):
        assert "各来源等权时负面占 55%；逐一去掉一个来源后为 40%–66%；误差校准 civic@1a2b3c4d/9f8e7d6c" in part
    assert "等权" not in compose(alert).text


def test_a_matter_without_claim_quotes_or_shares_still_reads_whole():
    bare = Evidence("七天内的评论数", 0, 0.0, Window(NOW - 7 * DAY, NOW))

    mail = compose(make_alert(claim=None, evidence=bare, verdict=Verdict.NOT_ASSESSABLE))

    assert "本提示不针对某一条官方表述" in mail.text
    assert "没有可列出的评论" in mail.text
    assert "这一时段没有找到这一方的评论" in mail.html
    assert "None" not in mail.text + mail.html


def test_comments_cannot_put_markup_or_scripts_into_the_mail():
    evil = quote(1, "<script>alert(1)</script><img src=x onerror=y>", url="javascript:alert(1)", source="<b>")
    evidence = replace(make_alert().finding.evidence, quotes=(evil,), sources=("<i>",))
    claim = replace(make_alert().finding.claim, text="<h1>", publisher="<u>", source_url="data:text/html,x")

    mail = compose(make_alert(evidence=evidence, claim=claim, why="<s>"), replace(ROAD, name="<marquee>路"))

    tags = _Tags(mail.html)
    assert not {"script", "img", "i", "u", "s", "marquee"} & set(tags.tags)
    assert tags.tags.count("h1") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in mail.html
    assert not [address for address in tags.addresses if not address.startswith("http://")]
    assert "javascript:" not in mail.text


@pytest.mark.parametrize(
    "name", ["路\r\nBcc: x@y.cn", "路\nBcc: x@y.cn", "路\u2028Bcc: x@y.cn", "路\x00\x0bBcc: x@y.cn"]
)
def test_a_project_name_cannot_add_a_header(name):
    mail = compose(make_alert(), replace(ROAD, name=name), title="偏离\r\nX: y")

    message = BytesParser(policy=policy.SMTP).parsebytes(to_message(mail, "m@example.cn").as_bytes())

    assert message["Bcc"] is None
    assert message["X"] is None
    assert message["Subject"] == "【民声提示】路 Bcc: x@y.cn｜偏离 X: y（n=85）"


def test_a_mail_of_the_longest_texts_stays_below_the_size_that_mail_programs_clip():
    long = "很长的评论<&>" * 5000
    quotes = tuple(quote(n, long, url="http://forum.example/" + "长" * 900) for n in range(50))
    evidence = replace(
        make_alert().finding.evidence, quotes=quotes, counter_quotes=quotes, sources=tuple(map(str, range(900)))
    )
    claim = replace(make_alert().finding.claim, text=long, publisher=long)

    mail = compose(make_alert(evidence=evidence, claim=claim, why=long), replace(ROAD, name=long))

    assert len(mail.html.encode()) < LIMIT
    assert len(mail.subject) < 120
    assert mail.text.count("很长的评论") < 1000


def test_the_mail_gives_no_advice_and_raises_no_alarm():
    text = compose(make_alert()).text + compose(make_alert()).html

    for word in ("立即", "严重", "紧急", "删除", "引导", "处理评论", "敏感", "舆情", "敬请", "网友"):
        assert word not in text


def test_without_recipients_the_operator_gets_the_mail():
    nobody = replace(ROAD, department=replace(OFFICE, recipients=()))

    assert compose(make_alert(), nobody, operator=("o@example.cn", "o@example.cn")).to == ("o@example.cn",)


def test_with_nobody_to_send_to_there_is_no_mail_and_the_log_says_why(caplog):
    nobody = replace(ROAD, department=replace(OFFICE, recipients=()))

    assert compose(make_alert(), nobody) is None
    assert "市住房和城乡建设局没有收件人，也没有设置 mail.operator" in caplog.text


def test_the_message_id_depends_on_the_alert_and_the_recipients_alone():
    again = compose(make_alert(why="另一句"), now=NOW + DAY)

    assert again.id == compose(make_alert()).id
    assert again.id != compose(make_alert(), replace(ROAD, department=replace(OFFICE, recipients=("c@x.cn",)))).id
    assert message_id("alert", "1", ("b", "a"), "民声 <m@h.cn>") == message_id("alert", "1", ("a", "b"), "m@h.cn")
    assert message_id("alert", "1", ("a",), "m@[127.0.0.1]").endswith("@-127.0.0.1->")


def test_without_a_console_address_the_mail_has_no_dead_link():
    mail = compose(make_alert(), console_url="")

    assert "在控制台查看全部依据：" not in mail.text
    assert "/alerts#" not in mail.html


def items(count: int = 2) -> list[DigestItem]:
    changes = (Change.OPENED, Change.CLOSED, Change.REOPENED)
    return [DigestItem(make_alert(), changes[n % 3], NOW, f"第{n}条的原因<b>") for n in range(count)]


def digest(found: list[DigestItem], department: Department = OFFICE, **fields: object):
    values = {
        "titles": {"divergence": "表述与评论偏离"}, "office": "示例市联络室", "sender": "minsheng@example.cn",
        "console_url": "http://console.example:8765", "now": NOW,
    }  # fmt: skip
    return compose_digest(department, found, {"road": ROAD}, **(values | fields))


def test_the_digest_lists_what_happened_with_reasons_and_links():
    mail = digest(items(3))

    assert mail.subject == "【民声摘要】市住房和城乡建设局｜3月11日 3 条"
    assert mail.id.startswith("<digest.zjj.20260311.")
    assert "1. [新出现] 文昌路改造工程｜表述与评论偏离（n=85），2026-03-11 01:30\n   第0条的原因" in mail.text
    assert "2. [已关闭]" in mail.text
    assert "3. [再次出现]" in mail.text
    assert "http://console.example:8765/alerts#0123456789abcdef" in mail.text
    assert "第0条的原因&lt;b&gt;" in mail.html
    assert _Tags(mail.html).open == []


def test_a_digest_of_hundreds_of_lines_is_cut_and_says_so():
    mail = digest([replace(item, reason="很长" * 999) for item in items(500)])

    assert "另有 440 条" in mail.text
    assert "另有 440 条" in mail.html
    assert len(mail.html.encode()) < LIMIT


def test_a_digest_names_projects_and_rules_that_are_gone_by_their_ids():
    mail = compose_digest(OFFICE, items(1), {}, titles={}, office="室", sender="m@x.cn", console_url="", now=NOW)

    assert "road｜divergence（n=85）" in mail.text


def test_a_digest_for_nobody_is_no_mail_and_logged(caplog):
    assert digest(items(1), replace(OFFICE, recipients=())) is None
    assert "digest without mail department=zjj" in caplog.text


@pytest.mark.parametrize(
    ("ours", "theirs", "shown"), [(20, 20, (5, 5)), (20, 2, (8, 2)), (2, 20, (2, 8)), (0, 3, (0, 3)), (0, 0, (0, 0))]
)
def test_both_sides_share_the_places(ours, theirs, shown):
    quotes = [quote(n, "文") for n in range(1, 30)]

    found = both_sides(quotes[:ours], quotes[:theirs], 10)

    assert tuple(map(len, found)) == shown


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://a/b", "http://", "//a.cn", "http://a\n.cn", "http://[::1", "http://a/" + "b" * 2000]
)  # fmt: skip
def test_an_address_that_is_not_a_plain_web_address_is_not_linked(url):
    assert web_address(url) == ""


def test_one_line_keeps_words_and_drops_everything_that_ends_a_line():
    assert one_line(" 甲\r\n乙\u2029丙\u200b丁\ud800 ") == "甲 乙 丙 丁"
