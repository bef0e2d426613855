"""The engines that read sources, by the name that ``engine:`` of ``source.yml`` gives them.

One engine is one module of this package, whose spider carries the name, and one line here. Nothing is imported here,
so that a ``source.yml`` can be checked without Scrapy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Engine:
    """What an engine wants of ``source.yml`` beyond the keys that every source has.

    ``reads`` says what it knows by itself, without the blocks ``list`` and ``thread``; empty: it needs ``thread``.
    ``options`` are the names allowed in the block ``options``, each with the pattern that its value fits whole;
    those in ``needs`` must be there (``a|b``: one of both). ``reaches``: it goes from page to page as far as ``reach``
    says.
    """

    reads: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    reaches: bool = True


ENGINES: Mapping[str, Engine] = {
    "generic": Engine(reaches=False),
    "feed": Engine("RSS and Atom", reaches=False),
    "discuz": Engine("boards, threads and feeds of Discuz! X"),
    "wordpress": Engine("comments of WordPress by REST, pages or feed"),
    "nodebb": Engine("categories and topics of NodeBB"),
    "discourse": Engine("categories and topics of Discourse"),
    "isso": Engine("threads of Isso", options={"site": r"https?://[^/\s]+(?:/\S*)?", "links": r".+"}),
    "artalk": Engine("threads of Artalk", options={"site": r"https?://[^/\s]+(?:/\S*)?", "links": r".+"}),
    "govboard": Engine(
        options={
            "next_page": r"\S*\{\}\S*",
            "first_page": r"\d{1,4}",
            "pages": r".+",
            "total": r".+",
            "per_page": r"[1-9]\d{0,3}",
            "success": r".+",
            "file": r".+",
        },
        needs=("next_page|file",),
    ),
}
