"""Content files in, what people and offices of the city say out; ages in days, no person anywhere."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, Field

from minsheng.domain import ASPECTS
from minsheng.errors import ConfigError
from minsheng.strict import Strict, validate

FOLDER = Path(__file__).parent / "content"
FORUM, BOARD, NEWS, GOV = "jianglin_forum", "jianglin_board", "jianglin_news", "jianglin_gov"


def _known_aspect(value: str) -> str:
    if value not in ASPECTS:
        raise ValueError(f"no such aspect; known: {', '.join(ASPECTS)}")
    return value


Age = Annotated[float, Field(ge=0, le=180)]
"""Days before today."""


class Copies(Strict):
    """The text was posted ``number`` times within some minutes: copy and paste."""

    number: int = Field(ge=2, le=200)
    minutes: int = Field(ge=1)


class Answer(Strict):
    """What an office answered, and how many days later."""

    after_days: float = Field(ge=0)
    text: str = Field(min_length=1)


class Comment(Strict):
    """What one person wrote. ``label`` and ``aspect`` are how it is meant: for tests and measuring, never shown."""

    day: Age
    label: Literal["neg", "neu", "pos"]
    aspect: Annotated[str, AfterValidator(_known_aspect)]
    text: str = Field(min_length=1)
    likes: int | None = Field(None, ge=0)
    copies: Copies | None = None
    reply: Answer | None = None


class Thread(Strict):
    """A forum thread, a message to an office, or a news article (its words are ``lead``) with comments."""

    source: Literal["jianglin_forum", "jianglin_board", "jianglin_news"]
    title: str = Field(min_length=1)
    lead: tuple[str, ...] = ()
    comments: Annotated[tuple[Comment, ...], Field(min_length=1)]


class Release(Strict):
    """A press release of an office."""

    slug: str = Field(pattern=r"^[a-z0-9-]+$")
    day: Age
    title: str = Field(min_length=1)
    paragraphs: Annotated[tuple[str, ...], Field(min_length=1)]


class ProjectContent(Strict):
    """Everything said about one project; without a project it is talk about other things."""

    project: str | None = None
    threads: Annotated[tuple[Thread, ...], Field(min_length=1)]
    releases: tuple[Release, ...] = ()


def load_content(folder: Path = FOLDER) -> tuple[ProjectContent, ...]:
    """Read every file in name order.

    Raises:
        ConfigError: A file does not fit; the message names file and key.
    """
    return tuple(validate(_read(path), ProjectContent, path) for path in sorted(folder.glob("*.yml")))


def _read(path: Path) -> object:
    # The C loader of PyYAML reads the 140 kB thirty times faster than the one that knows lines.
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error
