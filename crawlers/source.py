"""A folder with ``source.yml`` in, a checked description of one source out; docs/sources.md explains every key."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, Field, field_validator, model_validator

from crawlers.engines import ENGINES, Engine
from crawlers.who import WHY, tells_who
from minsheng.domain import Kind, Source
from minsheng.errors import ConfigError
from minsheng.strict import Strict, line_of, load_with_lines, nearest, validate

FILE_NAME = "source.yml"
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def parse_span(value: object) -> timedelta:
    """Read ``30m``, ``2h`` or ``1d``."""
    found = re.fullmatch(r"([1-9]\d{0,4})([mhd])", str(value))
    if isinstance(value, timedelta):
        return value
    if found is None:
        raise ValueError("wants a span like 30m, 2h or 1d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _tuple_of_words(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Span = Annotated[timedelta, BeforeValidator(parse_span)]
Words = Annotated[tuple[str, ...], BeforeValidator(_tuple_of_words)]
Selector = Annotated[str, Field(min_length=1), "selector"]
"""CSS (or ``css:``), ``xpath:``; a JMESPath in a block with ``json: true``; ``@name`` is an attribute of the row."""
Selectors = Annotated[Words, "selector"]
Markers = Annotated[Words, "marker"]
"""Selectors on HTML pages, ``json:`` and a JMESPath on JSON pages, ``text:`` and words that any page shows."""


class ListPages(Strict):
    """Pages that list threads. ``activity`` is text that changes when a thread gets a new post: a reply count is best.

    Without ``activity`` a thread is read again as long as it was first seen less than ``revisit`` ago. ``ordered``
    says that threads with new posts come first, so that a crawl stops at the first page with nothing new.
    """

    is_json: bool = Field(False, alias="json")
    item: Selector
    link: Selector
    link_format: str = "{}"
    activity: Selector | None = None
    next: Selector | None = None
    next_format: str = "{}"
    max_pages: int = Field(20, ge=1, le=1000)
    revisit: Span = timedelta(days=7)
    ordered: bool = True


class Reply(Strict):
    """The official reply inside a row. ``row`` selects it; ``text`` and ``time`` are sought inside that."""

    row: Selector | None = None
    text: Selector
    time: Selector | None = None


class Opening(Strict):
    """The first post of a thread page where it has another shape than the comments: an article, a release."""

    text: Selector
    time: Selector
    id: Selector | None = None
    id_pattern: str | None = None
    drop: Selectors = ()


class Comments(Strict):
    """The rows of a thread page. With ``title`` each row is a thread of its own (a message board on one page).

    ``id_scope`` thread: ids such as floor numbers, which another thread has too.
    """

    row: Selector
    id: Selector
    id_pattern: str | None = None
    id_scope: Literal["site", "thread"] = "site"
    text: Selector
    time: Selector
    reply: Reply | None = None
    title: Selector | None = None
    link: Selector | None = None
    link_format: str = "{}"
    place: Selector | None = None
    likes: Selector | None = None
    drop: Selectors = ()
    kind: Kind | None = None


class ThreadPages(Strict):
    """Pages that hold posts: an opening, comments, or both.

    ``first_post_kind`` is the kind of the post at place 1. ``newest_first``: the pages go from new to old, so that
    a later crawl stops at the first page with nothing new.
    """

    is_json: bool = Field(False, alias="json")
    title: Selector | None = None
    url: Selector | None = None
    opening: Opening | None = None
    comments: Comments | None = None
    first_post_kind: Kind | None = None
    next: Selector | None = None
    next_format: str = "{}"
    max_pages: int = Field(50, ge=1, le=1000)
    newest_first: bool = False

    @model_validator(mode="after")
    def _holds_posts(self) -> Self:
        if self.opening is None and self.comments is None:
            raise ValueError("needs opening, comments, or both: otherwise it has no posts")
        if self.title is None and (self.comments is None or self.comments.title is None):
            raise ValueError("needs title (of the page), or comments.title (of each row)")
        return self


class Between(Strict):
    """Bounds of the number of posts."""

    min: int = Field(ge=0)
    max: int = Field(ge=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max < self.min:
            raise ValueError(f"max ({self.max}) is less than min ({self.min})")
        return self


class Assertions(Strict):
    """The yield that the source expects. ``min`` holds for the first crawl, ``max`` for every one."""

    posts_per_crawl: Between


class Reach(Strict):
    """How far an engine that knows its software goes: pages of a list and of a thread, days of looking again."""

    list_pages: int = Field(20, ge=1, le=1000)
    thread_pages: int = Field(50, ge=1, le=1000)
    revisit: Span = timedelta(days=7)


NAME = r"^[a-z][a-z0-9_]{0,31}$"
"""What a source may be called: also the name of its folder."""


class SourceConfig(Strict):
    """One public site and how its pages are read."""

    name: str = Field(pattern=NAME)
    title: str = Field(min_length=1)
    kind: Kind
    engine: str
    start_urls: Annotated[tuple[str, ...], Field(min_length=1)]
    crawl_every: Span
    assertions: Assertions
    hosts: Words = ()
    encoding: str | None = None
    project: str | None = None
    projects: dict[str, str] = Field({})
    login_wall: Markers = ()
    empty: Markers = ()
    reach: Reach = Reach()
    options: dict[str, str] = Field({})
    listing: ListPages | None = Field(None, alias="list")
    thread: ThreadPages | None = None

    @property
    def source(self) -> Source:
        """The source as the other packages know it."""
        return Source(self.name, self.title, self.kind, self.start_urls[0])

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Hosts whose links are followed: those of the start pages and ``hosts``."""
        return frozenset(host for url in self.start_urls if (host := urlsplit(url).hostname)) | set(self.hosts)

    def project_of(self, title: str, url: str) -> str | None:
        """Return the project of a thread: the first pattern of ``projects`` found in title or address."""
        for pattern, project in self.projects.items():
            if re.search(pattern, title) or re.search(pattern, url):
                return project
        return self.project

    @field_validator("start_urls")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            parts = urlsplit(url)
            if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
                raise ValueError(f"{url!r}: wants http:// or https://, a host, and no login")
        return value

    @field_validator("projects")
    @classmethod
    def _patterns(cls, value: dict[str, str]) -> dict[str, str]:
        for pattern in value:
            _compile_pattern(pattern)
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                "".encode(value)
            except LookupError as error:
                raise ValueError(f"no encoding {value!r}") from error
        return value

    @field_validator("engine")
    @classmethod
    def _known_engine(cls, value: str) -> str:
        if value not in ENGINES:
            raise ValueError(f"unknown engine {value!r}; {nearest(value, list(ENGINES))}")
        return value

    @model_validator(mode="after")
    def _engine_fits(self) -> Self:
        reads = ENGINES[self.engine].reads
        if not reads and self.thread is None:
            raise ValueError(f"engine {self.engine} needs thread: how a page with posts is read")
        if reads and (self.thread or self.listing):
            raise ValueError(f"engine {self.engine} reads {reads} by itself: remove list and thread")
        if "reach" in self.model_fields_set and not ENGINES[self.engine].reaches:
            raise ValueError(f"engine {self.engine} does not use reach (generic: list and thread have max_pages)")
        return self

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        check_options(self.engine, ENGINES[self.engine], self.options)
        return self


