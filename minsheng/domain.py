"""The nouns of the product as frozen values: aware UTC datetimes, no I/O, and no author anywhere."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum

from minsheng.corrections import Correction, Label, put_right, standing, words_mark
from minsheng.detection import Detection

BEIJING = timezone(timedelta(hours=8), "UTC+8")
"""The clock of the offices: China has one time zone and no summer time."""

ASPECTS = (
    "quality", "safety", "environment", "progress", "cost", "process", "service",
    "traffic", "utilities", "facilities", "education", "health", "housing", "other",
)  # fmt: skip
"""What a text is mainly about; defined by the annotation guideline of the civic training set."""

MIN_EFFECTIVE = 20
"""Below this effective number of comments counts are shown and shares are not (methods.md §7)."""

FORM_ASPECTS = frozenset({"facilities", "progress"})
"""Aspects that can be looked at: appearance, size, being finished. The others are about function."""

TOPICS = ("urban", "environment", "transport", "education", "labour", "commerce", "health", "other")
"""The seven departments of civic messages, and other."""

INTENTS = ("complaint", "request", "question", "suggestion", "praise", "opinion", "news")
"""What a text wants; defined by the annotation guideline of the civic training set."""


class Kind(StrEnum):
    """Who speaks: an office, or the public."""

    OFFICIAL = "official"
    PUBLIC = "public"


class Sentiment(StrEnum):
    """The attitude of a text to the public matter it is about."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


UNSURE = "unsure"
"""Beside the sentiments: the model is not sure enough to call the text by one of them."""

ATTITUDES = (*(label.value for label in Sentiment), UNSURE)
"""What a reading is counted and searched as."""


class PhaseName(StrEnum):
    """The stages of a public project."""

    CONSULTATION = "consultation"
    CONSTRUCTION = "construction"
    COMPLETION = "completion"
    EVALUATION = "evaluation"


class ClaimKind(StrEnum):
    """What an official claim states."""

    SATISFACTION = "satisfaction"
    COMPLETION = "completion"
    REPLY_RATE = "reply_rate"
    RESOLUTION = "resolution"
    QUALITY = "quality"
    POLARITY = "polarity"


class ClaimStatus(StrEnum):
    """Whether a claim states what is (level), a change (delta), or an aim (goal)."""

    LEVEL = "level"
    DELTA = "delta"
    GOAL = "goal"


class ClaimBound(StrEnum):
    """How the number of a claim is meant: as it stands, at least (超过), about (近), or at most (不到)."""

    EXACT = "exact"
    OVER = "over"
    ABOUT = "about"
    UNDER = "under"


class Verdict(StrEnum):
    """How an official claim and the visible comments stand to one another."""

    COMPATIBLE = "compatible"
    TENSION = "tension"
    DIVERGES = "diverges"
    NOT_ASSESSABLE = "not_assessable"


