"""What the API takes and gives, as models that its OpenAPI document is made of."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from console.criteria import Criteria
from indexer.base import FLOOR, Facet, Hit, Interval, Order
from minsheng import domain
from minsheng.charts import TrendPoint
from minsheng.domain import AlertState, ClaimBound, ClaimKind, ClaimStatus, Kind, Prevalence, Verdict

_FIRST, _LAST = date(1970, 1, 1), date(2199, 12, 31)
Words = Annotated[str, Field(max_length=2000)]
Day = Annotated[date, Field(ge=_FIRST, le=_LAST)]


class Shape(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True)


class Asked(BaseModel):
    """The filters of a search: one kind given several times is OR, several kinds are AND."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: Words = Field("", description="the query language of the search page (docs/search.md)")
    project: list[str] = Field([], max_length=100, description="ids of projects")
    source: list[str] = Field([], max_length=100)
    kind: list[Kind] = Field([])
    sentiment: list[Literal["negative", "neutral", "positive", "unsure"]] = Field([])
    topic: list[str] = Field([], max_length=100)
    aspect: list[str] = Field([], max_length=100)
    intent: list[str] = Field([], max_length=100)
    cluster: Words = ""
    thread: Words = ""
    since: Day | None = Field(None, description="first Beijing day")
    until: Day | None = Field(None, description="last Beijing day, included")
    fold: bool = Field(True, description="one post of each cluster of near copies")

    def criteria(self) -> Criteria:
        """Return the same search as a page would ask for it.

        Raises:
            QueryError: A value is none of those that a field can have.
        """
        given = self.model_dump(mode="json", include=set(Asked.model_fields), exclude_defaults=True)
        pairs = [
            (name, one) for name, value in given.items() for one in (value if isinstance(value, list) else [value])
        ]
        return Criteria.parse((name, str(int(one)) if isinstance(one, bool) else one) for name, one in pairs)


class AskedPage(Asked):
    """A search and which page of it."""

    order: Order = "newest"
    limit: int = Field(20, ge=1, le=200)
    after: Words | None = Field(None, description="`next` of the page before")


class AskedFacet(Asked):
    """A search and what is counted in it."""

    limit: int = Field(50, ge=1, le=1000)


class AskedHistogram(Asked):
    """A search and how wide the bars are."""

    interval: Interval = "day"


class AskedSimilar(Asked):
    """A post, and among what similar ones are looked for."""

    post: Words = Field(description="id of the post")
    limit: int = Field(30, ge=1, le=200)
    floor: float = Field(FLOOR, ge=-1, le=1, description="least cosine")


class Probabilities(Shape):
    negative: float
    neutral: float
    positive: float


class Post(Shape):
    """A public message with its label as it stands now. Who wrote it is known to no part of this program."""

    id: str
    source: str
    kind: Kind
    url: str
    thread: str
    title: str
    text: str
    published_at: datetime
    collected_at: datetime
    projects: tuple[str, ...]
    sentiment: str
    topic: str
    aspect: str
    intent: str
    probabilities: Probabilities = Field(description="always the model's")
    model: str
    corrected: tuple[str, ...] = Field(description="fields that a person has put right")
    cluster: str
    copies: int = Field(description="size of the cluster of near copies in the whole index")

    @classmethod
    def of(cls, hit: Hit) -> Self:
        post, label, reading = hit.labelled.post, hit.labelled.label, hit.labelled.reading
        return cls(
            id=post.id, source=post.source, kind=post.kind, url=post.url, thread=post.thread, title=post.title,
            text=post.text, published_at=post.published_at, collected_at=post.collected_at, projects=label.projects,
            sentiment=label.attitude, topic=label.topic, aspect=label.aspect, intent=label.intent,
            probabilities=Probabilities.model_validate(reading.opinion), model=reading.model,
            corrected=label.corrected, cluster=reading.cluster, copies=hit.copies,
        )  # fmt: skip