def check_options(name: str, engine: Engine, options: Mapping[str, str]) -> None:
    """Compare options with those that an engine has.

    Raises:
        ValueError: One is unknown, has another form, or is missing.
    """
    for option, value in options.items():
        if option not in engine.options:
            known = nearest(option, list(engine.options)) if engine.options else "it has none"
            raise ValueError(f"engine {name} has no option {option!r}; {known}")
        if not re.fullmatch(engine.options[option], value):
            raise ValueError(f"options.{option}: {value!r} is not of the form {engine.options[option]}")
    missing = [f"options.{option}".replace("|", " or options.") for option in engine.needs
               if options.keys().isdisjoint(option.split("|"))]  # fmt: skip
    if missing:
        raise ValueError(f"engine {name} needs {', '.join(missing)}")


def load_source(folder: Path) -> SourceConfig:
    """Read ``source.yml`` of one folder.

    Raises:
        ConfigError: A key, value or selector is wrong, or the folder is not called as the source is.
    """
    path = folder / FILE_NAME
    node, content = load_with_lines(path)
    for keys in _keys_that_tell_who(content, ()):
        where = f"{path}:{line_of(node, keys)}: {'.'.join(map(str, keys))}"
        raise ConfigError(f"{where}: {WHY}. Remove the key")
    config = validate(content, SourceConfig, path, node)
    if config.name != folder.name:
        line = line_of(node, ("name",))
        raise ConfigError(f"{path}:{line}: name: {config.name!r} stands in the folder {folder.name!r}; make them equal")
    for keys, problem in _wrong_selectors(config):
        raise ConfigError(f"{path}:{line_of(node, keys)}: {'.'.join(map(str, keys))}: {problem}")
    return config


def load_sources(folder: Path) -> dict[str, SourceConfig]:
    """Read every ``<name>/source.yml`` below ``folder`` in name order; a missing folder holds no source."""
    return {path.parent.name: load_source(path.parent) for path in sorted(folder.glob(f"*/{FILE_NAME}"))}


def _keys_that_tell_who(content: object, above: tuple[int | str, ...]) -> Iterator[tuple[int | str, ...]]:
    # The keys below ``projects`` are patterns of titles, not names of things to read.
    for key, value in content.items() if isinstance(content, dict) and above != ("projects",) else ():
        if tells_who(str(key)):
            yield (*above, str(key))
        yield from _keys_that_tell_who(value, (*above, str(key)))


def _compile_pattern(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error


def _wrong_selectors(config: SourceConfig) -> Iterator[tuple[tuple[int | str, ...], str]]:
    for keys, text, is_json in _selectors(config, (), is_json=False):
        try:
            _check(str(keys[-1]), text, is_json=is_json)
        except ValueError as error:
            yield keys, str(error)


def _selectors(block: BaseModel, keys: tuple[int | str, ...], *, is_json: bool) -> Iterator[tuple[Any, str, bool]]:
    """Yield (keys, text, is JSON) of everything in ``source.yml`` that must compile."""
    is_json = getattr(block, "is_json", is_json)
    for name, info in type(block).model_fields.items():
        value = getattr(block, name)
        where = (*keys, info.alias or name)
        if isinstance(value, BaseModel):
            yield from _selectors(value, where, is_json=is_json)
        elif value and (name in {"drop", "login_wall", "empty"}):
            yield from ((where, text, is_json) for text in value)
        elif isinstance(value, str) and isinstance(block, ListPages | ThreadPages | Comments | Opening | Reply):
            yield where, value, is_json


def _check(key: str, text: str, *, is_json: bool) -> None:
    from crawlers.select import check_selector

    if key in {"kind", "id_scope"} or text.startswith("text:"):
        return
    if text.startswith("json:"):
        check_selector(text.removeprefix("json:"), is_json=True)
    elif key.endswith("_format"):
        if text.count("{}") != 1:
            raise ValueError(f"{text!r} wants {{}} once, where the value goes")
    elif key == "id_pattern":
        if _compile_pattern(text).groups != 1:
            raise ValueError(f"{text!r} wants one group in brackets: the id")
    else:
        check_selector(text, is_json=is_json)
