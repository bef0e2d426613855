"""A query typed on the command line in, the tree of conditions that it means on this deployment out."""

from app.bootstrap import Office
from indexer.conditions import Condition
from indexer.language import names_of, parse
from minsheng.domain import BEIJING


def condition_of_typed(office: Office, words: list[str] | None) -> Condition:
    """Read what was typed, in one piece or several; nothing means everything.

    Raises:
        LanguageError: Names the place, what is wrong there and what was expected.
    """
    names = names_of(office.register.projects.values(), office.sources.values())
    return parse(" ".join(words or ()), names, office.now().astimezone(BEIJING).date())
