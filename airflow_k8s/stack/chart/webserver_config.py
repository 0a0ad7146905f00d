"""How people sign in where the stack says `signIn.mode: oauth`: OpenID Connect, by FAB.

The chart mounts this file into the API server, and FAB reads it as its configuration; what differs
between stacks comes in two variables. It runs in Airflow's Python, so it imports nothing of ours.
https://flask-appbuilder.readthedocs.io/en/latest/security.html#authentication-oauth
"""

import json
import os
from typing import Any

from airflow.configuration import conf
from airflow.providers.fab.auth_manager.security_manager.override import (
    FabAirflowSecurityManagerOverride,
)
from authlib.integrations.flask_client import FlaskOAuth2App
from flask_appbuilder.const import AUTH_OAUTH

_told: dict[str, Any] = json.loads(os.environ["AIRFLOW_PLATFORM_SIGN_IN"])


class Client(FlaskOAuth2App):
    """Sends people back to where the UI is said to be, not to what the request's headers say."""

    def authorize_redirect(self, redirect_uri: str | None = None, **options: Any) -> Any:
        """To the provider, with the address that it shall send them back to."""
        base = conf.get("api", "base_url", fallback="").rstrip("/")
        if base:
            redirect_uri = f"{base}/auth/oauth-authorized/{self.name}"
        return super().authorize_redirect(redirect_uri, **options)


class SecurityManager(FabAirflowSecurityManagerOverride):
    """Takes who somebody is from the claims of any OpenID provider."""

    def get_oauth_user_info(self, provider: str, resp: dict[str, Any]) -> dict[str, Any]:
        """The user as FAB knows one. Raises PermissionError for who may not sign in, whom FAB then
        refuses."""
        claims = self._claims(provider, resp)
        name = claims.get(_told["userClaim"])
        if not isinstance(name, str) or not name:
            raise PermissionError(f"the provider tells no {_told['userClaim']}")
        verified = str(claims.get("email_verified", True))  # a text with some providers
        if _told["userClaim"] == "email" and verified.lower() != "true":
            raise PermissionError("the provider has not verified the address")
        held = claims.get(_told["groupsClaim"]) or []
        groups = [held] if isinstance(held, str) else list(held)
        mapped = [group for group in groups if group in _told["roles"]]
        role = _told["roles"][mapped[0]] if mapped else _told["defaultRole"]
        if not role:
            raise PermissionError("none of the user's groups has a role")
        return {
            "username": name,
            "email": claims.get("email", ""),
            "first_name": claims.get("given_name") or claims.get("name", ""),
            "last_name": claims.get("family_name", ""),
            "role_keys": mapped,
            "role": role,
        }

    def _claims(self, provider: str, resp: dict[str, Any]) -> dict[str, Any]:
        """Those of the ID token, which Authlib has verified: signature, issuer, audience, nonce. A
        provider that keeps the token small tells the rest at its userinfo endpoint."""
        claims = dict(resp["userinfo"])
        remote = self.oauth_remotes[provider]
        wanted = {_told["userClaim"], _told["groupsClaim"]}
        if not wanted <= claims.keys() and remote.server_metadata.get("userinfo_endpoint"):
            more = remote.userinfo(token=resp)
            if more["sub"] != claims["sub"]:
                raise PermissionError("the userinfo endpoint tells of somebody else")
            claims = {**more, **claims}
        return claims


SECURITY_MANAGER_CLASS = SecurityManager
AUTH_TYPE = AUTH_OAUTH
OAUTH_PROVIDERS = [
    {
        "name": _told["provider"],
        "icon": "fa-sign-in",
        "token_key": "access_token",
        "remote_app": {
            "client_cls": Client,
            "client_id": _told["clientId"],
            "client_secret": os.environ["AIRFLOW_PLATFORM_CLIENT_SECRET"],
            "server_metadata_url": _told["metadataUrl"],
            "client_kwargs": {
                "scope": " ".join(_told["scopes"]),
                "code_challenge_method": "S256",
            },
        },
    }
]
# Who signs in for the first time gets a user; who comes again gets today's roles.
AUTH_USER_REGISTRATION = True
AUTH_ROLES_SYNC_AT_LOGIN = True
AUTH_ROLES_MAPPING = {group: [role] for group, role in _told["roles"].items()}
# FAB adds this role to those of the groups: one of them, or the default where there is none.
AUTH_USER_REGISTRATION_ROLE_JMESPATH = "role"
