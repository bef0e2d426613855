"""Odd query strings on a small index; ``python -m benchmarks.fuzz_queries`` asks for 20,000 of them on a large one."""

import random

from benchmarks.fuzz_queries import ask_all, odd_queries


def test_odd_query_strings_are_answered_or_refused_with_their_place(index, make_labelled):
    index.add(make_labelled(text) for text in ("路灯坏了三天", "夜里施工，扰民😡", "坐bus去3号线", '~"(OR\\u202e'))

    outcome = ask_all(index, odd_queries(random.Random(7), 300))

    assert outcome.wrong == []
    assert outcome.numbers["refused"] > 50
    assert outcome.numbers["found something"] > 5
