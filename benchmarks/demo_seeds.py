"""Other draws of the demo city's arrivals in, how often each planted case is found and each innocent project flagged out.

Run ``python -m benchmarks.demo_seeds [--quick] [--seeds N] [--missing PERCENT] [--json FILE]``: 200 seeds (some three
minutes on an idle core), or 2 with ``--quick``. A seed says when each comment came, and with ``--missing`` which did not
come (``demo.arrivals``). The texts are masked, read by the shipped model (each distinct text once), linked, folded,
stored and watched as the product does; only the crawl is left out, so posts carry the times that the city means, not
those that its pages round. A case is found when all its rules fire on the claim it was written for; an innocent project
is flagged when any rule fires. Intervals are exact binomial ones (Clopper-Pearson, 95 %).
"""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from alerts.counts import exact_interval
from alerts.detections import DetectorStore
from alerts.rules.divergence import Divergence
from app.bootstrap import Office
from app.detection import DailyWatch
from app.watch import Surroundings, watch
from benchmarks.report import Measure, arguments, report
from crawlers.masking import mask
from demo.arrivals import rearranged
from demo.city import City, Talk, build_city
from demo.content import BOARD, GOV, NEWS, ProjectContent, load_content
from demo.deployment import write_deployment
from indexer.memory import MemoryIndex
from minsheng.domain import BEIJING, Calibration, Finding, Kind, Post
from models.base import Probabilities, Progress, TextModel, TextReading, Vectors
from models.duplicates import ClusterStore
from models.reader import Reader

NOW = datetime(2026, 11, 23, 17, 30, tzinfo=BEIJING)
URL = "http://127.0.0.1:1"
PLANTED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "mianfang-estate": (("divergence", "mianfang-satisfaction"),),
    "yuxi-river": (("divergence", "yuxi-resolved"),),
    "dongpu-school": (("divergence", "dongpu-replies"), ("unanswered", "")),
    "yingyue-bridge": (("standards_gap", ""),),
    "yunling-newtown": (("focus_gap", ""),),
    "wenchang-road": (("surge", "volume"),),
}
"""The rule and the target of each finding that must fire."""
INNOCENT = ("cuiping-park", "second-hospital-east")
"""Projects of which enough is said and nothing is wrong."""
QUIET = ("metro-line-3", "shiqiao-library", "binjiang-street")
"""Projects that must not fire for another reason: a goal, too few comments, pasted praise."""


class ReadOnce:
    """A TextModel that reads no text twice."""

    def __init__(self, model: TextModel) -> None:
        self._model = model
        self._known: dict[str, TextReading] = {}
        self.name, self.version = model.name, model.version
        self.calibration: Calibration | None = model.calibration

    @property
    def unsure(self) -> float:
        return self._model.unsure

    @property
    def heads(self) -> Mapping[str, tuple[str, ...]]:
        return self._model.heads

    def read(self, texts: Sequence[str], progress: Progress | None = None) -> list[TextReading]:
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known |= dict(zip(fresh, self._model.read(fresh, progress), strict=True))
        return [self._known[text] for text in texts]

    def probabilities(
        self, texts: Sequence[str], heads: Sequence[str], progress: Progress | None = None
    ) -> dict[str, Probabilities]:
        return self._model.probabilities(texts, heads, progress)

    def vectors(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._model.vectors(texts, progress)


def main() -> None:
    options = arguments(__doc__, {"seeds": "how many draws", "missing": "chance of a comment not to come, in percent"})
    seeds = options.seeds or (2 if options.quick else 200)
    with tempfile.TemporaryDirectory() as folder:
        report(run(seeds, Path(folder), (options.missing or 0) / 100), options.json)


def run(seeds: int, folder: Path, missing: float = 0.0, model: TextModel | None = None) -> list[Measure]:
    """Watch the city at each seed; return the share of seeds at which each project answers as it must, or must not.

    ``model`` None is the shipped one.
    """
    pages = load_content()
    write_deployment(folder / "office", build_city(pages, NOW), URL)
    office = Office(folder / "office", {}, lambda: NOW)
    reading = ReadOnce(model or office.model)
    found: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    for seed in range(seeds):
        clusters = ClusterStore(folder / f"{seed}.clusters.sqlite")
        reader = Reader(reading, office.linker, clusters)
        store = DetectorStore(folder / f"{seed}.alerts.sqlite")
        findings = watched(office, reader, reading.calibration, rearranged(pages, seed, missing), store)
        clusters.close()
        found.update(project for project in PLANTED if is_found(project, findings))
        flagged.update({finding.project for finding in findings if finding.fired})
    office.close()
    measures = [Measure("seeds", seeds, "draws"), Measure("comments missing", 100 * missing, "%")]
    measures += [_share(f"{project} found", found[project], seeds) for project in PLANTED]
    measures += [_share("all planted cases, found", sum(found.values()), seeds * len(PLANTED))]
    return measures + [_share(f"{project} flagged", flagged[project], seeds) for project in (*INNOCENT, *QUIET)]


def watched(
    office: Office,
    reader: Reader,
    calibration: Calibration | None,
    pages: Sequence[ProjectContent],
    store: DetectorStore,
) -> list[Finding]:
    """Read one draw of the city and watch it for the first time: the detector plays its history day by day."""
    index = MemoryIndex()
    index.add(reader.read(sorted(posts_of(build_city(pages, NOW)), key=lambda post: post.collected_at)))
    sources = {name: config.source for name, config in office.source_configs.items()}
    rule = next(rule for rule in office.rules if isinstance(rule, Divergence))
    daily = DailyWatch(store, rule, office.written_claims, calibration)
    around = Surroundings(office.written_claims, calibration, sources, {}, daily)
    return watch(tuple(office.register.projects.values()), office.rules, index, around, NOW)


def is_found(project: str, findings: Sequence[Finding]) -> bool:
    """Say whether every finding fired that the project was written for."""
    fired = {(one.rule, one.target) for one in findings if one.fired and one.project == project}
    return fired >= set(PLANTED[project])


def posts_of(city: City) -> Iterator[Post]:
    """Yield what a crawl of the city keeps, with exact times."""
    for talk in (*city.forum, *city.board, *city.news):
        yield from _voices(talk)
    for bulletin in city.bulletins:
        url = f"{URL}/gov/releases/{bulletin.slug}.html"
        words = "\n".join(bulletin.paragraphs)
        yield _post(f"{GOV}:{bulletin.slug}", GOV, Kind.OFFICIAL, url, bulletin.title, words, bulletin.at, 1)


def _voices(talk: Talk) -> Iterator[Post]:
    url = f"{URL}/{talk.source}/{talk.number}"
    first = {BOARD: None, NEWS: 2}.get(talk.source, 1)
    for voice in talk.voices:
        name = f"{talk.source}:{voice.number}"
        place = None if first is None else first + voice.place - 1
        yield _post(name, talk.source, Kind.PUBLIC, url, talk.title, voice.text, voice.at, place)
        if voice.reply:
            reply = voice.reply
            answer = _post(f"{name}:reply", talk.source, Kind.OFFICIAL, url, talk.title, reply.text, reply.at, None)
            yield replace(answer, reply_to=name)


def _post(name: str, source: str, kind: Kind, url: str, title: str, text: str, at: datetime, place: int | None) -> Post:
    return Post(name, source, kind, url, url, mask(title)[0], mask(text)[0], at, at, place=place)


def _share(name: str, hits: int, trials: int) -> Measure:
    low, high = exact_interval(hits, trials)
    return Measure(name, 100 * hits / trials, f"% [{100 * low:.1f}-{100 * high:.1f}]")


if __name__ == "__main__":
    main()
