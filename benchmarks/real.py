"""The real messages of the shared data in, a deployment over a local board of them out."""

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.board import Board, read_messages, write_sources

SHARED = Path(__file__).resolve().parents[2] / "shared"
NOW = datetime(2020, 2, 1, 4, 0, tzinfo=UTC)
"""The messages end in January 2020; a watch 'today' would find nothing recent."""

_PROJECTS = """\
departments:
  - {id: housing, name: 住房和城乡建设局, recipients: [housing@office.example]}
  - {id: transport, name: 交通运输局, recipients: [transport@office.example]}
projects:
  - {id: metro, name: 地铁建设, aliases: [地铁, 轨道交通], region: A市, department: transport, type: metro}
  - {id: bus, name: 公交线路优化, aliases: [公交], region: A市, department: transport, type: transit}
  - {id: lifa, name: 丽发新城, aliases: [丽发新城小区], region: A2区, department: housing, type: estate}
  - {id: yijingyuan, name: 伊景园滨河苑, aliases: [伊景园], region: A市, department: housing, type: estate}
  - {id: meili, name: 魅力之城, region: A5区, department: housing, type: estate}
  - {id: renewal, name: 老旧小区改造, aliases: [旧城改造, 老旧小区, 棚户区改造], region: A市, department: housing, type: estate}
  - {id: quanxing, name: 泉星公园, region: A7县, department: housing, type: park}
"""
# The data has no official claims; these are ours, so that the comparison has something to compare with.
_CLAIMS = """\
claims:
  - {id: metro-satisfaction, project: metro, text: 地铁沿线居民满意率95%, kind: satisfaction, status: level, value: 95%,
     source_url: "http://gov.example/1", publisher: 交通运输局, date: 2019-01-01, reviewed: true}
  - {id: bus-satisfaction, project: bus, text: 公交乘客满意率达90%, kind: satisfaction, status: level, value: 90%,
     source_url: "http://gov.example/2", publisher: 交通运输局, date: 2019-01-01, reviewed: true}
  - {id: renewal-goal, project: renewal, text: 力争满意率达98%, kind: satisfaction, status: goal, value: 98%,
     source_url: "http://gov.example/3", publisher: 住房和城乡建设局, date: 2019-01-01, reviewed: true}
"""
_SETTINGS = (
    "office: A市联络办\ncrawl: {delay_seconds: 0, allow_private_hosts: true, max_depth: 500}\nconsole: {port: 0}\n"
)


def read_board(limit: int | None = None) -> Board:
    """Read the messages with replies and those with votes, ``limit`` of each."""
    folder = SHARED / "data" / "tipdm2020c"
    return Board(
        read_messages(folder / "messages_replies.tsv", limit), read_messages(folder / "messages_votes.tsv", limit)
    )


def write_deployment(folder: Path, url: str) -> None:
    """Write a deployment whose two sources are the board at ``url``."""
    for name, text in {"minsheng.yml": _SETTINGS, "projects/p.yml": _PROJECTS, "claims/c.yml": _CLAIMS}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    write_sources(folder / "sources", url)