class AlertState(StrEnum):
    """The life of an alert: open when first seen, ongoing while it lasts, closed when it no longer holds."""

    OPEN = "open"
    ONGOING = "ongoing"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time; ``since`` is inclusive, ``until`` exclusive."""

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        if self.since.tzinfo is None or self.until.tzinfo is None:
            raise ValueError("a window needs aware datetimes")
        if self.until < self.since:
            raise ValueError(f"a window ends before it starts: {self.since} .. {self.until}")

    def __contains__(self, moment: datetime) -> bool:
        return self.since <= moment < self.until

    @property
    def days(self) -> float:
        return (self.until - self.since) / timedelta(days=1)

    def previous(self) -> "Window":
        """Return the window of the same length that ends where this one starts."""
        return Window(self.since - (self.until - self.since), self.since)


@dataclass(frozen=True, slots=True)
class Source:
    """A public site that is read."""

    name: str
    title: str
    kind: Kind
    url: str


@dataclass(frozen=True, slots=True)
class Department:
    """An office that answers for projects, and where its mail goes."""

    id: str
    name: str
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phase:
    """A stage of a project; ``until`` None means it lasts."""

    name: PhaseName
    since: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """What is monitored: a public work, never a person. ``type`` groups peers (for example road, park)."""

    id: str
    name: str
    aliases: tuple[str, ...]
    region: str
    department: Department
    type: str = "other"
    phases: tuple[Phase, ...] = ()

    def phase_on(self, day: date) -> Phase | None:
        """Return the latest-starting phase that covers the day."""
        covering = [p for p in self.phases if p.since <= day and (p.until is None or day <= p.until)]
        return max(covering, key=lambda phase: phase.since, default=None)


@dataclass(frozen=True, slots=True)
class Post:
    """A public message as its site shows it, personal data masked.

    ``id`` is ``source:native-id``; ``thread`` is the public address or id of its conversation; ``reply_to`` the id
    of the post it answers; ``project`` the project id when the source or thread is bound to one; ``shown_at`` the
    time as the site wrote it; ``place`` the position in the thread from 1; ``collected_at`` when it was first read.
    """

    id: str
    source: str
    kind: Kind
    url: str
    thread: str
    title: str
    text: str
    published_at: datetime
    collected_at: datetime
    shown_at: str = ""
    reply_to: str | None = None
    project: str | None = None
    place: int | None = None
    likes: int | None = None

    def __post_init__(self) -> None:
        if self.published_at.tzinfo is None or self.collected_at.tzinfo is None:
            raise ValueError(f"post {self.id}: datetimes must be aware")


@dataclass(frozen=True, slots=True)
class Opinion:
    """Probability of each sentiment for one text; they sum to 1."""

    negative: float
    neutral: float
    positive: float

    @property
    def label(self) -> Sentiment:
        """The likeliest; of several alike the first. Compared by hand: a large load asks for it often."""
        if self.negative >= self.neutral and self.negative >= self.positive:
            return Sentiment.NEGATIVE
        return Sentiment.NEUTRAL if self.neutral >= self.positive else Sentiment.POSITIVE

    @property
    def confidence(self) -> float:
        return max(self.negative, self.neutral, self.positive)


@dataclass(frozen=True, slots=True)
class Vector:
    """What a text means, as a direction: one signed byte a dimension. There is none of a person, of posts only.

    Nearness of meaning is the cosine. ``space`` names the model's space; vectors of two spaces are never compared.
    """

    space: str
    numbers: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the models say of a post. ``cluster`` names its near-duplicates: the id of the first post of them.

    ``unsure`` means that the model's confidence in its sentiment is below what it was measured to need; ``intent`` is
    empty where no model has read it, and so is ``vector``, also where there is nothing to read.
    """

    projects: tuple[str, ...]
    opinion: Opinion
    topic: str
    aspect: str
    cluster: str
    model: str
    intent: str = ""
    unsure: bool = False
    vector: Vector | None = None

    @property
    def attitude(self) -> str:
        """The sentiment as it is counted and searched: one of ``ATTITUDES``."""
        return UNSURE if self.unsure else self.sentiment.value

    @property
    def sentiment(self) -> Sentiment:
        return self.opinion.label

    @property
    def confidence(self) -> float:
        return self.opinion.confidence


@dataclass(frozen=True, slots=True)
class LabelledPost:
    """A post with its reading, and the history of its corrections, oldest first: what the index holds.

    ``reading`` is always the model's, and all shares rest on it; search and display take ``label`` and ``sentiment``.
    """

    post: Post
    reading: Reading
    corrections: tuple[Correction, ...] = ()

    @property
    def label(self) -> Label:
        """What the post is found and shown as."""
        if not self.corrections:
            return self.read
        return put_right(self.read, self.corrections, words_mark(self.post.title, self.post.text))

    @property
    def read(self) -> Label:
        """What the post would be found and shown as without corrections."""
        reading = self.reading
        return Label(reading.attitude, reading.topic, reading.aspect, reading.intent, reading.projects)

    @property
    def sentiment(self) -> Sentiment:
        """The corrected sentiment, or the likeliest of the reading, sure or not."""
        if not self.corrections:
            return self.reading.sentiment
        corrected = standing(self.corrections).get("sentiment")
        return Sentiment(corrected.after[0]) if corrected and corrected.after else self.reading.sentiment


