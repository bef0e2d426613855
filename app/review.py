"""A claim on watch in, fresh comments drawn at random for a person out; what the person says of them back in.

The audit is blind (the file does not say what the model thinks), on comments published after the watch began (those
before it are why it began), and in the order drawn: nobody chooses which comments count.
"""

import random
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from pathlib import Path

from alerts.counts import seed_of
from alerts.detections import Draw, Key
from alerts.sequential.labels import CONFIRMED_AT, MOST_LABELS, Audit, Outcome, audit
from alerts.sequential.stream import Stream, cleared, confirmed
from app.bootstrap import Office
from app.lock import held
from console.cells import Row, plain
from crawlers.tables import read_table
from indexer.base import Query
from minsheng.domain import BEIJING, Claim, Kind, LabelledPost, Sentiment, Window
from minsheng.errors import BadRow, ConfigError
from minsheng.words import SENTIMENTS

COLUMNS: Mapping[str, int] = {"复核": 28, "编号": 24, "标签": 10, "标题": 30, "正文": 90, "发布日期": 12, "网址": 40}
_LABELS = {word: Sentiment(name) for name, said in SENTIMENTS.items() for word in (said, said[0])}
_SHEET = "结果"


@dataclass(frozen=True, slots=True)
class Case:
    """A claim on watch: which, since when (that names the round of the audit), and its state."""

    claim: Claim
    round: str
    stream: Stream

    @property
    def key(self) -> Key:
        return self.claim.project, self.claim.id

    @property
    def name(self) -> str:
        """What each row of a file says, so that it can be read back."""
        return f"{self.claim.id}@{self.round}"


def cases(office: Office, project: str | None = None) -> list[Case]:
    """Return every claim on watch without an alarm, of one project or of all: what a person may confirm or end."""
    claims = {claim.id: claim for claim in office.claims}
    return [
        Case(claims[claim], stream.watch_began.isoformat(), stream)
        for (_, claim), stream in office.detectors.streams(project).items()
        if claim in claims and stream.on_watch and stream.watch_began and not stream.alarm
    ]


def case_of(office: Office, name: str) -> Case:
    """Return the watch of a claim, of an alert's claim, or of a project with one claim on watch.

    Raises:
        ConfigError: Nothing of that name is on watch, or several claims are.
    """
    alert = office.alerts.alert(name)
    named = {name, alert.finding.target} if alert else {name}
    project = alert.finding.project if alert else _project_of(office, name)
    found = [case for case in cases(office, project) if named & set(case.key)]
    if len(found) == 1:
        return found[0]
    if found:
        raise ConfigError(
            f"{name}: several claims are on watch: {', '.join(case.claim.id for case in found)}; name one"
        )
    raise ConfigError(f"{name}: no claim of this project, alert or id is on watch, so there is nothing to review")


def _project_of(office: Office, name: str) -> str:
    """Return the project of a claim; a project is named by itself."""
    return next((claim.project for claim in office.claims if claim.id == name), name)


def draw(office: Office, case: Case) -> list[LabelledPost]:
    """Return the comments of the round that wait for a label, after drawing as many fresh ones as it still wants."""
    with held(office.folders.var / "watch.lock"):
        drawn = office.detectors.drawn(case.key, case.round)
        fresh = _fresh(office, case, {one.post for one in drawn})
        # The same comments give the same draw: nobody draws again until the draw pleases.
        chance = random.Random(seed_of(f"{case.name}|{len(drawn)}"))  # noqa: S311 - a lottery, not a secret
        taken = chance.sample(fresh, min(len(fresh), MOST_LABELS - len(drawn)))
        office.detectors.draw(case.key, case.round, taken)
    waiting = [*(one.post for one in drawn if one.label is None), *taken]
    return [labelled for post in waiting if (labelled := office.index.get(post)) is not None]


def readable(office: Office, case: Case, labels: Collection[str] = ()) -> list[Draw]:
    """Return what was drawn, but for what has left the index before it got a label: nobody can read that any more.

    Only looks as far as the first comment that still waits for one; ``labels`` names those that get one now.
    """
    kept, waits = [], False
    for one in office.detectors.drawn(case.key, case.round):
        if not waits and one.label is None and one.post not in labels:
            waits = office.index.get(one.post) is not None
            if not waits:
                continue
        kept.append(one)
    return kept


def _fresh(office: Office, case: Case, drawn: set[str]) -> list[str]:
    """Return the comments that may be drawn: on the claim, after the watch began, one of each cluster; by id."""
    since = datetime.combine(case.stream.watch_began or case.stream.settled, time(), BEIJING) + timedelta(days=1)
    until = max(office.now(), since)
    query = Query(linked=(case.claim.project,), kinds=(Kind.PUBLIC,), window=Window(since, until), order="oldest")
    first: dict[str, str] = {}
    for labelled in office.index.stream(query):
        if case.claim.aspect in {None, labelled.reading.aspect}:
            first.setdefault(labelled.reading.cluster, labelled.post.id)
    return sorted(set(first.values()) - drawn)


