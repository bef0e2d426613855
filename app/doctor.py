"""An office in, what works and what to mend out."""

import functools
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from alerts.entries import EntryState
from alerts.outbox import STUCK
from app.bootstrap import Office
from app.relabel import waiting
from briefings.render.pdf import library
from briefings.render.picture import has_chinese
from indexer.base import Query
from indexer.conditions import EVERYTHING
from minsheng.charts import percent
from minsheng.crawls import CrawlReport, SourceHealth
from minsheng.domain import BEIJING
from minsheng.errors import ConfigError, MinshengError
from minsheng.words import HEALTH

LEAST_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One answer of the doctor; ``detail`` says what was seen, and what to do if it is not ok."""

    name: str
    ok: bool
    detail: str


def examine(office: Office) -> list[Check]:
    """Look at every part; one broken part does not hide the others."""
    checks: list[tuple[str, Callable[[Office], str]]] = [
        ("项目 projects", _projects),
        ("表述 claims", _claims),
        ("依据 evidence", _evidence),
        ("规则 rules", _rules),
        ("模型 model", _model),
        ("索引 index", _index),
        ("判读 readings", _readings),
        ("邮件 mail", _mail),
        ("简报 briefings", _briefings),
        ("磁盘 disk", _disk),
    ]
    return (
        [_ask(name, functools.partial(check, office)) for name, check in checks] + _cluster(office) + _sources(office)
    )


def _ask(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, detail=check())
    except MinshengError as error:
        return Check(name, ok=False, detail=str(error))


def _projects(office: Office) -> str:
    register = office.register
    if not register.projects:
        raise ConfigError(f"{office.folders.projects}: no projects yet; write one (docs/operate.md shows how)")
    without = [department.name for department in register.departments.values() if not department.recipients]
    if without and not office.settings.mail.operator:
        raise ConfigError(f"no recipients: {', '.join(without)}; add them, or set mail.operator as fallback")
    return f"{len(register.projects)} 个项目，{len(register.departments)} 个部门"


def _claims(office: Office) -> str:
    claims = office.claims
    reviewed = sum(claim.reviewed for claim in claims)
    waiting = len(office.ledger.entries(EntryState.PROPOSED))
    return f"{len(claims)} 条，其中 {reviewed} 条经人工确认（只有确认过的才会比对），另有 {waiting} 条提案等人决定"


def _evidence(office: Office) -> str:
    return f"{len(office.recorded)} 条由人记录的依据（请群众说话、参与、评判）"


def _rules(office: Office) -> str:
    return "、".join(rule.title for rule in office.rules)


def _model(office: Office) -> str:
    model = office.model
    model.read(["路灯坏了三天没人修"])
    known = "误差已测" if office.calibration else "误差未知：偏离比对不会发出邮件"
    return f"{model.name}，{known}"


def _index(office: Office) -> str:
    # Not the whole setting: the address of a server may hold its password.
    return f"{office.settings.index.partition(':')[0]}，{office.index.count(Query()):,} 条"


def _readings(office: Office) -> str:
    old = office.index.count(waiting(EVERYTHING, office.model.version))
    return f"{old:,} 条由别的模型判读，可用 minsheng relabel 重判" if old else "全部由现在的模型判读"


def _briefings(office: Office) -> str:
    formats = office.settings.briefing.formats
    if "pdf" in formats:
        library()
    drawn = "docx" not in formats or has_chinese()
    fonts = "" if drawn else "；本机没有中文字体，Word 中的图以数据代替（apt install fonts-noto-cjk）"
    return f"{len(office.archive.list())} 期，格式 {'、'.join(formats)}{fonts}"


def _cluster(office: Office) -> list[Check]:
    """Say how the Elasticsearch is, one line for each thing to mend; nothing where there is none."""
    if office.settings.index.partition(":")[0] != "elasticsearch":
        return []
    from indexer.elastic_health import examine_cluster

    try:
        words, troubles = examine_cluster(office.settings.index, office.settings.elasticsearch)
    except MinshengError as error:
        return [Check("集群 cluster", ok=False, detail=str(error))]
    return [Check("集群 cluster", ok=False, detail=trouble) for trouble in troubles] or [
        Check("集群 cluster", ok=True, detail=words)
    ]


def _mail(office: Office) -> str:
    mail = office.settings.mail
    waiting = len(office.outbox.waiting())
    place = (
        f"{mail.host}:{mail.port}（{mail.security}）" if mail.channel == "smtp" else str(office.folders.var / "mail")
    )
    stuck = [mail for mail in office.outbox.mails() if mail.state in STUCK]
    if stuck:
        raise ConfigError(
            f"{len(stuck)} mails were refused, given up or bounced, the last to {', '.join(stuck[-1].refused)}: "
            "minsheng mail shows why; correct the recipients, then minsheng mail retry"
        )
    return f"{mail.channel} → {place}，待发 {waiting} 封"


def _disk(office: Office) -> str:
    return _free(office.folders.root)


def _free(folder: Path) -> str:
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise ConfigError(f"{folder}: only {free / 1e9:.1f} GB free; make room before the index cannot be written")
    return f"剩余 {free / 1e9:.0f} GB"


def _sources(office: Office) -> list[Check]:
    try:
        names = list(office.source_configs)
    except MinshengError as error:
        return [Check("来源 sources", ok=False, detail=str(error))]
    if not names:
        return [Check("来源 sources", ok=False, detail=f"{office.folders.sources}: 还没有来源，见 docs/sources.md")]
    health = office.history.health()
    return [_source(name, health[name]) if name in health else _never(name) for name in names]


def _source(name: str, health: SourceHealth) -> Check:
    last = health.last
    since = f"{health.since.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    parts = [
        f"自 {since} 起{HEALTH[health.state]}",
        f"上次 {last.new} 新 {last.changed} 改 {last.deleted} 删，{_cost(last)}",
    ]
    rate = health.deletion_rate
    parts += [f"30 天内网站删除 {health.deleted} 条（{percent(rate)}）"] if rate and health.deleted else []
    parts += [f"错误 {last.errors}"] if last.errors else []
    parts += [last.detail] if last.detail else []
    return Check(f"来源 {name}", ok=health.is_well, detail="；".join(parts))


def _cost(last: CrawlReport) -> str:
    return (
        f"遮盖 {last.masked} 处，搁置 {last.set_aside} 条，{last.pages} 页，{last.bytes:,} 字节，{last.seconds:.0f} 秒"
    )


def _never(name: str) -> Check:
    return Check(f"来源 {name}", ok=True, detail=f"还没有采集过；minsheng crawl {name}")