class Posts(Shape):
    """One page of a search."""

    total: int = Field(description="exact number of all hits")
    posts: list[Post]
    next: str | None = Field(description="`after` of the next page; null on the last")


class Count(Shape):
    """How many posts a search finds."""

    count: int


class Value(Shape):
    """One value of a facet."""

    value: str
    count: int


class Facets(Shape):
    """The values of a facet, most first."""

    facet: Facet
    values: list[Value]


class Bar(Shape):
    """A bar of the histogram: the first Beijing day of it."""

    day: date
    count: int


class Histogram(Shape):
    """The bars that are not empty, oldest first."""

    interval: Interval
    bars: list[Bar]


class Similar(Shape):
    """A post that is near in meaning."""

    similarity: float
    post: Post


class SimilarPosts(Shape):
    """The nearest posts, nearest first."""

    posts: list[Similar]
    unread: int = Field(description="posts that have no vector to compare")


class PhaseOf(Shape):
    name: str
    since: date
    until: date | None


class Project(Shape):
    """A public work of the register."""

    id: str
    name: str
    aliases: tuple[str, ...]
    region: str
    department: str
    type: str
    phases: list[PhaseOf]


class Share(Shape):
    """The negative share of comments, corrected for the model's known errors, with its 95 % interval."""

    negative: float
    neutral: float
    positive: float
    low: float
    high: float
    posts: int
    effective: float

    @classmethod
    def of(cls, found: Prevalence | None) -> Self | None:
        return cls.model_validate(found) if found else None


class Point(Shape):
    """One point of the trend; null where there were too few comments."""

    day: date
    value: float | None
    low: float | None
    high: float | None
    posts: int

    @classmethod
    def of(cls, point: TrendPoint) -> Self:
        return cls(day=point.day, value=point.value, low=point.low, high=point.high, posts=point.n)


class Finding(Shape):
    """The answer of one rule, also where it did not fire."""

    rule: str
    fired: bool
    verdict: Verdict
    why: str
    level: float
    claim: str | None
    measure: str
    share: float | None
    low: float | None
    high: float | None
    posts: int

    @classmethod
    def of(cls, found: domain.Finding) -> Self:
        seen = found.evidence
        return cls(
            rule=found.rule, fired=found.fired, verdict=found.verdict, why=found.why, level=found.level,
            claim=found.claim.id if found.claim else None, measure=seen.measure, share=seen.share, low=seen.low,
            high=seen.high, posts=seen.posts,
        )  # fmt: skip


class Measures(Shape):
    """What is measured of one project; shares rest on the newest comments of the last half year."""

    project: str
    comments: int
    statements: int
    read: int = Field(description="comments that the share rests on")
    read_at: datetime = Field(description="when share and trend were estimated")
    is_behind: bool = Field(description="comments came or changed since, or a day began")
    share: Share | None = Field(description="null below 20 effective comments, or where the model's errors are unknown")
    trend: list[Point]
    findings: list[Finding]


class Claim(Shape):
    """What an office said of its project; only a reviewed one is compared with comments."""

    id: str
    project: str
    text: str
    kind: ClaimKind
    status: ClaimStatus
    bound: ClaimBound
    value: float | None
    aspect: str | None
    source_url: str
    publisher: str
    published_at: datetime
    reviewed: bool


class Alert(Shape):
    """A finding with a life."""

    id: str
    state: AlertState
    project: str
    finding: Finding
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    silenced_until: datetime | None

    @classmethod
    def of(cls, alert: domain.Alert) -> Self:
        return cls(
            id=alert.id, state=alert.state, project=alert.finding.project, finding=Finding.of(alert.finding),
            opened_at=alert.opened_at, updated_at=alert.updated_at, closed_at=alert.closed_at,
            silenced_until=alert.silenced_until,
        )  # fmt: skip


class Source(Shape):
    """A source and how it reads."""

    name: str
    title: str
    kind: Kind
    url: str
    state: str = Field(description="ok, or what is wrong; never: not read yet")
    since: datetime | None
    last_read_at: datetime | None
