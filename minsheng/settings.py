"""Environment and ``minsheng.yml`` in, validated settings out. Read once, by the CLI."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from minsheng.errors import ConfigError
from minsheng.hours import PATTERN as HOURS
from minsheng.strict import explain_validation, load_with_lines, nearest
from minsheng.web import is_confidential

PREFIX = "MINSHENG_"
FILE_NAME = "minsheng.yml"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# Read elsewhere: the folder and the log level by the command line, the test server by the tests.
NOT_SETTINGS = frozenset({"MINSHENG_HOME", "MINSHENG_LOG", "MINSHENG_TEST_ES"})


MailAddress = Annotated[str, Field(pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$")]


class Group(BaseModel):
    """A group of settings; unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MailSettings(Group):
    """How alert mails leave."""

    channel: Literal["folder", "smtp"] = Field("folder", description="folder writes .eml files under var/mail")
    host: str = Field("", description="SMTP server, needed when channel is smtp")
    port: int = Field(587, ge=1, le=65535, description="465 for tls, 587 for starttls")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="none only for a server on loopback")
    username: str = Field("", description="empty: no login")
    password: SecretStr = Field(SecretStr(""), description="set it by MINSHENG_MAIL__PASSWORD, never in a file")
    sender: str = Field("minsheng@localhost", description="From address")
    reply_to: str = Field("", description="Reply-To address: the operator")
    operator: tuple[str, ...] = Field((), description="who gets mail of projects whose department has no recipients")
    quiet_hours: str = Field("", pattern=HOURS, description="Beijing hours in which no mail leaves, e.g. 20:00-08:00")
    working_days_only: bool = Field(False, description="true: mail waits for the next working day of China")
    bounces: Path | None = Field(None, description="Maildir folder or mbox file of the sender; read for bounces")

    @model_validator(mode="after")
    def _host_for_smtp(self) -> Self:
        if self.channel == "smtp" and not self.host:
            raise ValueError("channel smtp needs host")
        if self.channel == "smtp" and self.security == "none" and self.host not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("security none is only for a server on loopback; use starttls or tls")
        return self


class ConsoleSettings(Group):
    """Where the console listens, by which names it is called, and how persons log in."""

    host: str = Field("127.0.0.1", min_length=1, description="address to listen on; beyond loopback only with a login")
    port: int = Field(8765, ge=0, le=65535, description="0 picks a free port")
    public_url: str = Field("", description="address for links in mails and briefings; empty: the console's own")
    hosts: tuple[str, ...] = Field((), description="names the console is called by, besides those of this machine")
    login: Literal["none", "password", "proxy", "oidc"] = Field("none", description="none only for this machine alone")
    proxies: tuple[str, ...] = Field((), description="addresses of reverse proxies whose X-Forwarded headers count")
    proxy_header: str = Field("", description="header in which a proxy names the account; for login proxy")
    plain_http: bool = Field(False, description="serve names of ``hosts`` without TLS too: passwords go in the clear")
    open_method: bool = Field(False, description="the method page is readable without login")
    session_hours: float = Field(12, gt=0, le=168, description="a login ends after so many hours")
    idle_minutes: float = Field(60, gt=0, le=1440, description="and after so many minutes without a request")
    requests_per_minute: int = Field(120, ge=1, description="most requests to the HTTP API, of each token")

    @model_validator(mode="after")
    def _login_beyond_this_machine(self) -> Self:
        if self.login == "none" and (self.hosts or self.host not in LOOPBACK):
            raise ValueError(
                "login none is for this machine alone; set login to password, oidc or proxy, or leave hosts out"
            )
        if self.host not in LOOPBACK and not self.hosts:
            raise ValueError(f"host {self.host} needs hosts: the names that browsers write into the address")
        if self.login == "proxy" and not (self.proxies and self.proxy_header):
            raise ValueError("login proxy needs proxies and proxy_header")
        return self


class OidcSettings(Group):
    """The office's own OpenID provider, where ``console.login`` is oidc, and what its groups may do here."""

    issuer: str = Field("", description="address of the provider, as its metadata names it; https")
    client_id: str = Field("", description="how the provider calls this console")
    client_secret: SecretStr = Field(SecretStr(""), description="set it by MINSHENG_OIDC__CLIENT_SECRET; empty: none")
    scopes: tuple[str, ...] = Field(("openid", "profile"), description="what is asked for; openid must be among them")
    name_claim: str = Field("preferred_username", min_length=1, description="claim that names the account")
    groups_claim: str = Field("groups", min_length=1, description="claim that lists a person's groups")
    roles: dict[str, Literal["reader", "analyst", "admin"]] = Field(
        {}, description="group → role; who is in none of them may not come in"
    )
    departments: dict[str, str] = Field({}, description="group → id of a department, or * for all; empty: all see all")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.issuer:
            return self
        if not is_confidential(self.issuer):
            raise ValueError(f"issuer {self.issuer!r}: wanted an https:// address")
        if not (self.client_id and self.roles):
            raise ValueError("an issuer needs client_id, and roles: which group may do what")
        if "openid" not in self.scopes:
            raise ValueError("scopes: openid must be among them")
        return self


