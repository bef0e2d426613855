"""A surname and the letters behind it in, how many of them are a name out."""

import re

from crawlers.masking.rules import HAN
from crawlers.masking.surnames import (
    COMPOUND,
    DOUBLED,
    FIRM,
    GIVEN,
    MOSTLY_NAMES,
    NAMES_ONLY,
    NO_GIVEN,
    NO_NAME,
    RARE,
    SURNAMES,
    WORDS_ACROSS,
    WORDS_AFTER,
)

OFFICIAL = (
    r"(?:主任|科长|处长|局长|书记|所长|队长|站长|镇长|村长|市长|县长|区长|警官|法官|部长|院长|校长"
    r"|厅长|省长|检察官|干事|科员|委员|代表|总理|主席)"
)
"""Titles of officials: a name before one stays."""
FOR_THE_PEOPLE = "为民"
_FAMILIES = frozenset(SURNAMES + RARE)
_AFTER_AND = _FAMILIES | frozenset("弟妹哥姐爸妈父母儿女妻丈老爱叔舅姑姨伯婶岳公婆嫂侄邻室他她我其本")
"""Letters that begin a word for another person, or a surname, behind 和 and 与."""
_AS_IF = re.compile(r"[若如][兰水曦彤萱琳涵海云玉意雪冰梅男初溪瑶霜]")
"""Given names that begin like 如果 and 若是."""
_LITTLE = re.compile(f"小[{HAN}](?<![区学时孩心型车店伙组巷路院门吃贩摊偷额件数便声朋友姐妹弟])")
_SINGLE, _DOUBLE = 1, 2


def fits(name: str, following: str, *, sure: bool) -> int:
    """Return how many letters of ``name`` are a name: all, all but the last, or 0.

    Args:
        name: A surname and one or two letters.
        following: The letter behind it.
        sure: Whether a label said that a name comes here.
    """
    family = 2 if re.match(COMPOUND, name) else 1
    given = name[family:]
    usual = [letter in GIVEN for letter in given]
    if _is_no_name(name, given) and not (sure and len(given) > 1 and all(usual)):
        return 0
    goes_on = given[-1] + following in WORDS_ACROSS or (given[-1] in "和与" and following in _AFTER_AND)
    if len(given) == _DOUBLE and goes_on:
        return fits(name[:-1], given[-1], sure=sure)
    if not sure and family == 1 and name[0] in RARE and name[0] not in FIRM:
        return _fits_rare(name, following)
    is_firm = name[0] in FIRM or family > 1
    if len(given) == _SINGLE:
        lone = is_firm or _ends(following) or following in WORDS_AFTER
        return len(name) if sure or (usual[0] and lone) else 0
    letters = _given_letters(given, following, sure=sure, is_firm=is_firm)
    return family + letters if letters else 0


def _given_letters(given: str, following: str, *, sure: bool, is_firm: bool) -> int:
    """Return how many of two letters behind a common surname are a given name."""
    usual, ends = [letter in GIVEN for letter in given], _ends(following)
    first_counts = sure or usual[0]
    doubled = given[1] == following
    if given[1] in NAMES_ONLY and not doubled:
        return _DOUBLE
    if _is_doubled(given) and (ends or following in WORDS_AFTER):
        return _DOUBLE
    if usual[1] and not doubled and (first_counts or ends or is_firm):
        return _DOUBLE
    if doubled or given[1] in NO_GIVEN or given[1] in WORDS_AFTER or (is_firm and not ends):
        return _SINGLE if first_counts else 0
    return _DOUBLE if ends and first_counts else 0


def _ends(following: str) -> bool:
    return following == "等" or not re.match(f"[{HAN}]", following)


def _is_no_name(name: str, given: str) -> bool:
    odd = not given or (given[0] in NO_GIVEN and given != FOR_THE_PEOPLE and not _AS_IF.match(given))
    return odd or re.match(OFFICIAL, given) is not None or NO_NAME.match(name) is not None


def _fits_rare(name: str, following: str) -> int:
    given = name[1:]
    if given in WORDS_ACROSS:
        return 0
    if len(given) == _DOUBLE and GIVEN.issuperset(given) and given[1] != following:
        return len(name)
    return _DOUBLE if given[0] in MOSTLY_NAMES and (given[1:] or following)[:1] in {*WORDS_AFTER, "", " ", ","} else 0


def is_usual(name: str) -> bool:
    """Return whether two letters common in given names follow a surname, and the three begin no other word."""
    given = name[2:] if re.match(COMPOUND, name) else name[1:]
    usual = (len(given) > 1 and GIVEN.issuperset(given)) or _is_doubled(given) or _LITTLE.fullmatch(given) is not None
    return (usual and not NO_NAME.match(name)) or given == FOR_THE_PEOPLE


def _is_doubled(given: str) -> bool:
    """Return whether a letter stands twice, as in names of children: 多多, 豆豆."""
    return len(given) > 1 and given[0] == given[1] and given[0] in DOUBLED
