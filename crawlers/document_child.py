"""A spreadsheet or PDF on stdin, its lines and tables as JSON on stdout, or why it cannot be read.

A process of its own, started by ``crawlers.documents`` only: what a document costs ends with it, whatever it holds.
"""

import json
import resource
import sys

from minsheng.errors import SourceChanged

_BYTES = 1_000_000_000


def main() -> None:
    """Read one document; the arguments are its kind and how many seconds it may cost."""
    seconds = int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    try:
        answer: object = _parts(sys.argv[1], sys.stdin.buffer.read())
    except SourceChanged as error:
        answer = str(error)
    except MemoryError:
        answer = f"it needs more than {_BYTES:,} bytes of memory"
    except RecursionError:
        answer = "it is nested too deep"
    sys.stdout.write(json.dumps(answer, ensure_ascii=False))


def _parts(kind: str, body: bytes) -> list[str | list[list[str]]]:
    if kind == "pdf":
        from crawlers.pdf import read_pdf

        return list(read_pdf(body))
    from crawlers.spreadsheets import read_spreadsheet

    return list(read_spreadsheet(body))


if __name__ == "__main__":
    main()
