"""The memory of this process in, an end to a crawl that takes too much out."""

import resource
from pathlib import Path

from scrapy.extensions.memusage import MemoryUsage

_STATM = Path("/proc/self/statm")


class PresentMemory(MemoryUsage):
    """Scrapy's watch over memory, by what is held now.

    Scrapy asks for the peak (``ru_maxrss``), and on Linux a process inherits the peak of the one that started it: a
    crawl started by a service that holds the model would be ended before its first page.
    """

    def get_virtual_size(self) -> int:
        """Return the resident bytes; the peak where there is no /proc."""
        if not _STATM.exists():
            return int(super().get_virtual_size())
        return int(_STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
