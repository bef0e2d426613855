import pytest

from models.pieces import Pieces


@pytest.fixture
def pieces(tiny_folder):
    return Pieces(tiny_folder, 8)


def test_special_tokens_stand_around_every_window(pieces):
    (rows,) = pieces.windows(["公园" * 10])

    assert [(row[0], row[-1]) for row in rows] == [(2, 3)] * len(rows)
    assert max(map(len, rows)) <= 8
    assert sum(len(row) - 2 for row in rows) == 20


def test_each_text_has_its_own_rows_in_order(pieces):
    first, second, empty = pieces.windows(["公园", "噪音扰民", ""])

    assert [len(row) for row in first + second + empty] == [4, 6, 2]


def test_what_the_tokenizer_was_last_used_for_does_not_cut_or_pad(tiny_folder, tmp_path):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tiny_folder / "tokenizer.json"))
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=9)
    tokenizer.save(str(tmp_path / "tokenizer.json"))

    (rows,) = Pieces(tmp_path, 24).windows(["公园环境很差"])

    assert [len(row) for row in rows] == [8]
