"""What spiders yield: rows as a page shows them, and the end of a thread."""

from dataclasses import dataclass

from minsheng.domain import Kind


@dataclass(slots=True)
class Row:
    """A post before it is masked and checked: everything as text. None means that the page did not show it.

    ``address`` is that of the page where reading the thread began, ``thread`` the public one.
    """

    address: str
    native: str | None
    kind: Kind
    url: str
    thread: str
    title: str
    text: str | None
    time: str | None
    reply_to: str | None = None
    place: int | None = None
    likes: int | None = None
    masked: int = 0


@dataclass(frozen=True, slots=True)
class ThreadEnd:
    """All rows of a thread have been yielded. ``address`` is that of the thread as the list shows it.

    ``gone``: the site says that the thread is no more. ``whole``: every page of it was read, so that a post which did
    not come is no longer there; ``crawlers.pages`` sets it. ``entry`` names the callback that can ask for it again.
    """

    address: str
    activity: str | None = None
    gone: bool = False
    whole: bool = False
    entry: str = ""
