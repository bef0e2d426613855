"""Numbers of sections in, Chinese numerals out."""

_DIGITS = "零一二三四五六七八九"
_TEN = 10


def chinese(number: int) -> str:
    """Return 1 to 99 in Chinese numerals.

    Raises:
        ValueError: The number is outside this range.
    """
    if not 1 <= number < _TEN * _TEN:
        raise ValueError(f"{number} is not a section number from 1 to 99")
    tens, ones = divmod(number, _TEN)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return head + (_DIGITS[ones] if ones else "")
