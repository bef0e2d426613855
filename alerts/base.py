"""What a rule sees and what it answers. Rules are pure: no clock, no index, no files."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Protocol, TypeVar, cast

from minsheng.crawls import CrawlReport
from minsheng.detection import Detection
from minsheng.domain import Calibration, Claim, Finding, LabelledPost, Project, Source
from minsheng.topic_errors import TopicErrors

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything known about one project at ``now``.

    ``posts`` are all posts of the project, public and official, oldest first; ``claims`` its claims, reviewed or
    not; ``calibration`` None means that the errors of the model that read them are unknown: no share can be corrected.
    ``sources`` are those the project's posts may come from, by name; ``crawls`` their last reports, newest first.
    ``peers``: by aspect ("" for all) the negative share that three quarters of like projects stay below, where known.
    ``detections`` says where the daily watch of each claim stands, by claim id; None means that this is a single look
    (a test of a rule on history), to which the error rate of one look applies.
    ``topics`` None means that nobody has measured how the model confuses topics.
    """

    project: Project
    now: datetime
    posts: Sequence[LabelledPost]
    claims: Sequence[Claim]
    calibration: Calibration | None
    sources: Mapping[str, Source]
    crawls: Mapping[str, Sequence[CrawlReport]]
    peers: Mapping[str, float] = field(default_factory=dict)
    detections: Mapping[str, Detection] | None = None
    topics: TopicErrors | None = None
    _found: dict[Hashable, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """Return what ``find`` finds in this observation; what several rules ask for is found once."""
        if key not in self._found:
            self._found[key] = find()
        return cast(Found, self._found[key])


class Rule(Protocol):
    """One kind of comparison with its thresholds (read from one YAML file).

    - ``check`` always answers: a finding per matter it judged, fired or not; never an empty list. Too few comments
      is a finding with ``fired=False``, verdict NOT_ASSESSABLE and a ``why`` that says how many are missing.
    - the same observation gives the same findings (sampling inside uses a fixed seed).
    - ``mails`` says whether an opening alert of this rule is worth a mail of its own; else it waits for the digest.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    mails: bool

    def check(self, seen: Observation) -> list[Finding]: ...