class CrawlSettings(Group):
    """Manners of the crawlers."""

    contact: str = Field("", description="mail or page named in the user agent; must be set to crawl foreign hosts")
    delay_seconds: float = Field(1.0, ge=0, description="pause between requests to one host; AutoThrottle adds to it")
    allow_private_hosts: bool | tuple[str, ...] = Field(
        False, description="hosts that may have a private address (intranet); true: every host (demo and tests)"
    )
    opt_out: tuple[str, ...] = Field((), description="hosts and address prefixes that are not read and not kept")
    quiet_hours: str = Field(
        "",
        pattern=HOURS,
        description="Beijing hours without requests, such as 23:00-06:00",
    )
    requests_per_day: int = Field(10_000, ge=1, description="most requests to one host in one Beijing day, all sources")
    max_page_bytes: int = Field(5_000_000, ge=1000, description="larger pages are refused, unpacked too")
    max_depth: int = Field(60, ge=1, description="longest chain of links followed from a start page")
    max_pages: int = Field(20_000, ge=1, description="most pages of one crawl; the next goes on")
    max_minutes: int = Field(240, ge=1, description="longest crawl; the next goes on")
    page_seconds: int = Field(60, ge=1, description="longest wait for one whole page")
    retries: int = Field(4, ge=0, description="tries after a failed request, with growing pauses")


class ScheduleSettings(Group):
    """When the service works; Beijing time."""

    watch_every_minutes: int = Field(30, ge=1, description="how often rules are checked")
    ingest_every_minutes: int = Field(5, ge=1, description="how often the inbox is read")
    mail_every_minutes: int = Field(2, ge=1, description="how often waiting mail is tried")
    digest_hour: int = Field(8, ge=0, le=23, description="hour of the daily digest and briefings")
    brief: tuple[Literal["daily", "weekly", "monthly"], ...] = Field(
        ("daily", "weekly", "monthly"), description="briefings made"
    )


Format = Literal["html", "docx", "pdf"]


class BriefingSettings(Group):
    """Which files a briefing has, and who gets it."""

    formats: tuple[Format, ...] = Field(
        ("html", "docx"), min_length=1, description="files made of each: html, docx, pdf"
    )
    recipients: dict[Literal["daily", "weekly", "monthly", "special"], tuple[MailAddress, ...]] = Field(
        {}, description="kind → who gets it by mail as soon as it is made on schedule; none: nobody"
    )
    attach: tuple[Format, ...] = Field(("docx",), description="files that its mail carries")
    copies_to: str = Field("", max_length=200, description="who else gets it (抄送), as the imprint names them")

    @model_validator(mode="after")
    def _attached_are_made(self) -> Self:
        missing = [name for name in self.attach if name not in self.formats]
        if missing:
            raise ValueError(f"attach names {', '.join(missing)}, which formats does not")
        return self


class ElasticSettings(Group):
    """How Elasticsearch is reached, where the setting ``index`` names one, and how posts are spread over it."""

    ca_file: Path | None = Field(
        None, description="certificates (PEM) of who vouches for the servers; none: the system's"
    )
    username: str = Field("", description="login; empty: none, or the API key")
    password: SecretStr = Field(SecretStr(""), description="set it by MINSHENG_ELASTICSEARCH__PASSWORD")
    api_key: SecretStr = Field(SecretStr(""), description="instead of a login; MINSHENG_ELASTICSEARCH__API_KEY")
    shards: int = Field(1, ge=1, le=100, description="shards of each year's index")
    replicas: Literal["auto"] | Annotated[int, Field(ge=0, le=10)] = Field(
        "auto", description="further copies of each shard; auto: one as soon as there is a second node"
    )
    timeout_seconds: float = Field(30.0, gt=0, description="how long one request may take")
    patience_seconds: float = Field(120.0, ge=0, description="how long a cluster that is busy or away is waited for")


