"""Mails in, answers of a real SMTP server on loopback out: STARTTLS, TLS, login, refusals, a server that is down."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from pydantic import SecretStr

from alerts.channels.base import Mail, PartlyDelivered, RefusedForGood, Unreachable
from alerts.channels.smtp import SmtpChannel
from alerts.outbox import MailState, Outbox, enqueue
from minsheng.errors import ConfigError, DeliveryFailed
from minsheng.settings import MailSettings

NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SUBJECT = "【民声提示】文昌路改造工程｜表述与评论偏离（n=85）"
PASSWORD = "made-up-secret"


def mail(*to: str) -> Mail:
    to = to or ("a@example.cn",)
    return Mail("<alert.1.abc@example.cn>", to, SUBJECT, "路面又挖开了\n.\n", "<p>路面</p>", NOW, "1")


class Mailbox:
    """The office's server: keeps what it takes, and answers as its tables say."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], EmailMessage]] = []
        self.sender_answer = ""
        self.recipient_answers: dict[str, list[str]] = {}
        self.mail_answers: list[str] = []
        self.hang_up = False

    async def handle_MAIL(self, server, session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802 aiosmtpd names its hooks so
        del server, session
        if self.sender_answer:
            return self.sender_answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802 aiosmtpd names its hooks so
        del server, session, options
        answers = self.recipient_answers.get(address)
        if answers:
            return answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd names its hooks so
        del session
        if self.hang_up:
            server.transport.abort()
            return "250 never heard"
        if self.mail_answers:
            return self.mail_answers.pop(0)
        message = BytesParser(policy=policy.SMTP).parsebytes(envelope.content)
        self.taken.append((list(envelope.rcpt_tos), message))
        return "250 2.0.0 queued as 4711"


class LocalServer(Controller):
    """A server in a thread; its start-up probe uses a client context (aiosmtpd's own takes the server's and fails)."""

    def _trigger_server(self) -> None:
        with socket.create_connection((self.hostname, self.port), 5) as probe:
            if self.ssl_context is None:
                probe.recv(1024)
                return
            blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
            with blind.wrap_socket(probe) as line:
                line.recv(1024)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1 with its key, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "minsheng test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusting(certificate: Path) -> ssl.SSLContext:
    """A client that trusts the test's own certificate, and still checks the name."""
    return ssl.create_default_context(cafile=str(certificate))


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


def _login(server, session, envelope, mechanism, data) -> AuthResult:
    del server, session, envelope, mechanism
    good = isinstance(data, LoginPassword) and data == LoginPassword(b"minsheng", PASSWORD.encode())
    return AuthResult(success=good, handled=False)


@pytest.fixture
def serve(mailbox: Mailbox, server_tls: ssl.SSLContext) -> Iterator[Callable[..., MailSettings]]:
    """Start the mailbox's server and return the settings that reach it."""
    running: list[Controller] = []

    def start(security: str = "none", *, login: bool = False) -> MailSettings:
        options: dict[str, object] = {}
        if security == "starttls":
            options = {"tls_context": server_tls, "require_starttls": True}
        if security == "tls":
            options = {"ssl_context": server_tls}
        if login:
            options |= {"authenticator": _login, "auth_required": True, "auth_require_tls": security == "starttls"}
        port = _free_port()
        controller = LocalServer(mailbox, hostname="127.0.0.1", port=port, **options)
        controller.start()
        running.append(controller)
        return MailSettings(channel="smtp", host="127.0.0.1", port=port, security=security, sender="民声 <m@example.cn>",
                            reply_to="operator@example.cn")  # fmt: skip

    yield start
    for controller in running:
        controller.stop()


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_mail_arrives_whole_with_its_chinese_subject(serve, mailbox, trusting, security):
    channel = SmtpChannel(serve(security), trusting)

    reply = channel.send(mail("a@example.cn", "b@example.cn"))

    ((recipients, message),) = mailbox.taken
    assert reply.endswith("250 2.0.0 queued as 4711")
    assert recipients == ["a@example.cn", "b@example.cn"]
    assert (message["Subject"], message["Message-ID"]) == (SUBJECT, "<alert.1.abc@example.cn>")
    assert message.get_body(("plain",)).get_content().splitlines() == ["路面又挖开了", "."]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(serve, mailbox, security):
    channel = SmtpChannel(serve(security))

    with pytest.raises(Unreachable, match="certificate is not valid"):
        channel.send(mail())
    assert mailbox.taken == []


def test_a_certificate_of_another_host_is_refused(serve, mailbox, trusting):
    settings = serve("starttls").model_copy(update={"host": "localhost"})

    with pytest.raises(Unreachable, match="certificate is not valid"):
        SmtpChannel(settings, trusting).send(mail())
    assert mailbox.taken == []


def test_a_server_without_starttls_gets_no_mail_in_the_clear(serve, mailbox, trusting):
    settings = serve("none").model_copy(update={"security": "starttls"})

    with pytest.raises(Unreachable, match="STARTTLS"):
        SmtpChannel(settings, trusting).send(mail())
    assert mailbox.taken == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # aiosmtpd counts STARTTLS alone as TLS
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_login_with_the_right_password_sends(serve, mailbox, trusting, security):
    login = {"username": "minsheng", "password": SecretStr(PASSWORD)}

    SmtpChannel(serve(security, login=True).model_copy(update=login), trusting).send(mail())

    assert len(mailbox.taken) == 1


def test_a_wrong_password_keeps_the_mail_and_does_not_show_the_password(serve, mailbox, trusting):
    login = {"username": "minsheng", "password": SecretStr("wrong-one")}
    settings = serve("starttls", login=True).model_copy(update=login)

    with pytest.raises(Unreachable, match=r"login refused: 535.*mail\.username") as failure:
        SmtpChannel(settings, trusting).send(mail())

    assert "wrong-one" not in str(failure.value)
    assert mailbox.taken == []


def test_a_login_that_smtp_cannot_carry_is_refused_before_any_mail():
    login = {"username": "minsheng", "password": SecretStr("口令")}
    settings = MailSettings(channel="smtp", host="127.0.0.1", sender="m@example.cn").model_copy(update=login)

    with pytest.raises(ConfigError, match=r"mail\.password"):
        SmtpChannel(settings)


def test_a_server_that_is_down_is_unreachable():
    settings = MailSettings(channel="smtp", host="127.0.0.1", port=_free_port(), security="none", sender="m@example.cn")

    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:\d+: ConnectionRefusedError"):
        SmtpChannel(settings).send(mail())


def test_a_server_that_never_answers_is_given_up_after_the_timeout():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        settings = MailSettings(channel="smtp", host="127.0.0.1", port=port, security="none", sender="m@example.cn")

        with pytest.raises(Unreachable, match="timed out"):
            SmtpChannel(settings, timeout=0.2).send(mail())


def test_a_line_that_breaks_before_the_answer_is_a_failure_that_may_pass(serve, mailbox):
    mailbox.hang_up = True

    with pytest.raises(Unreachable, match="the line broke"):
        SmtpChannel(serve()).send(mail())


def test_a_sender_that_the_server_does_not_like_is_our_fault_and_keeps_the_mail(serve, mailbox):
    mailbox.sender_answer = "550 who are you"

    with pytest.raises(Unreachable, match=r"sender m@example\.cn refused: 550 who are you"):
        SmtpChannel(serve()).send(mail())


@pytest.mark.parametrize(
    ("answer", "error"), [("451 4.3.0 disk full", DeliveryFailed), ("554 5.7.1 not wanted", RefusedForGood)]
)
def test_the_answer_to_the_mail_decides_whether_it_is_tried_again(serve, mailbox, answer, error):
    mailbox.mail_answers = [answer]

    with pytest.raises(DeliveryFailed, match=answer) as failure:
        SmtpChannel(serve()).send(mail())
    assert type(failure.value) is error


def test_a_server_that_turns_everybody_away_is_unreachable():
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        threading.Thread(target=lambda: busy.accept()[0].sendall(b"421 too busy\r\n"), daemon=True).start()
        settings = MailSettings(
            channel="smtp", host="127.0.0.1", port=busy.getsockname()[1], security="none", sender="m@example.cn"
        )

        with pytest.raises(Unreachable, match="421 too busy"):
            SmtpChannel(settings, timeout=5).send(mail())


@pytest.mark.parametrize(
    ("answer", "error"), [("450 greylisted", DeliveryFailed), ("550 no such mailbox", RefusedForGood)]
)
def test_the_answer_to_the_only_recipient_decides_whether_it_is_tried_again(serve, mailbox, answer, error):
    mailbox.recipient_answers = {"a@example.cn": [answer]}

    with pytest.raises(DeliveryFailed, match=f"a@example.cn refused: {answer}") as failure:
        SmtpChannel(serve()).send(mail())
    assert type(failure.value) is error


def test_recipients_refused_are_told_apart_from_those_served(serve, mailbox):
    mailbox.recipient_answers = {"b@example.cn": ["450 later"], "c@example.cn": ["550 unknown"]}

    with pytest.raises(PartlyDelivered) as failure:
        SmtpChannel(serve()).send(mail("a@example.cn", "b@example.cn", "c@example.cn", "张三@example.cn"))

    assert failure.value.later == ("b@example.cn",)
    assert failure.value.never == ("c@example.cn", "张三@example.cn")
    assert [recipients for recipients, _ in mailbox.taken] == [["a@example.cn"]]


def test_when_all_are_refused_some_for_good_the_others_wait(serve, mailbox):
    mailbox.recipient_answers = {"a@example.cn": ["450 later"], "b@example.cn": ["550 unknown"]}

    with pytest.raises(PartlyDelivered) as failure:
        SmtpChannel(serve()).send(mail("a@example.cn", "b@example.cn"))

    assert (failure.value.later, failure.value.never) == (("a@example.cn",), ("b@example.cn",))
    assert mailbox.taken == []


def test_through_the_outbox_greylisting_and_a_partial_refusal_end_with_one_mail_each(serve, mailbox, tmp_path):
    mailbox.mail_answers = ["451 try later"]
    mailbox.recipient_answers = {"b@example.cn": ["450 greylisted", "450 greylisted"]}
    outbox, channel = Outbox(tmp_path / "alerts.sqlite"), SmtpChannel(serve())
    with outbox._database.write() as rows:
        enqueue(rows, [mail("a@example.cn", "b@example.cn")])

    for minutes in (0, 1, 3, 7):
        outbox.deliver(channel, NOW + minutes * MINUTE)

    assert [recipients for recipients, _ in mailbox.taken] == [["a@example.cn"], ["b@example.cn"]]
    assert {message["Message-ID"] for _, message in mailbox.taken} == {"<alert.1.abc@example.cn>"}
    assert [queued.state for queued in outbox.mails()] == [MailState.SENT]
    assert [attempt.outcome for attempt in outbox.log()] == ["sent", "partly", "failed"]
