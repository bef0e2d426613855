"""A mail in, an SMTP server's reply out: STARTTLS or TLS with the certificate checked."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from alerts.channels.base import Mail, PartlyDelivered, RefusedForGood, Unreachable
from alerts.channels.message import mail_address, to_message
from minsheng.errors import ConfigError, DeliveryFailed
from minsheng.settings import MailSettings

_TIMEOUT = 30.0
_FOR_GOOD = 500
_ACCEPTED = 300
_UNSUPPORTED_ADDRESS = (553, b"the address has characters outside ASCII")


class SmtpChannel:
    """Hands mails to the office's server, one connection for each.

    What is wrong with our side of the line (connection, certificate, login, sender) is ``Unreachable``: the mail is
    not at fault and must not be lost. Only a 5xx answer to a recipient or to the mail itself is for good.
    """

    def __init__(
        self,
        settings: MailSettings,
        context: ssl.SSLContext | None = None,
        timeout: float = _TIMEOUT,
        files: Path = Path(),  # a path is a value
    ) -> None:
        if not (settings.username + settings.password.get_secret_value()).isascii():
            raise ConfigError("mail.username, mail.password: characters outside ASCII cannot be sent; choose others")
        self._settings = settings
        self._where = f"{settings.host}:{settings.port}"
        self._sender = mail_address(settings.sender, "mail.sender").addr_spec
        self._context = context
        self._timeout = timeout
        self._files = files

    def send(self, mail: Mail) -> str:
        content = to_message(mail, self._settings.sender, self._settings.reply_to, self._files).as_bytes()
        with self._session() as server:
            self._expect(server.mail(self._sender), f"sender {self._sender} refused")
            answers = {address: _recipient(server, address) for address in mail.envelope}
            refused = {address: answer for address, answer in answers.items() if answer[0] >= _ACCEPTED}
            if len(refused) == len(answers):
                raise self._all_refused(refused)
            reply = self._hand_over(server, content)
        if refused:
            raise self._some_refused(reply, refused)
        return reply

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """Yield a server that has let us in; whatever breaks the line becomes ``Unreachable``."""
        try:
            server = self._connect()
        except smtplib.SMTPAuthenticationError as error:
            answer = _words((error.smtp_code, error.smtp_error))
            raise Unreachable(f"{self._where}: login refused: {answer}. Check mail.username and password") from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(f"{self._where}: {_why(error)}") from error
        try:
            yield server
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(f"{self._where}: the line broke: {_why(error)}") from error
        finally:
            with suppress(OSError, smtplib.SMTPException):  # the mail's fate is known; a rude goodbye changes nothing
                server.quit()
            server.close()

    def _connect(self) -> smtplib.SMTP:
        host, port = self._settings.host, self._settings.port
        if self._settings.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=self._timeout, context=self._tls())
        else:
            server = smtplib.SMTP(host, port, timeout=self._timeout)
        try:
            if self._settings.security == "starttls":
                server.starttls(context=self._tls())
            server.ehlo_or_helo_if_needed()
            if self._settings.username:
                server.login(self._settings.username, self._settings.password.get_secret_value())
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
        return server

    def _tls(self) -> ssl.SSLContext:
        return self._context or ssl.create_default_context()

    def _expect(self, answer: tuple[int, bytes], trouble: str) -> None:
        if answer[0] >= _ACCEPTED:
            raise Unreachable(f"{self._where}: {trouble}: {_words(answer)}")

    def _hand_over(self, server: smtplib.SMTP, content: bytes) -> str:
        try:
            answer = server.data(content)
        except smtplib.SMTPDataError as error:  # the answer to DATA itself, before the content
            answer = (error.smtp_code, _bytes(error.smtp_error))
        if answer[0] >= _FOR_GOOD:
            raise RefusedForGood(f"{self._where}: mail refused: {_words(answer)}")
        if answer[0] >= _ACCEPTED:
            raise DeliveryFailed(f"{self._where}: mail not taken now: {_words(answer)}")
        return f"{self._where}: {_words(answer)}"

    def _all_refused(self, refused: dict[str, tuple[int, bytes]]) -> DeliveryFailed:
        later, never = _split(refused)
        if not later:
            return RefusedForGood(f"{self._where}: {_each(refused)}")
        if never:
            return PartlyDelivered(f"{self._where}: {_each(refused)}", later, never)
        return DeliveryFailed(f"{self._where}: {_each(refused)}")

    def _some_refused(self, reply: str, refused: dict[str, tuple[int, bytes]]) -> PartlyDelivered:
        later, never = _split(refused)
        return PartlyDelivered(f"{reply}; but {_each(refused)}", later, never)


def _recipient(server: smtplib.SMTP, address: str) -> tuple[int, bytes]:
    return server.rcpt(address) if address.isascii() else _UNSUPPORTED_ADDRESS


def _split(refused: dict[str, tuple[int, bytes]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    later = tuple(address for address, answer in refused.items() if answer[0] < _FOR_GOOD)
    never = tuple(address for address, answer in refused.items() if answer[0] >= _FOR_GOOD)
    return later, never


def _each(refused: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{address} refused: {_words(answer)}" for address, answer in refused.items())


def _words(answer: tuple[int, bytes | str]) -> str:
    return f"{answer[0]} {_bytes(answer[1]).decode('utf-8', 'replace')}".strip()


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        advice = "Make this machine trust its issuer, or correct mail.host"
        return f"its certificate is not valid: {error.verify_message}. {advice}"
    if isinstance(error, smtplib.SMTPResponseException):
        return _words((error.smtp_code, error.smtp_error))
    return f"{type(error).__name__}: {error}"
