"""An office in, the door of its console and its file of accounts out."""

from datetime import timedelta

from alerts.database import Database
from app.auditing import audit_log
from app.bootstrap import Office
from console.access.door import Door, Entrance
from console.access.openid import ALL_DEPARTMENTS, OpenId
from console.access.roles import Role
from console.access.sessions import Attempts, Sessions
from console.access.staff import Staff
from console.access.store import open_store
from console.access.tokens import Tokens
from console.routes.openid import BACK
from minsheng.errors import ConfigError
from minsheng.strict import nearest

FILE = "access.sqlite"


def accounts(office: Office) -> Database:
    """Return the file of accounts, sessions and tokens."""
    return open_store(office.folders.var / FILE)


def open_door(office: Office) -> Door:
    """Return how one comes into the console.

    Raises:
        ConfigError: A login is asked for and nobody could log in.
    """
    console = office.settings.console
    entrance = None if console.login == "none" else _entrance(office)
    return Door(
        hosts=frozenset(name.lower() for name in console.hosts),
        login=console.login,
        entrance=entrance,
        proxies=frozenset(console.proxies),
        proxy_header=console.proxy_header,
        plain_http=console.plain_http,
        open_method=console.open_method,
        requests_per_minute=console.requests_per_minute,
        audit=audit_log(office),
        openid=_openid(office) if console.login == "oidc" else None,
    )


def _entrance(office: Office) -> Entrance:
    console = office.settings.console
    store = accounts(office)
    staff = Staff(store)
    if console.login != "oidc" and not staff.people():
        raise ConfigError("console.login: nobody has an account yet; minsheng users add NAME --role admin makes one")
    sessions = Sessions(store, timedelta(hours=console.session_hours), timedelta(minutes=console.idle_minutes))
    return Entrance(staff, sessions, Attempts(store), Tokens(store))


def _openid(office: Office) -> OpenId:
    """Return the provider of the settings.

    Raises:
        ConfigError: A department is not in the register.
    """
    oidc = office.settings.oidc
    for group, department in oidc.departments.items():
        if department != ALL_DEPARTMENTS and department not in office.register.departments:
            known = nearest(department, list(office.register.departments))
            raise ConfigError(f"oidc.departments: {group!r} → {department!r}: {known}")
    return OpenId(
        issuer=oidc.issuer,
        client_id=oidc.client_id,
        client_secret=oidc.client_secret.get_secret_value(),
        back=f"{office.console_url}{BACK}",
        scopes=oidc.scopes,
        name_claim=oidc.name_claim,
        groups_claim=oidc.groups_claim,
        roles={group: Role(role) for group, role in oidc.roles.items()},
        departments=oidc.departments,
    )
