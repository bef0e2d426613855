import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console

from models.evaluation.baselines import majority, run
from models.evaluation.behaviour import BehaviourReport, CapabilityScore, Failure, NoiseScore
from models.evaluation.document import Matrix, Table, document
from models.evaluation.drawing import reliability_chart, wilson
from models.evaluation.export import to_json
from models.evaluation.markdown import markdown_page
from models.evaluation.metrics import Bin
from models.evaluation.page import html_page, shade
from models.evaluation.report import Reader, Report, evaluate
from models.evaluation.sets import Aside, LabelledSet, shared_sets
from models.evaluation.terminal import show

BEHAVIOUR = BehaviourReport(
    (CapabilityScore("礼貌的投诉", "mft", 40, 36), CapabilityScore("繁体", "inv", 50, 50)),
    (Failure("礼貌的投诉", "mft", "您好,<路灯>坏了|谢谢", "负面", "正面"),),
    (NoiseScore("错别字", 500, 12),),
)


@pytest.fixture
def report(model, make_model, shared_data) -> Report:
    sets = [shared_sets(shared_data)[0], shared_sets(shared_data)[4]]
    return evaluate(
        Reader(model),
        sets,
        against=Reader(make_model(name="另一个")),
        floors=lambda s: run(s, {"多数类": majority}),
        behaviour=BEHAVIOUR,
    )


def shown(report: Report, width: int = 100) -> str:
    out = Console(width=width, record=True, file=io.StringIO())
    show(out, document(report))
    return out.export_text()


def test_the_terminal_shows_every_part_within_100_columns(report):
    text = shown(report)

    for words in (
        "一览",
        "混淆矩阵",
        "可靠性曲线",
        "与基线比较",
        "按来源",
        "按长度",
        "行为测试",
        "与另一模型比较",
        "McNemar",
    ):
        assert words in text
    assert "拿不准" in text
    assert "基线：多数类" in text


def test_a_narrow_terminal_cuts_no_figure_off(report):
    text = shown(report, width=80)

    assert "…" not in text
    assert max(map(cell_len, text.splitlines())) <= 80


def test_failures_and_rates_of_the_behavioural_list_are_in_every_form(report):
    for text in (shown(report), html_page(document(report)), markdown_page(document(report))):
        assert "90.0%" in text
        assert "2.4%" in text
    found = to_json(report)["behaviour"]
    assert found["kinds"] == {"mft": {"cases": 40, "passed": 36}, "inv": {"cases": 50, "passed": 50}}
    assert found["failures"][0]["got"] == "正面"
    assert found["noise"][0]["share"] == pytest.approx(0.024)


def test_the_page_is_self_contained_without_scripts_and_escapes_texts(report):
    page = html_page(document(report))

    assert "<script" not in page
    assert re.findall(r'(?:src|href)="', page) == []
    assert "url(" not in page
    assert "您好,&lt;路灯&gt;坏了|谢谢" in page
    assert "prefers-color-scheme: dark" in page
    assert page.count("<svg") == 4


def test_every_head_on_the_page_has_its_number_of_texts_and_interval(report):
    page = document(report)

    overview = page.sections[0].blocks[0]
    assert isinstance(overview, Table)
    assert len(overview.rows) == 5
    for row in overview.rows:
        assert int(row[2]) > 0
        assert re.search(r"\[[01]\.\d{3}, [01]\.\d{3}\]", row[3])


def test_only_classes_that_occur_stand_in_the_matrix(report):
    matrices = [block for section in document(report).sections for block in section.blocks if isinstance(block, Matrix)]

    assert matrices[0].names == ("负面", "中性", "正面")
    assert sum(map(sum, matrices[0].counts)) == 24
    assert len(matrices[1].names) < 14


def test_a_cell_is_as_dark_as_its_share_of_the_true_class():
    matrix = Matrix("", ("a", "b"), ((90, 1), (10, 0)))

    assert [[shade(n, matrix, i) for i, n in enumerate(row)] for row in matrix.counts] == [[5, 5], [1, 0]]


def test_markdown_escapes_what_would_break_a_table(report):
    page = markdown_page(document(report))

    assert "坏了\\|谢谢" in page
    assert "### 情感" in page


def test_rows_set_aside_and_missing_heads_are_said(make_model):
    labelled = LabelledSet(
        "x", "样例", ("好",), {"sentiment": (2,), "intent": (4,)}, ("",), (Aside(3, "没有文本"), Aside(5, "没有文本"))
    )
    model = make_model(heads={"sentiment": ("negative", "positive")})

    text = shown(evaluate(Reader(model), [labelled]))

    assert "另放一边、未参加评测 2 行：没有文本 2 行" in text
    assert "此模型不回答：意图" in text


def test_a_better_model_is_named_and_a_tie_is_called_one(model, make_model):
    texts = ("噪音扰民一直没人管", "请问地铁何时开工", "感谢政府办得好") * 6
    labelled = LabelledSet("x", "样例", texts, {"sentiment": (0, 1, 2) * 6}, ("",) * 18)
    worse = make_model(name="worse", heads={"sentiment": ("neutral",)})

    assert "情感：本模型准确率更高（1.000 对 0.333" in shown(
        evaluate(Reader(model), [labelled], against=Reader(worse)), 200
    )
    assert "情感：另一模型准确率更高" in shown(evaluate(Reader(worse), [labelled], against=Reader(model)), 200)
    assert "准确率之差看不出" in shown(evaluate(Reader(model), [labelled], against=Reader(model)), 200)


def test_the_reliability_curve_has_a_dot_a_whisker_and_a_count_per_bin():
    chart = reliability_chart([Bin(0.5, 0.6, 10, 0.55, 0.5), Bin(0.9, 1.0, 40, 0.97, 0.95)], title="<情感>")

    assert chart.svg.count('class="spot"') == chart.svg.count('class="whisker"') == chart.svg.count('class="bar"') == 2
    assert "<情感>" not in chart.svg
    assert chart.rows[1] == ("0.9–1.0", "40", "0.970", "0.950", "0.835–0.986")


def test_the_interval_of_a_share_stays_inside_its_bounds():
    assert wilson(1.0, 3) == pytest.approx((0.438, 1.0), abs=0.001)
    assert wilson(0.0, 3)[0] == pytest.approx(0.0, abs=1e-12)
