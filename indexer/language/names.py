"""What offices call things in, the values that the index knows out; an unknown name is told from its neighbours."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from indexer.conditions import All, Among, Condition, During, Field
from indexer.language.days import from_day
from minsheng import words
from minsheng.corrections import CORRECTABLE
from minsheng.domain import BEIJING, UNSURE, Claim, Kind, Project, Source
from minsheng.text import han_key, normalise

FieldName = Literal[
    "project", "sentiment", "source", "topic", "aspect", "intent", "department", "region", "claim", "kind",
    "corrected", "date",
]  # fmt: skip
TITLES: Mapping[FieldName, str] = {
    "project": "项目",
    "sentiment": "情感",
    "source": "来源",
    "topic": "主题",
    "aspect": "方面",
    "intent": "意图",
    "department": "部门",
    "region": "地区",
    "claim": "表述",
    "kind": "类型",
    "corrected": "更正",
    "date": "日期",
}
FIELDS: Mapping[str, FieldName] = {
    **{name: name for name in get_args(FieldName)},
    **{title: name for name, title in TITLES.items()},
    "类别": "kind",
    "诉求": "intent",
    "人工更正": "corrected",
}
"""What may stand before a colon; any other word with a colon is plain text."""

_SHORTEST_PART = 2
_NEAR = 3
_LISTED = 14


@dataclass(frozen=True, slots=True)
class Named:
    """The ids that are meant and every way to say them: first the one that is always understood, then the nicest."""

    ids: tuple[str, ...]
    said: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.said[min(1, len(self.said) - 1)]


@dataclass(frozen=True, slots=True)
class Names:
    """How projects, sources, departments, regions and claims are called.

    Departments and regions stand for the projects they have, claims for what the public says to them: ``after`` holds
    what that is for each id.
    """

    projects: tuple[Named, ...] = ()
    sources: tuple[Named, ...] = ()
    departments: tuple[Named, ...] = ()
    regions: tuple[Named, ...] = ()
    claims: tuple[Named, ...] = ()
    after: Mapping[str, Condition] = field(default_factory=dict)


def names_of(projects: Iterable[Project], sources: Iterable[Source], claims: Iterable[Claim] = ()) -> Names:
    """Return the names of a register."""
    known, claimed = tuple(projects), tuple(claims)
    return Names(
        tuple(Named((project.id,), (project.id, project.name, *project.aliases)) for project in known),
        tuple(Named((source.name,), (source.name, source.title)) for source in sources),
        _grouped((project.id, (project.department.id, project.department.name)) for project in known),
        _grouped((project.id, (project.region,)) for project in known if project.region),
        tuple(Named((claim.id,), (claim.id, claim.text)) for claim in claimed),
        {claim.id: said_after(claim) for claim in claimed},
    )


def said_after(claim: Claim) -> Condition:
    """Return what the public says of a claim's project, and of its aspect if it has one, from its day on."""
    parts = [Among("kind", (Kind.PUBLIC.value,)), Among("project", (claim.project,))]
    if claim.aspect:
        parts.append(Among("aspect", (claim.aspect,)))
    return All((*parts, During(from_day(claim.published_at.astimezone(BEIJING).date()))))


def field_of(name: FieldName) -> Field:
    """Return the field of the index that answers for a field of the language other than date."""
    match name:
        case "department" | "region" | "claim" | "date":
            return "project"
    return name


def known_names(field: FieldName, names: Names) -> tuple[Named, ...]:
    """Return what a field other than date can be asked for."""
    match field:
        case "project":
            return names.projects
        case "source":
            return names.sources
        case "department":
            return names.departments
        case "region":
            return names.regions
        case "claim":
            return names.claims
    return _CLOSED[field]


def look_up(field: FieldName, value: str, names: Names) -> tuple[str, ...]:
    """Return the ids that a value means, none if it is unknown; a region is also known by its beginning or end."""
    known, key = known_names(field, names), _key(value)
    found = (
        [one for one in known if one.said[0] == value]
        or [one for one in known if key and key in map(_key, one.said)]
        or [one for one in known if field == "region" and _is_end(key, _key(one.said[0]))]
    )
    return tuple(dict.fromkeys(id_ for one in found for id_ in one.ids))


def say(field: FieldName, value: str, names: Names) -> str:
    """Return how an id is called where that means nothing else, or the id.

    Raises:
        ValueError: Nothing has that id.
    """
    for one in known_names(field, names):
        if one.ids == (value,):
            return one.title if look_up(field, one.title, names) == one.ids else one.said[0]
    raise ValueError(f"{field}: {value!r} has no name in this register")


def near(field: FieldName, value: str, names: Names) -> str:
    """Return a sentence that names what can be asked for instead of an unknown value."""
    known = known_names(field, names)
    titles = list(dict.fromkeys(one.title for one in known))
    if not titles:
        return f"登记册里还没有{TITLES[field]}。"
    if field in _CLOSED or len(titles) <= _NEAR:
        return f"可用：{'、'.join(titles[:_LISTED])}。"
    close = _nearest(value, known)
    if close:
        return f"相近的有：{'、'.join(close)}。"
    return f"例如：{'、'.join(titles[:_NEAR])}。"


def _nearest(value: str, known: tuple[Named, ...]) -> list[str]:
    """Return titles that share a part with the value, then those that look like it."""
    key = _key(value)
    titles = {_key(said): one.title for one in reversed(known) for said in reversed(one.said)}
    within = [said for said in titles if key and said and (key in said or said in key)]
    alike = difflib.get_close_matches(key, list(titles), n=_NEAR, cutoff=0.4)
    return list(dict.fromkeys(titles[said] for said in (*sorted(within, key=len), *alike)))[:_NEAR]


def _grouped(pairs: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[Named, ...]:
    found: dict[tuple[str, ...], list[str]] = {}
    for project, said in pairs:
        found.setdefault(said, []).append(project)
    return tuple(Named(tuple(ids), said) for said, ids in found.items())


def _key(text: str) -> str:
    return han_key(text) or normalise(text)


def _is_end(part: str, whole: str) -> bool:
    return len(part) >= _SHORTEST_PART and (whole.startswith(part) or whole.endswith(part))


def _labels(titles: Mapping[str, str]) -> tuple[Named, ...]:
    return tuple(Named((str(id_),), (str(id_), title)) for id_, title in titles.items())


_CLOSED: Mapping[FieldName, tuple[Named, ...]] = {
    "sentiment": (
        *_labels(words.SENTIMENTS),
        Named((UNSURE,), (UNSURE, words.ATTITUDES[UNSURE], "不确定")),
    ),
    "topic": _labels(words.TOPICS),
    "aspect": _labels(words.ASPECTS),
    "intent": _labels(words.INTENTS),
    "kind": (
        Named((Kind.OFFICIAL.value,), ("official", "官方", words.KINDS[Kind.OFFICIAL])),
        Named((Kind.PUBLIC.value,), ("public", "公众", words.KINDS[Kind.PUBLIC])),
    ),
    "corrected": (*_labels(words.CORRECTION_MARKS), Named(CORRECTABLE, ("any", "有"))),
}
