import pytest

from minsheng.domain import Department, Kind, Opinion, Project
from models.base import TextReading
from models.duplicates import ClusterStore
from models.linker import ProjectLinker
from models.reader import Reader, judged_text


def _opinion(text):
    if "也许" in text:
        return Opinion(0.3, 0.5, 0.2)
    return Opinion(1, 0, 0) if "坏" in text else Opinion(0, 1, 0)


class EchoModel:
    """Remembers what it was given; a text with 坏 is negative, one with 也许 unclear, others are neutral."""

    name, version = "echo", "echo@1"
    calibration = None
    unsure = 0.6

    def __init__(self):
        self.texts = []

    def read(self, texts, progress=None):
        self.texts += texts
        if progress:
            progress(len(texts), len(texts))
        return [TextReading(_opinion(t), "urban", "quality", "news", 1.0) for t in texts]


@pytest.fixture
def reader(tmp_path):
    park = Project("park", "滨河公园", (), "东区", Department("works", "城建局", ()))
    store = ClusterStore(tmp_path / "clusters.sqlite")
    yield Reader(EchoModel(), ProjectLinker([park]), store)
    store.close()


def test_each_post_comes_back_with_its_reading_in_order(reader, make_post):
    posts = [
        make_post("滨河公园的灯坏了好几天"),
        make_post("天气不错呀大家都出来走走"),
        make_post("滨河公园的灯坏了好几天"),
    ]

    labelled = reader.read(posts)

    assert [item.post for item in labelled] == posts
    assert [item.reading.projects for item in labelled] == [("park",), (), ("park",)]
    assert [item.reading.sentiment for item in labelled] == ["negative", "neutral", "negative"]
    assert [item.reading.cluster for item in labelled] == [posts[0].id, posts[1].id, posts[0].id]
    assert {(r.topic, r.aspect, r.model) for r in (i.reading for i in labelled)} == {("urban", "quality", "echo@1")}


def test_a_reading_keeps_the_intent_and_says_where_the_model_is_unsure(reader, make_post):
    readings = [item.reading for item in reader.read([make_post("灯坏了"), make_post("也许该修一修")])]

    assert [one.intent for one in readings] == ["news", "news"]
    assert [one.unsure for one in readings] == [False, True]
    assert [one.attitude for one in readings] == ["negative", "unsure"]


def test_reading_the_same_post_twice_gives_the_same_reading(reader, make_post):
    post = make_post("滨河公园的灯坏了好几天")

    assert reader.read([post]) == reader.read([post])


def test_no_posts_give_no_readings(reader):
    assert reader.read([]) == []


def test_progress_is_passed_on(reader, make_post):
    seen = []

    reader.read([make_post()], lambda done, total: seen.append((done, total)))

    assert seen == [(1, 1)]


def test_a_comment_is_judged_by_its_own_words_not_by_the_title_of_its_thread(make_post):
    assert judged_text(make_post("写得好", title="垃圾无人清理", place=2)) == "写得好"
    assert judged_text(make_post("写得好", title="垃圾无人清理")) == "写得好"


def test_an_opening_post_is_judged_with_its_title(make_post):
    assert judged_text(make_post("已经三个月了", title="垃圾无人清理", place=1)) == "垃圾无人清理。已经三个月了"


def test_a_title_that_the_text_repeats_is_not_read_twice(make_post):
    post = make_post("【垃圾無人清理】已经三个月了", title="垃圾无人清理", place=1)

    assert judged_text(post) == post.text


def test_an_official_statement_is_judged_with_its_title(make_post):
    post = make_post("工程完工", title="公园开放", kind=Kind.OFFICIAL)

    assert judged_text(post) == "公园开放。工程完工"


def test_a_photo_with_a_title_says_what_its_title_says(make_post):
    assert judged_text(make_post("", title="路又坏了")) == "路又坏了"
    assert judged_text(make_post("", title="路又坏了", place=1)) == "路又坏了"
    assert judged_text(make_post("", title="路又坏了", place=3)) == ""
