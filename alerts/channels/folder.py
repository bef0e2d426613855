"""A mail in, one .eml file in a folder out: the default channel, which needs no server."""

from pathlib import Path

from alerts.channels.base import Mail, Unreachable
from alerts.channels.message import mail_address, to_message
from minsheng.files import write_whole


class FolderChannel:
    """Writes each mail as a file that any mail program opens.

    The file is named after the Message-ID and appears whole or not at all, so a mail is there exactly once however
    often it is sent.
    """

    def __init__(self, folder: Path, sender: str, reply_to: str = "") -> None:
        """``folder`` stands in the deployment's ``var``, as attachments do."""
        mail_address(sender, "mail.sender")
        self._folder = folder
        self._sender = sender
        self._reply_to = reply_to

    def send(self, mail: Mail) -> str:
        path = file_of(self._folder, mail.id)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                write_whole(path, to_message(mail, self._sender, self._reply_to, self._folder.parent).as_bytes())
        except OSError as error:
            raise Unreachable(f"{path}: cannot be written: {error}. Is the disk full, or the folder ours?") from error
        return str(path)


def file_of(folder: Path, mail_id: str) -> Path:
    """Return where the mail with this Message-ID is written."""
    return folder / f"{mail_id.strip('<>').split('@')[0]}.eml"
