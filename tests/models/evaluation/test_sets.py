import pytest

from minsheng.errors import ConfigError
from models.evaluation.sets import NAMED_TOPIC, read_file, shared_sets, stance_set
from models.training.recipes import NONE


@pytest.fixture
def write(tmp_path):
    def write(content, encoding="utf-8"):
        path = tmp_path / "labelled.tsv"
        path.write_bytes(content.encode(encoding))
        return path

    return write


def test_text_and_sentiment_are_enough(write):
    found = read_file(write("text\tsentiment\n噪音扰民\tneg\n何时开工\tneu\n办得好\tpos\n"))

    assert found.texts == ("噪音扰民", "何时开工", "办得好")
    assert found.labels == {"sentiment": (0, 1, 2)}
    assert found.aside == ()


def test_every_known_column_is_read_and_an_empty_cell_says_nothing(write):
    path = write("text\tsentiment\taspect\tintent\trelevant\tsource\tother\n噪音\tneg\tenvironment\t\t1\tboard\tx\n")

    found = read_file(path)

    assert {head: labels[0] for head, labels in found.labels.items()} == {
        "sentiment": 0,
        "aspect": 2,
        "intent": NONE,
        "relevance": 1,
    }
    assert found.sources == ("board",)
    assert found.answered("intent") == []


def test_a_quoted_text_may_hold_tabs_and_line_breaks(write):
    found = read_file(write('text\tsentiment\n"第一行\n第二\t行"\tneg\n好\tpos\n'))

    assert found.texts == ("第一行\n第二\t行", "好")


def test_a_file_from_a_spreadsheet_may_start_with_a_mark(write):
    assert read_file(write("\ufefftext\tsentiment\n好\tpos\n")).texts == ("好",)


def test_rows_without_text_or_label_are_set_aside_with_line_and_reason(write):
    found = read_file(write("text\tsentiment\n好\tpos\n\tneg\n坏\t\n"))

    assert [(row.line, row.reason) for row in found.aside] == [(3, "没有文本"), (4, "没有情感标签")]
    assert found.texts == ("好",)


def test_a_label_that_is_not_allowed_names_file_line_column_value_and_what_is_allowed(write):
    path = write("text\tsentiment\trelevant\n好\tpos\t1\n坏\tbad\tyes\n")

    with pytest.raises(ConfigError) as caught:
        read_file(path)

    assert str(caught.value).splitlines() == [
        f"{path}:3: column sentiment: 'bad' is not allowed; allowed are neg, neu, pos",
        f"{path}:3: column relevant: 'yes' is not allowed; allowed are 0, 1",
    ]


def test_many_wrong_labels_are_counted_not_all_listed(write):
    path = write("text\tsentiment\n" + "好\tgood\n" * 9)

    with pytest.raises(ConfigError, match="and 4 more"):
        read_file(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,sentiment\n好,pos\n", ":1: no column text and no column sentiment; found text,sentiment"),
        ("text\tlabel\n好\tpos\n", ":1: no column sentiment"),
        ("", ":1: no column text"),
        ("text\tsentiment\n", "no row with a text and a sentiment"),
        ("text\tsentiment\n好\tpos\tmore\n", ":2: more fields than the header has"),
        ('text\tsentiment\n"好\tpos\n', "not a TSV file"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_the_place(write, content, message):
    path = write(content)

    with pytest.raises(ConfigError, match="labelled.tsv") as caught:
        read_file(path)

    assert message in str(caught.value)


def test_a_file_in_another_encoding_and_a_missing_one_are_refused(write, tmp_path):
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_file(write("text\tsentiment\n好\tpos\n", "gb18030"))
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        read_file(tmp_path / "absent.tsv")


def test_the_whole_report_is_about_five_sets_and_counts_what_it_leaves_out(shared_data):
    civic, usual, virus, topics, named = shared_sets(shared_data)

    assert set(civic.labels) == {"sentiment", "aspect", "intent", "relevance"}
    assert (len(civic.texts), len(topics.texts)) == (24, 4)
    assert usual.texts == virus.texts == ("路修好了",)
    assert sorted(row.reason for row in usual.aside) == ["惊讶情绪，没有态度标签", "训练集中也有", "训练集中也有"]
    assert len(named.texts) == 2 + 6
    assert named.labels[NAMED_TOPIC][-1] == 7


def test_stances_come_with_their_claims_and_lessons(shared_data):
    found = stance_set(shared_data)

    assert found.claims == ("修公园",) * 3
    assert found.labels == {"stance": (0, 1, 2)}
    assert [lesson.label("stance") for lesson in found.training()] == [0, 1, 2]
    assert found.training()[0].label("sentiment") == NONE


def test_a_folder_without_the_sets_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no civic/ folder"):
        shared_sets(tmp_path)


@pytest.mark.shared
def test_the_rows_that_stand_in_train_are_those_that_the_readme_counts(shared):
    _, usual, virus, *_ = shared_sets(shared / "data")

    twice = [sum(row.reason == "训练集中也有" for row in found.aside) for found in (usual, virus)]

    assert min(twice) >= 100
    assert len(usual.texts) + len(usual.aside) == 2000
