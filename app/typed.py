"""A query typed on the command line in, the tree of conditions that it means on this deployment out."""

from app.bootstrap import Office
from indexer.conditions import Condition
from indexer.language import Names, names_of, parse
from minsheng.domain import BEIJING


def condition_of_typed(office: Office, words: list[str] | None) -> Condition:
    """Read what was typed, in one piece or several; nothing means everything.

    Raises:
        LanguageError: Names the place, what is wrong there and what was expected.
    """
    return parse(" ".join(words or ()), names_in(office), office.now().astimezone(BEIJING).date())


def names_in(office: Office) -> Names:
    """Return the names that a query may use on this deployment."""
    return names_of(office.register.projects.values(), office.sources.values(), office.claims)
