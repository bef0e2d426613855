"""An office in, the door of its console and its file of accounts out."""

from datetime import timedelta

from alerts.database import Database
from app.auditing import audit_log
from app.bootstrap import Office
from console.access.door import Door, Entrance
from console.access.sessions import Attempts, Sessions
from console.access.staff import Staff
from console.access.store import open_store
from console.access.tokens import Tokens
from minsheng.errors import ConfigError

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
    )


def _entrance(office: Office) -> Entrance:
    console = office.settings.console
    store = accounts(office)
    staff = Staff(store)
    if not staff.people():
        raise ConfigError("console.login: nobody has an account yet; minsheng users add NAME --role admin makes one")
    sessions = Sessions(store, timedelta(hours=console.session_hours), timedelta(minutes=console.idle_minutes))
    return Entrance(staff, sessions, Attempts(store), Tokens(store))
