"""A login at the office's own OpenID provider: where to send a browser, and who came back with which role.

Authorization code with PKCE (S256), state and nonce; the id token's signature, issuer, audience and times are checked
against the provider's published keys. Authlib speaks the protocol, joserfc checks the token.
"""

import hmac
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from console.access.roles import Person, Role
from console.access.secrets import digest_of
from console.access.staff import account_name
from minsheng.errors import ConfigError, MinshengError
from minsheng.web import is_confidential

logger = logging.getLogger(__name__)

LASTS: Final = timedelta(minutes=10)
"""So long may somebody take at the provider's page."""

ALL_DEPARTMENTS: Final = "*"
_SECONDS = 10
_LEEWAY = 60
# Keys that both sides know (HS256) and "none" are not among them: a token must be signed by the provider alone.
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
_WANTED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderUnavailable(MinshengError):
    """The provider does not answer as OpenID Connect wants it. The message is for the operator."""


class LoginRefused(MinshengError):
    """Somebody may not come in: the provider or the token says no, or no role is given to them. Chinese, for them."""


@dataclass(frozen=True, slots=True)
class OpenId:
    """The provider and what its claims mean here.

    ``back`` is the address to which it sends browsers. ``roles`` gives the role of each group in ``groups_claim``; the
    highest counts, and who has none may not come in. Where ``departments`` holds anything, who is no admin needs
    exactly one of its groups: the id of the department, or ``*`` for all.
    """

    issuer: str
    client_id: str
    client_secret: str
    back: str
    scopes: Sequence[str]
    name_claim: str
    groups_claim: str
    roles: Mapping[str, Role]
    departments: Mapping[str, str]

    def begin(self, key: str, now: datetime) -> str:
        """Return the provider's address for a browser whose cookie holds a key; what comes back fits that key alone."""
        metadata = self._metadata()
        state = f"{int(now.timestamp())}.{secrets.token_urlsafe(16)}"
        sealed = f"{state}.{_derived(key, 'state', state)}"
        address, _ = self._session(metadata).create_authorization_url(
            metadata["authorization_endpoint"],
            state=sealed,
            nonce=_derived(key, "nonce", state),
            code_verifier=_derived(key, "verifier", state),
        )
        return str(address)

    def finish(self, key: str, answer: Mapping[str, str], now: datetime) -> Person:
        """Return who came back from the provider with this answer.

        Raises:
            LoginRefused: It is not the answer to what this browser asked, the provider refused, or no role is given.
            ProviderUnavailable: The provider does not keep to the protocol.
        """
        state = _opened(key, answer.get("state", ""), now)
        if error := answer.get("error"):
            raise LoginRefused(f"统一认证没有准许登录（{error[:60]}）。")
        metadata = self._metadata()
        if answer.get("iss", metadata["issuer"]) != metadata["issuer"]:
            raise LoginRefused("这个登录结果来自别的认证服务，因此没有采用。")
        token = self._token(metadata, answer.get("code", ""), _derived(key, "verifier", state))
        claims = self._checked(metadata, token, _derived(key, "nonce", state), now)
        return self.person(self._with_groups(metadata, token, claims))

    def person(self, claims: Mapping[str, Any]) -> Person:
        """Return whom claims name, with the role and department that their groups give.

        Raises:
            LoginRefused: They give none, several departments, or the name is no name of an account.
        """
        name = claims.get(self.name_claim)
        if not isinstance(name, str) or (self.name_claim == "email" and claims.get("email_verified") is False):
            raise LoginRefused(f"统一认证没有给出可用的账号名（{self.name_claim}）。请与管理员联系。")
        groups = _groups(claims.get(self.groups_claim, ()))
        given = [role for group, role in self.roles.items() if group in groups]
        if not given:
            raise LoginRefused("您的单位账号可以登录，但没有本站的权限。请与管理员联系。")
        role = max(given, key=list(Role).index)
        try:
            return Person(account_name(name), role, self._department(role, groups))
        except ConfigError as error:
            raise LoginRefused("统一认证给出的账号名含有本站不用的字符。请与管理员联系。") from error

    def _department(self, role: Role, groups: frozenset[str]) -> str:
        if role is Role.ADMIN or not self.departments:
            return ""
        found = {department for group, department in self.departments.items() if group in groups}
        if len(found) != 1:
            why = "没有给出您的部门" if not found else "给出了您的多个部门"
            raise LoginRefused(f"统一认证{why}，无法确定您看哪些项目。请与管理员联系。")
        department = found.pop()
        return "" if department == ALL_DEPARTMENTS else department

    def _session(self, metadata: Mapping[str, Any]) -> Any:
        from authlib.integrations.requests_client import OAuth2Session

        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        way = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        return OAuth2Session(
            self.client_id,
            self.client_secret or None,
            token_endpoint_auth_method=way if self.client_secret else "none",
            scope=" ".join(self.scopes),
            redirect_uri=self.back,
            code_challenge_method="S256",
            default_timeout=_SECONDS,
        )

    def _metadata(self) -> dict[str, Any]:
        """Fetch what the provider says of itself; each login asks anew, so that new addresses count at once."""
        address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        found = _fetched(address)
        if str(found.get("issuer", "")).rstrip("/") != self.issuer.rstrip("/"):
            raise ProviderUnavailable(f"{address}: is of issuer {found.get('issuer')!r}, not of oidc.issuer")
        for name in _WANTED:
            if not is_confidential(str(found.get(name, ""))):
                raise ProviderUnavailable(f"{address}: {name} is {found.get(name)!r}, wanted an https:// address")
        return found

    def _token(self, metadata: Mapping[str, Any], code: str, verifier: str) -> Mapping[str, Any]:
        import requests
        from authlib.common.errors import AuthlibBaseError

        try:
            token: Mapping[str, Any] = self._session(metadata).fetch_token(
                metadata["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
                redirect_uri=self.back,
            )
        except AuthlibBaseError as error:
            logger.warning("login refused by provider error=%s", error)
            if error.error == "invalid_grant":
                raise LoginRefused("登录已经过期或用过一次。请重新登录。") from error
            raise ProviderUnavailable(
                f"{metadata['token_endpoint']}: {error}; check oidc.client_id and secret"
            ) from error
        except (requests.RequestException, ValueError) as error:
            raise ProviderUnavailable(f"{metadata['token_endpoint']}: {error}") from error
        if not isinstance(token.get("id_token"), str):
            raise ProviderUnavailable(f"{metadata['token_endpoint']}: gave no id_token; is openid among oidc.scopes?")
        return token

    def _checked(
        self, metadata: Mapping[str, Any], token: Mapping[str, Any], nonce: str, now: datetime
    ) -> Mapping[str, Any]:
        """Return the claims of the id token once everything about it holds."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        published: Any = _fetched(metadata["jwks_uri"])
        try:
            found = jwt.decode(token["id_token"], KeySet.import_key_set(published), algorithms=list(_ALGORITHMS))
            claims = CodeIDToken(
                found.claims,
                found.header,
                options={
                    "iss": {"essential": True, "value": metadata["issuer"]},
                    "aud": {"essential": True, "value": self.client_id},
                },
                params={"nonce": nonce, "client_id": self.client_id, "access_token": token.get("access_token")},
            )
            claims.validate(now=int(now.timestamp()), leeway=_LEEWAY)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            logger.warning("id token refused issuer=%s error=%s", self.issuer, error)
            raise LoginRefused(
                "统一认证的登录凭证没有通过核验，因此没有登录。请重新登录；若仍如此，请告诉运维。"
            ) from error
        checked: Mapping[str, Any] = claims
        return checked

    def _with_groups(
        self, metadata: Mapping[str, Any], token: Mapping[str, Any], claims: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """Ask the provider's userinfo where the id token does not hold the groups or the name."""
        address = str(metadata.get("userinfo_endpoint", ""))
        if {self.groups_claim, self.name_claim} <= claims.keys() or not is_confidential(address):
            return claims
        more = _fetched(address, str(token.get("access_token", "")))
        if more.get("sub") != claims["sub"]:
            raise LoginRefused("统一认证两次给出的身份不一致，因此没有登录。")
        return {**more, **claims}


def _groups(value: object) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset({value})
    return frozenset(str(one) for one in value) if isinstance(value, list | tuple) else frozenset()


def _derived(key: str, purpose: str, state: str) -> str:
    """Return what only the browser with the key, and we, can know of one login."""
    return hmac.new(digest_of(key, "openid").encode(), f"{purpose}\0{state}".encode(), "sha256").hexdigest()


def _opened(key: str, sealed: str, now: datetime) -> str:
    """Return the state of a login that this browser began a short while ago."""
    state, _, seal = sealed.rpartition(".")
    began, _, _ = state.partition(".")
    is_ours = hmac.compare_digest(seal.encode(), _derived(key, "state", state).encode())
    if not is_ours or not (began.isascii() and began.isdigit()):
        raise LoginRefused("这次登录不是从这个浏览器开始的，或浏览器没有保存 Cookie。请重新登录。")
    if now - datetime.fromtimestamp(int(began), UTC) > LASTS:
        raise LoginRefused("登录用了太久，已经过期。请重新登录。")
    return state


def _fetched(address: str, bearer: str = "") -> dict[str, Any]:
    """Return what the provider says at an address, a JSON object; redirects are not followed."""
    import requests

    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    try:
        answer = requests.get(address, headers=headers, timeout=_SECONDS, allow_redirects=False)
        if answer.status_code != requests.codes.ok:
            raise ProviderUnavailable(f"{address}: answered {answer.status_code}")
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise ProviderUnavailable(f"{address}: {error}") from error
    if not isinstance(found, dict):
        raise ProviderUnavailable(f"{address}: is no JSON object")
    return found
