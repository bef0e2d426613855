"""Mail settings in, the channel they name out."""

from pathlib import Path

from alerts.channels.base import Channel
from minsheng.settings import MailSettings

FOLDER = "mail"


def open_channel(settings: MailSettings, var: Path) -> Channel:
    """Return the channel of a deployment; ``var`` is its folder of run-time data. Opens no connection."""
    match settings.channel:
        case "smtp":
            from alerts.channels.smtp import SmtpChannel

            return SmtpChannel(settings, files=var)
        case "folder":
            from alerts.channels.folder import FolderChannel

            return FolderChannel(var / FOLDER, settings.sender, settings.reply_to)
