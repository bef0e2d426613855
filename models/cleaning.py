"""A raw text in, the form that the shipped encoder was trained on out."""

import re

from minsheng.text import normalise

_ADDRESS = re.compile(r"(?:https?://|www\.)[!-~]+", re.IGNORECASE)
_FORWARD = re.compile(r"//\s*@")
_MIN_OWN = 4


def prepare(text: str) -> str:
    """Return the words of the writer in the one normal form, without addresses and forwarded chains.

    Forwarded words count only as far as the writer adopts them (annotation guideline), so ``//@用户: …`` is cut,
    unless nothing but a few characters would be left: then the forward is all that there is to read.
    """
    without = _ADDRESS.sub(" ", text)
    own = _FORWARD.split(without, maxsplit=1)[0]
    return normalise(own if len(own.strip()) >= _MIN_OWN else without)
