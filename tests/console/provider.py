"""A small OpenID provider on loopback, made of Authlib's own server: PKCE is required, codes work once.

``twist`` changes the claims of an id token before it is signed, ``key`` what it is signed with: to see a login refused.
"""

import secrets
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode
from flask import Flask, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "minsheng", "a secret of the office"


@dataclass
class Code:
    """An authorization code and what it stands for."""

    code: str
    user: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return None

    get_acr = get_amr = get_auth_time


class Client:
    """The console, as the provider knows it."""

    client_id = CLIENT

    def __init__(self, back):
        self.back = back

    def get_client_id(self):
        return CLIENT

    def get_default_redirect_uri(self):
        return self.back

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, uri):
        return uri == self.back

    def check_client_secret(self, secret):
        return secret == SECRET

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "client_secret_basic" and endpoint == "token"

    def check_response_type(self, kind):
        return kind == "code"

    def check_grant_type(self, kind):
        return kind == "authorization_code"


@dataclass
class Provider:
    """The provider as a test sees it: who is logged in there, and what it has seen."""

    back: str
    now: object
    who: str = "li"
    users: dict = field(default_factory=dict)
    in_token: bool = True
    twist: object = dict
    deny: bool = False
    issuer: str = ""
    named_issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    shown_key: RSAKey | None = None
    codes: dict = field(default_factory=dict)
    tokens: dict = field(default_factory=dict)


class PkceGrant(grants.AuthorizationCodeGrant):
    """The code flow."""

    def __init__(self, provider, *arguments):
        super().__init__(*arguments)
        self.provider = provider

    def save_authorization_code(self, code, asked):
        data = asked.payload.data
        self.provider.codes[code] = Code(
            code, asked.user, data["redirect_uri"], data["scope"], data["nonce"],
            data["code_challenge"], data["code_challenge_method"],
        )  # fmt: skip

    def query_authorization_code(self, code, client):
        del client
        return self.provider.codes.get(code)

    def delete_authorization_code(self, found):
        del self.provider.codes[found.code]

    def authenticate_user(self, found):
        return found.user


class Signed(OpenIDCode):
    """The id token."""

    def __init__(self, provider):
        super().__init__(require_nonce=True)
        self.provider = provider

    def exists_nonce(self, nonce, _):
        return any(one.nonce == nonce for one in self.provider.codes.values())

    def encode_id_token(self, _, asked):
        provider = self.provider
        now = int(provider.now().timestamp())
        claims = {
            "iss": provider.issuer, "aud": CLIENT, "sub": asked.user, "iat": now, "exp": now + 300,
            "nonce": asked.authorization_code.nonce,
        } | (provider.users[asked.user] if provider.in_token else {})  # fmt: skip
        claims = claims | provider.twist(claims)
        header = {"alg": "RS256", "kid": "one"}
        return jwt.encode(header, {name: value for name, value in claims.items() if value is not None}, provider.key)


def build(provider):
    """Return the provider's web application."""
    app = Flask("provider")
    app.secret_key = secrets.token_hex()
    client = Client(provider.back)

    def save_token(token, asked):
        provider.tokens[token["access_token"]] = asked.user

    server = AuthorizationServer(app, lambda id_: client if id_ == CLIENT else None, save_token)
    grant = type("Grant", (PkceGrant,), {"__init__": lambda self, *given: PkceGrant.__init__(self, provider, *given)})
    server.register_grant(grant, [CodeChallenge(required=True), Signed(provider)])

    @app.get("/.well-known/openid-configuration")
    def metadata():
        return jsonify(
            issuer=provider.named_issuer or provider.issuer,
            authorization_endpoint=f"{provider.issuer}/authorize",
            token_endpoint=f"{provider.issuer}/token",
            userinfo_endpoint=f"{provider.issuer}/userinfo",
            jwks_uri=f"{provider.issuer}/keys",
            token_endpoint_auth_methods_supported=["client_secret_basic"],
        )

    @app.get("/authorize")
    def authorize():
        if provider.deny:
            return redirect(f"{provider.back}?error=access_denied&state={request.args['state']}")
        return server.create_authorization_response(grant_user=provider.who, grant=server.get_consent_grant(None))

    @app.post("/token")
    def token():
        return server.create_token_response()

    @app.get("/userinfo")
    def userinfo():
        user = provider.tokens[request.headers["Authorization"].removeprefix("Bearer ")]
        return jsonify({"sub": user, **provider.users[user]})

    @app.get("/keys")
    def keys():
        return jsonify(keys=[(provider.shown_key or provider.key).as_dict(private=False)])

    return app


@contextmanager
def served(provider):
    """Serve a provider on loopback for as long as the block runs."""
    server = make_server("127.0.0.1", 0, build(provider), threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
