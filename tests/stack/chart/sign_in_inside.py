"""Runs with Airflow's Python: people sign in to the real app of the API server, with a small OpenID
provider on 127.0.0.1.

Standard input is JSON: the variables of the API server, its two files, and people with their claims
in the ID token and at the userinfo endpoint. The last line of the output is JSON: the result of
every sign-in.
"""

import base64
import hashlib
import json
import os
import secrets
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

request = json.load(sys.stdin)
UI = request["ui"]
HOME = Path(request["home"])


class Provider(BaseHTTPRequestHandler):
    """Signs in `person`, and checks the requests as strictly as a real provider."""

    person: ClassVar[dict[str, Any]] = {}
    forged = False
    codes: ClassVar[dict[str, dict[str, str]]] = {}
    seen: ClassVar[list[dict[str, str]]] = []

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(where.query).items()}
        if where.path == "/.well-known/openid-configuration":
            self._json(
                {
                    "issuer": ISSUER,
                    "authorization_endpoint": f"{ISSUER}/authorize",
                    "token_endpoint": f"{ISSUER}/token",
                    "userinfo_endpoint": f"{ISSUER}/userinfo",
                    "jwks_uri": f"{ISSUER}/jwks",
                    "id_token_signing_alg_values_supported": ["RS256"],
                }
            )
        elif where.path == "/authorize":
            type(self).seen.append(query)
            code = secrets.token_urlsafe()
            self.codes[code] = query
            back = urlencode({"code": code, "state": query["state"]})
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri']}?{back}")
            self.end_headers()
        elif where.path == "/jwks":
            self._json({"keys": [KEY.as_dict(private=False, kid="k", use="sig", alg="RS256")]})
        elif where.path == "/userinfo":
            known = self.headers["Authorization"] == "Bearer access"
            self._json(self.person["userinfo"] if known else {}, 200 if known else 401)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {key: values[0] for key, values in parse_qs(body).items()}
        code = self.codes.pop(form.get("code", ""), None)
        client = base64.b64decode(self.headers.get("Authorization", "").partition(" ")[2]).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_valid = (
            code
            and client == f"{code['client_id']}:{request['secret']}"
            and form["redirect_uri"] == code["redirect_uri"]
            and challenge == code["code_challenge"]
        )
        if not code or not is_valid:
            self._json({"error": "invalid_grant"}, 400)
            return
        claims = {
            "iss": ISSUER,
            "aud": code["client_id"],
            "nonce": code["nonce"],
            "iat": int(time.time()),
            "exp": int(time.time()) + 60,
            **self.person["idToken"],
        }
        key = OTHER_KEY if self.forged else KEY
        token = jwt.encode({"alg": "RS256", "kid": "k"}, claims, key).decode()
        answer = {"access_token": "access", "token_type": "Bearer", "expires_in": 3600}
        self._json(answer | {"id_token": token})

    def _json(self, content: Any, status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
ISSUER = f"http://127.0.0.1:{server.server_port}"
threading.Thread(target=server.serve_forever, daemon=True).start()

sign_in = json.loads(request["environment"]["AIRFLOW_PLATFORM_SIGN_IN"])
sign_in["metadataUrl"] = f"{ISSUER}/.well-known/openid-configuration"
os.environ |= request["environment"] | {
    "AIRFLOW_HOME": str(HOME),
    "AIRFLOW_PLATFORM_SIGN_IN": json.dumps(sign_in),
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME}/airflow.db",
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"sqlite+aiosqlite:///{HOME}/airflow.db",
}
for name, text in request["files"].items():
    (HOME / name).write_text(text)

import httpx  # noqa: E402 Airflow reads its configuration when it is imported
from airflow.utils.db import initdb  # noqa: E402
from authlib.jose import JsonWebKey, jwt  # noqa: E402
from starlette.testclient import TestClient  # noqa: E402

KEY, OTHER_KEY = (JsonWebKey.generate_key("RSA", 2048, is_private=True) for _ in range(2))
initdb()

from airflow.api_fastapi.app import create_app, get_auth_manager  # noqa: E402

app = create_app(apps="core")
manager = get_auth_manager().security_manager


def sign_in_as(person: dict[str, Any]) -> dict[str, Any]:
    """A complete sign-in as a browser does it, from the button to the UI."""
    Provider.person = person
    Provider.forged = person.get("forged", False)
    # Headers with another host must not change the redirect address.
    browser = TestClient(
        app,
        base_url=UI,
        follow_redirects=False,
        headers={"X-Forwarded-Host": "evil.example.net", "X-Forwarded-Proto": "http"},
    )
    to_provider = browser.get(f"/auth/login/{sign_in['provider']}")
    back = httpx.get(to_provider.headers["location"])
    location = back.headers["location"]
    if person.get("state"):
        location = location.replace("state=", "state=x")
    answered = browser.get(location)
    page = browser.get("/auth/")  # FAB's index gives the UI its token
    me = browser.get("/ui/auth/me")
    name = me.json().get("username") if me.status_code == 200 else None
    with manager.session.no_autoflush:
        user = manager.find_user(username=name) if name else None
        found = {
            "sentTo": to_provider.headers["location"].partition("?")[0],
            "backTo": location.partition("?")[0],
            "then": answered.headers.get("location", ""),
            "status": me.status_code,
            "page": page.status_code,
            "name": name,
            "email": user.email if user else None,
            "fullName": f"{user.first_name} {user.last_name}" if user else None,
            "roles": sorted(role.name for role in user.roles) if user else [],
        }
        manager.session.remove()
    return found


role = manager.find_role("Admin")
with get_auth_manager().flask_app.app_context():
    manager.add_user(
        "admin", "A", "A", "admin@example.com", role, password=request["admin"]["password"]
    )
outcome = {
    "people": [sign_in_as(person) for person in request["people"]],
    "users": sorted(user.username for user in manager.get_all_users()),
    "issuer": ISSUER,
    "query": Provider.seen[0],
    "button": TestClient(app, base_url=UI).get("/auth/login/").text,
    # With a password: by the form of the UI, and for a token of the API.
    "form": TestClient(app, base_url=UI).post("/auth/login/", data=request["admin"]).status_code,
    "token": TestClient(app, base_url=UI).post("/auth/token", json=request["admin"]).status_code,
}
sys.stdout.write(json.dumps(outcome))
