from models.batching import MAX_WINDOWS, batches, equal_batches, windows


def test_a_text_that_fits_is_one_window():
    assert [w.ids for w in windows(3, [1, 2, 3], 4)] == [(1, 2, 3)]


def test_an_empty_text_is_one_empty_window():
    assert [w.ids for w in windows(0, [], 4)] == [()]


def test_windows_are_of_like_size_and_lose_nothing():
    cut = windows(0, range(101), 50)

    assert [len(w.ids) for w in cut] == [34, 33, 34]
    assert [i for w in cut for i in w.ids] == list(range(101))


def test_a_very_long_text_is_read_at_spread_places_from_start_to_end():
    cut = windows(0, range(100_000), 100)

    assert len(cut) == MAX_WINDOWS
    assert cut[0].ids[0] == 0
    assert cut[-1].ids[-1] == 99_999


def test_batches_hold_each_row_once_and_keep_to_the_budget():
    lengths = [3, 90, 5, 4, 88, 200, 1, 60]

    groups = batches(lengths, 100)

    assert sorted(i for group in groups for i in group) == list(range(8))
    assert all(len(g) == 1 or len(g) * max(lengths[i] for i in g) <= 100 for g in groups)


def test_rows_of_like_length_stand_together():
    assert batches([1, 9, 1, 9], 18) == [[1, 3], [0, 2]]


def test_equal_batches_hold_rows_of_one_length_within_the_budget():
    lengths = [3, 9, 3, 9, 3, 4, 3]

    groups = equal_batches(lengths, 9)

    assert groups == [[1], [3], [5], [0, 2, 4], [6]]
