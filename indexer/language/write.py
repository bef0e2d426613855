"""A tree of conditions in, the one canonical query text that means it out."""

from collections.abc import Sequence

from indexer.conditions import All, Among, Any, Condition, During, Holds, Not, Roughly
from indexer.language.days import write_window
from indexer.language.error import LanguageError
from indexer.language.names import TITLES, FieldName, Names, say
from indexer.language.scan import BARS, CLOSING, COMMAS, ESCAPED, OPENING, QUOTES, scan

_MARKS = OPENING | CLOSING | BARS | ESCAPED | QUOTES.keys()
_BEFORE = ("", "-", "date:2026 ", "date:2026.. ")
"""What may make something else of a word behind it."""
_WORDLESS = frozenset({"cluster", "thread", "reply_to", "linked", "model"})


def write(condition: Condition, names: Names) -> str:
    """Return a text from which ``parse`` makes the same tree; a join of one part is written as that part.

    Where the tree has many values (all projects of a department) the text may be longer than ``parse`` takes.

    Raises:
        ValueError: The language has no words for a part of it: a thread, an id without name, half a day.
    """
    match condition:
        case All(()):
            return ""
        case All(parts) if len(parts) > 1:
            return " ".join(_term(part, names) for part in parts)
        case Any(parts) if len(parts) > 1:
            return " OR ".join(_term(part, names) for part in parts)
    return _term(condition, names)


def _term(condition: Condition, names: Names) -> str:
    """Write what stays together wherever it stands."""
    match condition:
        case All((part,)) | Any((part,)):
            return _term(part, names)
        case All(()) | Any(()):
            raise ValueError("everything and nothing have no words in a query")
        case All() | Any():
            return f"({write(condition, names)})"
        case Not(part):
            return f"-({_term(part, names)})" if isinstance(part, Not) else f"-{_term(part, names)}"
    return _leaf(condition, names)


def _leaf(condition: Holds | Roughly | Among | During, names: Names) -> str:
    match condition:
        case Holds(piece):
            return piece if _is_word(piece) else _quoted(piece)
        case Roughly(text):
            return f"~{text if text[0].isalnum() and _is_word(text, '~') else _quoted(text)}"
        case Among(field, values):
            return _field(field, values, names)
        case During(window):
            return f"{TITLES['date']}:{write_window(window)}"


def _is_word(piece: str, sign: str = "") -> bool:
    """Say whether the bare piece (behind a sign) is read as itself wherever it stands."""
    return _MARKS.isdisjoint(piece) and all(_is_last(piece, before, sign) for before in _BEFORE)


def _is_last(piece: str, before: str, sign: str) -> bool:
    try:
        tokens = scan(before + sign + piece)
    except LanguageError:
        return False
    return len(tokens) == 1 + bool(before) and tokens[-1].piece == piece


def _field(field: str, values: Sequence[str], names: Names) -> str:
    if field in _WORDLESS or not values:
        raise ValueError(f"{field}: has no words in a query")
    name: FieldName = field  # type: ignore[assignment]  # what is left are names of fields
    return write_field(name, [say(name, value, names) for value in values])


def write_field(name: FieldName, said: Sequence[str]) -> str:
    """Return how a field with these values is written."""
    return f"{TITLES[name]}:{','.join(value if _is_value(value) else _quoted(value) for value in said)}"


def _is_value(value: str) -> bool:
    return bool(value) and not any(char in _MARKS or char in COMMAS or char.isspace() for char in value)


def _quoted(text: str) -> str:
    return '"' + "".join("\\" + char if char in ESCAPED else char for char in text) + '"'
