"""Settings of the platform's secrets and of the sign-in."""

from dataclasses import dataclass
from typing import Literal

from airflow_k8s.stack.settings.schema import setting
from airflow_k8s.stack.settings.types import (
    AirflowRole,
    AirflowRoleOrEmpty,
    HttpsUrlOrEmpty,
    NonEmptyText,
    NonNegativeInt,
    ObjectName,
    ObjectNameOrEmpty,
    PositiveInt,
    ProviderName,
    SecretKeyName,
    TextWithoutTemplate,
    TextWithoutTemplateOrEmpty,
)


@dataclass(frozen=True, kw_only=True)
class SecretEntry:
    """A secret that the stack generates, unless it names an existing Secret that holds it."""

    existing: ObjectNameOrEmpty = setting("existing Secret in the namespace to use instead", "")
    rotation: PositiveInt = setting(
        "number of the current secret. Raise it to generate a new secret and to restart the pods"
        " that read it; never lower it. For a secret that is not generated: change the secret, then"
        " raise the number",
        1,
    )

    @property
    def state(self) -> str:
        """Source and rotation as a text without spaces, such as generated:1."""
        return f"{self.existing or 'generated'}:{self.rotation}"


@dataclass(frozen=True, kw_only=True)
class FernetEntry(SecretEntry):
    """The Fernet keys: the newest key encrypts, and every key that is not retired decrypts."""

    retired: NonNegativeInt = setting(
        "keys up to this rotation no longer decrypt. Raise it after `airflow rotate-fernet-key` has"
        " encrypted everything again; lower it to bring the keys back",
        0,
    )

    @property
    def state(self) -> str:
        """The state of any secret, and which keys are retired."""
        return super().state + (f",retired:{self.retired}" if self.retired else "")


@dataclass(frozen=True, kw_only=True)
class UserSecret:
    """A secret that only the user can provide: the stack can't generate it."""

    existing: ObjectNameOrEmpty = setting("existing Secret in the namespace to use instead", "")


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """The settings of every secret that the platform uses. They contain no secret text."""

    api_key: SecretEntry = setting("api-secrets: key api-key", SecretEntry())
    fernet_key: FernetEntry = setting("airflow-fernet-key: key fernet-key", FernetEntry())
    api_secret_key: SecretEntry = setting(
        "airflow-api-secret-key: key api-secret-key", SecretEntry()
    )
    jwt_secret: SecretEntry = setting("airflow-jwt-secret: key jwt-secret", SecretEntry())
    admin: SecretEntry = setting("airflow-admin: key password", SecretEntry())
    database: SecretEntry = setting("airflow-database: keys username, password", SecretEntry())
    metadata: SecretEntry = setting(
        "airflow-metadata: keys connection (postgresql://…?sslmode=…) and connection-async"
        " (postgresql+asyncpg://…?ssl=…)",
        SecretEntry(),
    )
    pipeline_database: UserSecret = setting("pipeline-database: key url", UserSecret())


@dataclass(frozen=True, kw_only=True)
class ExistingKey:
    """A key of an existing Secret in the namespace."""

    secret: ObjectName = setting("existing Secret")
    key: SecretKeyName = setting("key in the Secret")
    rotation: PositiveInt = setting(
        "raise it after you changed the secret, to restart the pods that read it", 1
    )

    @property
    def state(self) -> str:
        """Secret, key and rotation as a text without spaces, such as orders/url:1."""
        return f"{self.secret}/{self.key}:{self.rotation}"


@dataclass(frozen=True, kw_only=True)
class ClientSecret(ExistingKey):
    """The secret by which the identity provider recognizes Airflow."""

    secret: ObjectNameOrEmpty = setting("oauth: existing Secret that holds the client secret", "")
    key: SecretKeyName = setting("key in the Secret", "client-secret")


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """How people sign in to the UI."""

    mode: Literal["password", "oauth"] = setting(
        "password (users in Airflow's database) or oauth (OpenID Connect with the company's"
        " identity provider; the admin's password then works for the API only)",
        "password",
    )
    provider: ProviderName = setting(
        "oauth: name of the provider on the sign-in button. The provider has to allow the redirect"
        " address https://HOST/auth/oauth-authorized/PROVIDER",
        "sso",
    )
    metadata_url: HttpsUrlOrEmpty = setting(
        "oauth: the provider's OpenID configuration,"
        " https://ISSUER/.well-known/openid-configuration",
        "",
    )
    client_id: TextWithoutTemplateOrEmpty = setting("oauth: client id of Airflow", "")
    client_secret: ClientSecret = setting("oauth: client secret of Airflow", ClientSecret())
    scopes: tuple[TextWithoutTemplate, ...] = setting(
        "oauth: scopes to request; openid must be among them", ("openid", "email", "profile")
    )
    user_claim: TextWithoutTemplate = setting(
        "oauth: claim with the user's name in Airflow", "email"
    )
    groups_claim: TextWithoutTemplate = setting(
        "oauth: claim with the list of the user's groups, in the ID token or at the userinfo"
        " endpoint",
        "groups",
    )
    roles: dict[str, AirflowRole] = setting(
        "oauth: Airflow role for a group of the provider, such as airflow-admins: Admin; applied"
        " again at every sign-in",
        {},
    )
    default_role: AirflowRoleOrEmpty = setting(
        "oauth: role of users who are in none of these groups; empty: they can't sign in", ""
    )


@dataclass(frozen=True, kw_only=True)
class Admin:
    """The admin user that the stack creates, for the UI and the API."""

    username: NonEmptyText = setting("user name", "admin")
    email: NonEmptyText = setting("email address", "admin@example.com")
