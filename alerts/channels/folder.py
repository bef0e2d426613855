"""A mail in, one .eml file in a folder out: the default channel, which needs no server."""

import os
from pathlib import Path

from alerts.channels.base import Mail, Unreachable
from alerts.channels.message import mail_address, to_message


class FolderChannel:
    """Writes each mail as a file that any mail program opens.

    The file is named after the Message-ID and appears whole or not at all, so a mail is there exactly once however
    often it is sent.
    """

    def __init__(self, folder: Path, sender: str, reply_to: str = "") -> None:
        mail_address(sender, "mail.sender")
        self._folder = folder
        self._sender = sender
        self._reply_to = reply_to

    def send(self, mail: Mail) -> str:
        path = self._folder / f"{mail.id.strip('<>').split('@')[0]}.eml"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                _write_whole(path, to_message(mail, self._sender, self._reply_to).as_bytes())
        except OSError as error:
            raise Unreachable(f"{path}: cannot be written: {error}. Is the disk full, or the folder ours?") from error
        return str(path)


def _write_whole(path: Path, content: bytes) -> None:
    """Write so that a crash leaves no half file and a power cut no empty one."""
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder to sync it
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