def rows(case: Case, posts: Iterable[LabelledPost]) -> Iterator[Row]:
    """Yield one row for each comment: its words, and an empty cell for the label."""
    for post in (labelled.post for labelled in posts):
        day = f"{post.published_at.astimezone(BEIJING):%Y-%m-%d}"
        yield case.name, post.id, "", plain(post.title), plain(post.text), day, post.url


def cover(case: Case, number: int) -> Sequence[tuple[str, str]]:
    """Return the lines of the first sheet: what to do, and what for."""
    return (
        ("表述", f"“{case.claim.text}”（{case.claim.publisher}）"),
        (
            "怎样填",
            f"在“标签”一列写 {'、'.join(SENTIMENTS.values())}：评论对该项目持什么态度。拿不准或与项目无关，写 中性。",
        ),
        ("顺序", "请自上而下填写，不挑选；空着的一条之后的不计入。"),
        ("条数", f"{number} 条，自列入关注后的评论中随机抽取；每轮至多 {MOST_LABELS} 条。"),
        ("填好后", "minsheng review read 本文件"),
    )


def read(office: Office, file: Path) -> tuple[Case, Audit]:
    """Take in the labels of a file; confirm or clear the watch if they decide it.

    Raises:
        ConfigError: The file is not one that ``draw`` wrote, a label is no label, or the watch has ended.
    """
    labels, name = _labels(file)
    return take(office, name, labels, str(file))


def take(
    office: Office, name: str, labels: Mapping[str, Sentiment], place: str, *, again: str = ""
) -> tuple[Case, Audit]:
    """Store labels of a case by its name; confirm or clear the watch if they decide it.

    Args:
        office: The deployment.
        name: As ``Case.name``.
        labels: What a person said, by post.
        place: Where the labels stand, for messages.
        again: A post whose label may be put right, though it was stored before.

    Raises:
        ConfigError: As ``read``.
    """
    with held(office.folders.var / "watch.lock"):
        case = case_of(office, name.partition("@")[0])
        if case.name != name:
            raise ConfigError(f"{place}: belongs to {name}; the claim has since come on watch anew ({case.name})")
        drawn = [_labelled(one, labels, place, again) for one in readable(office, case, labels)]
        if strange := sorted(labels.keys() - {one.post for one in drawn}):
            raise ConfigError(f"{place}: {strange[0]} was not drawn; rows must not be added")
        found = audit(list(in_order(drawn)), case.stream.terms.null.share)
        office.detectors.label(case.key, case.round, labels, _outcome(case.stream, found))
        office.watch_memory.touch([case.claim.project])
    return case, found


def _outcome(stream: Stream, found: Audit) -> Stream | None:
    match found.outcome:
        case Outcome.CONFIRMED:
            return confirmed(stream, found.evidence, CONFIRMED_AT)
        case Outcome.REFUTED:
            return cleared(stream)
        case Outcome.OPEN:
            return None


def _labels(file: Path) -> tuple[dict[str, Sentiment], str]:
    """Return post → label of the rows that have one, and the case that all rows name."""
    found: dict[str, Sentiment] = {}
    names: set[str] = set()
    for number, row in read_table(file, sheet=_SHEET if file.suffix.lower() == ".xlsx" else None):
        if isinstance(row, BadRow) or not {"复核", "编号", "标签"} <= row.keys():
            raise ConfigError(
                f"{file}:{number}: not a row of a review; read the file that `minsheng review draw` wrote"
            )
        names.add(row["复核"])
        word = row["标签"].strip()
        if word and word not in _LABELS:
            raise ConfigError(f"{file}:{number}: 标签 {word!r} is none of {'、'.join(SENTIMENTS.values())}")
        if word:
            found[row["编号"]] = _LABELS[word]
    if len(names) != 1:
        raise ConfigError(f"{file}: holds {len(names)} reviews; one file is one review")
    return found, names.pop()


def _labelled(one: Draw, labels: Mapping[str, Sentiment], place: str, again: str) -> Draw:
    """Return the draw with its label; one that was read before cannot be changed."""
    new = labels.get(one.post, one.label)
    if one.label is not None and new is not one.label and one.post != again:
        raise ConfigError(f"{place}: {one.post} was labelled {SENTIMENTS[one.label]} before; labels are not changed")
    return replace(one, label=new)


def in_order(drawn: Iterable[Draw]) -> Iterator[Sentiment]:
    """Yield the labels up to the first comment without one: leaving out would be choosing."""
    for one in drawn:
        if one.label is None:
            return
        yield one.label