class RetentionSettings(Group):
    """How long comments are kept; their age counts from when they were published."""

    days: int = Field(0, ge=0, description="older comments are deleted; 0: kept for ever")
    sources: dict[str, Annotated[int, Field(ge=0)]] = Field({}, description="source → days, instead of days")
    legal_hold: tuple[str, ...] = Field((), description="projects whose comments are kept whatever happens")


class Settings(BaseSettings):
    """All settings of a deployment. Environment variables win over the file: MINSHENG_MAIL__HOST is mail.host."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    office: str = Field("民声", description="name of the office on briefings and mails")
    region: str = Field("", description="region shown on briefings")
    index: str = Field("sqlite", description="sqlite, sqlite:PATH, memory, or elasticsearch:URL")
    model: str = Field("shipped", description="shipped, a model folder, or a hub name of a sequence classifier")
    model_labels: dict[str, Literal["negative", "neutral", "positive"]] = Field(
        {}, description="label of a foreign model → ours"
    )
    model_threads: int = Field(0, ge=0, description="0: all cores")
    model_engine: Literal["auto", "onnx", "torch"] = Field(
        "auto", description="auto: torch on a GPU, else ONNX Runtime"
    )
    peer_prior: bool = Field(
        True, description="pages count 10 comments from peers into the interval of a project with few"
    )
    elasticsearch: ElasticSettings = Field(ElasticSettings(), description="how Elasticsearch is reached")
    mail: MailSettings = Field(MailSettings(), description="alert mails")
    console: ConsoleSettings = Field(ConsoleSettings(), description="the web pages")
    oidc: OidcSettings = Field(OidcSettings(), description="login at the office's own OpenID provider")
    crawl: CrawlSettings = Field(CrawlSettings(), description="manners of the crawlers")
    briefing: BriefingSettings = Field(BriefingSettings(), description="files and mails of briefings")
    schedule: ScheduleSettings = Field(ScheduleSettings(), description="when the service works")
    retention: RetentionSettings = Field(RetentionSettings(), description="how long comments are kept")

    @model_validator(mode="after")
    def _provider_for_its_login(self) -> Self:
        if self.console.login == "oidc" and not self.oidc.issuer:
            raise ValueError("console.login oidc needs oidc.issuer, oidc.client_id and oidc.roles")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment comes first, then what ``load_settings`` read from the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def load_settings(folder: Path, environ: Mapping[str, str]) -> Settings:
    """Read the settings of the deployment in ``folder``.

    Raises:
        ConfigError: There is no ``minsheng.yml``, or a key or value is wrong; names file, line and key.
    """
    path = folder / FILE_NAME
    if not path.exists():
        raise ConfigError(f"{path}: not found. `minsheng init {folder}` makes a deployment there")
    _refuse_unknown_environment(environ)
    node, content = load_with_lines(path)
    if not isinstance(content, dict):
        raise ConfigError(f"{path}:1: wants keys and values, got {type(content).__name__}")
    try:
        return Settings(**_strings(content))
    except ValidationError as error:
        raise ConfigError(explain_validation(error, Settings, path, node) + _set_outside(error, environ)) from error


def describe_settings() -> list[tuple[str, object, str]]:
    """Return (key, default, help) of every setting, nested keys with a dot: for docs and ``minsheng doctor``."""
    rows: list[tuple[str, object, str]] = []
    for name, info in Settings.model_fields.items():
        if isinstance(info.default, Group):
            groups = type(info.default).model_fields.items()
            rows += [(f"{name}.{key}", item.default, item.description or "") for key, item in groups]
        else:
            rows.append((name, info.default, info.description or ""))
    return rows


def _refuse_unknown_environment(environ: Mapping[str, str]) -> None:
    known = [f"{PREFIX}{key.replace('.', '__')}".upper() for key, _, _ in describe_settings()]
    groups = [f"{PREFIX}{name}".upper() for name in Settings.model_fields]
    for key in environ:
        if key.upper().startswith(PREFIX) and key.upper() not in {*known, *groups, *NOT_SETTINGS}:
            raise ConfigError(f"environment variable {key}: no such setting; {nearest(key.upper(), known)}")


def _set_outside(error: ValidationError, environ: Mapping[str, str]) -> str:
    """Say which of the wrong values do not come from the file."""
    wrong = {f"{PREFIX}{'__'.join(map(str, problem['loc']))}".upper() for problem in error.errors()}
    names = sorted(name for name in environ if name.upper() in wrong)
    return f"\nset by environment variable: {', '.join(names)}" if names else ""


def _strings(content: dict[Any, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in content.items()}
