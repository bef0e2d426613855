"""A module of ours in, the Chinese texts in it that a page translates out: what Babel calls as an extraction method.

``make messages`` runs it. Texts are what ``say`` is given, and constants of the module: the tables of words.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

HAN = re.compile("[\u4e00-\u9fff]")

Found = tuple[int, str, str, list[str]]


def texts(
    fileobj: IO[bytes], keywords: Sequence[str], comment_tags: Sequence[str], options: Mapping[str, str]
) -> Iterator[Found]:
    """Yield (line, function, text, comments) as Babel wants them."""
    del keywords, comment_tags, options
    tree = ast.parse(fileobj.read())
    for statement in tree.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            yield from _constants(statement.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
            for argument in node.args:
                yield from _constants(argument)


def _constants(tree: ast.AST) -> Iterator[Found]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and HAN.search(node.value):
            yield node.lineno, "", node.value, []
