from datetime import timedelta

from alerts.evidence import both_sides, quotes
from minsheng.correcting import Change, corrected


def test_one_quote_stands_for_all_copies(make_labelled):
    posts = [make_labelled(cluster="a") for _ in range(4)] + [make_labelled("电梯又停了")]

    found = quotes(posts)

    assert sorted(quote.copies for quote in found) == [1, 4]


def test_never_more_quotes_than_asked_for(make_labelled):
    assert len(quotes([make_labelled() for _ in range(30)])) == 10
    assert len(quotes([make_labelled() for _ in range(30)], limit=3)) == 3
    assert quotes([]) == ()


def test_a_long_text_is_cut_and_a_short_one_is_verbatim(make_labelled):
    long, short = quotes([make_labelled("长" * 500), make_labelled("短而原样！ ")])

    assert len(long.text) == 160
    assert long.text.endswith("…")
    assert short.text == "短而原样！ "


def test_a_post_without_text_is_quoted_by_its_title(make_labelled):
    assert quotes([make_labelled("", title="路灯不亮")])[0].text == "路灯不亮"


def test_every_thread_speaks_before_one_speaks_twice(make_labelled):
    loud = [make_labelled(negative=0.99, neutral=0.005, positive=0.005, thread="loud") for _ in range(20)]
    others = [make_labelled(negative=0.6, neutral=0.2, positive=0.2) for _ in range(5)]

    found = quotes([*loud, *others], limit=6)

    assert {post.post.id for post in others} < {quote.post for quote in found}


def test_sources_take_turns(make_labelled):
    many = [make_labelled() for _ in range(20)]
    few = [make_labelled(source="board", negative=0.7, neutral=0.2, positive=0.1) for _ in range(3)]

    found = quotes([*many, *few], limit=6)

    assert sum(quote.source == "board" for quote in found) == 3


def test_sure_ones_come_first_then_new_ones(make_labelled, now):
    unsure = make_labelled(negative=0.5, neutral=0.3, positive=0.2, published_at=now)
    old = make_labelled(published_at=now - timedelta(days=9))
    new = make_labelled(published_at=now - timedelta(days=1))

    assert [quote.post for quote in quotes([unsure, old, new])] == [new.post.id, old.post.id, unsure.post.id]


def test_the_order_of_posts_does_not_matter(make_labelled):
    posts = [make_labelled(thread=f"t{n % 4}") for n in range(25)]

    assert quotes(posts) == quotes(posts[::-1])


def test_each_side_has_its_quotes_and_neutral_ones_are_on_neither(make_labelled):
    bad = make_labelled()
    good = make_labelled("修得真好", negative=0.05, neutral=0.05, positive=0.9)
    question = make_labelled("何时开工", negative=0.1, neutral=0.8, positive=0.1)

    negative, positive = both_sides([bad, good, question])

    assert [quote.post for quote in negative] == [bad.post.id]
    assert [quote.post for quote in positive] == [good.post.id]


def test_a_quote_stands_on_the_side_that_a_person_put_it_and_says_so(make_labelled, now):
    negative = make_labelled("路灯坏了")
    turned = corrected(make_labelled("路灯修好了"), [Change("sentiment", ("positive",))], now)

    against, for_ = both_sides([negative, turned])

    assert [(quote.post, quote.corrected) for quote in against] == [(negative.post.id, False)]
    assert [(quote.post, quote.corrected, quote.confidence) for quote in for_] == [(turned.post.id, True, 0.9)]