@dataclass(frozen=True, slots=True)
class Claim:
    """What an office said of its project. ``value`` is a share in [0, 1] for numeric kinds.

    ``reviewed`` means that a person has accepted it; alerts use reviewed claims alone. ``aspect`` None means the
    project as a whole. ``subject`` says who was asked or served (居民), as far as the text does.
    """

    id: str
    project: str
    text: str
    kind: ClaimKind
    status: ClaimStatus
    source_url: str
    publisher: str
    published_at: datetime
    aspect: str | None = None
    value: float | None = None
    survey_size: int | None = None
    reviewed: bool = False
    bound: ClaimBound = ClaimBound.EXACT
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a sentiment model errs on held-out text of the domain; order negative, neutral, positive.

    ``soft[r][c]`` is the mean probability of label r over texts of true class c (columns sum to 1);
    ``counts[r][c]`` the number of texts of true class c predicted as r. ``prior`` holds the label shares for which the
    model's probabilities are honest; None: those of ``counts``. ``readings`` is the version of the model that it was
    measured on (empty: of any, as in simulations), ``digest`` names the measured figures.
    """

    model: str
    soft: tuple[tuple[float, float, float], ...]
    counts: tuple[tuple[int, int, int], ...]
    prior: tuple[float, float, float] | None = None
    readings: str = ""
    digest: str = ""

    @property
    def version(self) -> str:
        """What evidence is marked with: the model's version and the figures', as ``civic@1a2b3c4d/9f8e7d6c``."""
        return "/".join(part for part in (self.readings or self.model, self.digest) if part)

    def describes(self, reading_model: str) -> bool:
        """Return whether a reading's sentiment is the measured model's; other heads may be another's (``a@1+b@2``)."""
        return not self.readings or reading_model.partition("+")[0] == self.readings


@dataclass(frozen=True, slots=True)
class Prevalence:
    """Estimated share of each label among comments, corrected for the model's known errors.

    ``low`` and ``high`` bound the negative share (95 %); ``posts`` counts comments, ``clusters`` counts them with
    copies folded, ``effective`` is the effective sample size; ``raw_negative`` is the uncorrected share of comments
    labelled negative. ``equal_sources`` is the negative share if every source weighed alike, ``without_source_low`` and
    ``_high`` its range when each source in turn is left out (None: too few sources). ``peer_comments`` counts the
    pseudo-comments of peer projects in the interval; ``calibration`` is the version of the known errors.
    """

    negative: float
    neutral: float
    positive: float
    low: float
    high: float
    posts: int
    clusters: int
    effective: float
    threads: int
    sources: int
    raw_negative: float
    equal_sources: float | None = None
    without_source_low: float | None = None
    without_source_high: float | None = None
    peer_comments: float = 0.0
    calibration: str = ""

    @property
    def balance(self) -> float:
        """Net sentiment in [-1, 1]: positive share minus negative share."""
        return self.positive - self.negative


@dataclass(frozen=True, slots=True)
class Quote:
    """A comment shown as evidence: verbatim (masked) words with the public address; ``copies`` counts its cluster.

    ``corrected``: a person has put the sentiment right; ``confidence`` is the model's.
    """

    post: str
    text: str
    url: str
    source: str
    published_at: datetime
    sentiment: Sentiment
    confidence: float
    copies: int = 1
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a finding rests on. ``share``, ``low``, ``high`` belong to the quantity that ``measure`` names in Chinese.

    ``quotes`` are comments that speak for the finding, ``counter_quotes`` those that speak for the official side;
    ``detection`` says where the daily watch of the claim stands, if there is one. ``by_source`` counts the comments of
    each source, copies included, most first.
    """

    measure: str
    posts: int
    effective: float
    window: Window
    share: float | None = None
    low: float | None = None
    high: float | None = None
    sources: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    counter_quotes: tuple[Quote, ...] = ()
    prevalence: Prevalence | None = None
    detection: Detection | None = None
    by_source: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of one rule for one project (and claim, if it judges one), also when the rule did not fire.

    ``why`` is a Chinese sentence: why it fired, or why not. ``level`` orders findings of one rule (for divergence
    the tipping-point ratio). ``target`` is what it is about besides the project: a claim id, an aspect, a source.
    """

    rule: str
    project: str
    fired: bool
    verdict: Verdict
    why: str
    evidence: Evidence
    level: float = 0.0
    claim: Claim | None = None
    target: str = ""

    @property
    def key(self) -> str:
        """Identity of the matter: the same matter is alerted once."""
        return "|".join((self.rule, self.project, self.claim.id if self.claim else self.target))


@dataclass(frozen=True, slots=True)
class Alert:
    """A finding with a life. ``finding`` is the latest; ``opened_at`` when it first fired."""

    id: str
    state: AlertState
    finding: Finding
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    silenced_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Briefing:
    """A rendered report and where its files are; ``project`` is the one it is about, empty for all."""

    id: str
    kind: str
    number: int
    window: Window
    made_at: datetime
    files: tuple[str, ...] = field(default=())
    project: str = ""
