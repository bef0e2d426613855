"""A folder in, its office out: for commands, which load the office's parts only once they are called."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.bootstrap import Office


def open_office(folder: Path) -> "Office":
    """Open the deployment in a folder with the settings of this process's environment."""
    from app.bootstrap import Office

    return Office(folder, os.environ)
