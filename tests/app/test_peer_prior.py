from datetime import UTC, datetime

import pytest

from app.bootstrap import Office
from minsheng.domain import Evidence, Finding, Prevalence, Verdict, Window
from models.open import SHIPPED_FOLDER
from models.version import version_of

NOW = datetime(2026, 3, 10, tzinfo=UTC)
PROJECTS = """\
departments:
  - {id: jtj, name: 市交通局, recipients: [jtj@office.example]}
projects:
""" + "".join(f"  - {{id: {key}, name: {key}路改造, region: 城东区, department: jtj, type: road}}\n" for key in "abcde")


def measured(project: str) -> Finding:
    """What a watch found of a peer with many comments."""
    shares = Prevalence(0.3, 0.4, 0.3, 0.2, 0.4, 90, 90, 90.0, 30, 2, 0.3)
    evidence = Evidence("负面占比", 90, 90.0, Window(NOW, NOW), prevalence=shares)
    return Finding("divergence", project, False, Verdict.COMPATIBLE, "", evidence)


@pytest.fixture
def open_office(tmp_path):
    (tmp_path / "projects").mkdir()
    (tmp_path / "projects" / "p.yml").write_text(PROJECTS, encoding="utf-8")

    def opened(settings=""):
        (tmp_path / "minsheng.yml").write_text(f"office: 联络办\n{settings}", encoding="utf-8")
        office = Office(tmp_path, {}, lambda: NOW)
        office.alerts.apply([measured(key) for key in "bcde"], NOW, lambda _: ())
        return office

    return opened


@pytest.fixture
def few(make_labelled):
    version = version_of(SHIPPED_FOLDER)
    return [make_labelled(id=f"forum:{n}", thread=f"http://f.example/{n}", model=version) for n in range(25)]


@pytest.mark.parametrize(
    ("settings", "project", "peers"),
    [("", "a", 10), ("peer_prior: false\n", "a", 0), ("", None, 0), ("", "unknown", 0)],
)
def test_peers_count_for_a_named_project_with_few_comments_unless_switched_off(
    open_office, few, settings, project, peers
):
    office = open_office(settings)

    shares = office.estimate(few, project)

    assert shares.peer_comments == peers
    assert shares.calibration == office.calibration.version


def test_comments_read_by_another_model_have_no_estimate(open_office, make_labelled):
    older = [make_labelled(id=f"forum:{n}", model="older@00000000") for n in range(25)]

    assert open_office().estimate(older, "a") is None
