"""The Secrets of the platform: generated, or with a text from the stack's config."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random

from airflow_k8s.stack.settings import connection, names
from airflow_k8s.stack.settings.connection import OwnDatabase
from airflow_k8s.stack.settings.credentials import SecretEntry, Secrets
from airflow_k8s.stack.settings.names import SecretKey
from airflow_k8s.stack.settings.secret import Secret
from components.metadata import labels


@dataclass(frozen=True, kw_only=True)
class PlatformSecretsArgs:
    """The settings of the secrets, and the texts of those that are not generated."""

    namespace: pulumi.Input[str]
    entries: Secrets
    database: OwnDatabase | None  # None: the database is external
    database_url: Secret | None  # address of an external database
    pipeline_database_url: Secret | None
    protect: bool  # of the Fernet key and the database's login, without which the data is lost


class PlatformSecrets(pulumi.ComponentResource):
    """A Kubernetes Secret for every entry that does not name an existing Secret.

    The chart and the pods get the names of the Secrets. The rotation is a keeper of a generated
    password (a value on which it depends), so a higher rotation generates a new password. The
    Secret is updated in place, which `protect` allows.
    """

    admin_secret: pulumi.Output[str]
    database_secret: pulumi.Output[str]

    def __init__(
        self, name: str, args: PlatformSecretsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("airflow-platform:components:PlatformSecrets", name, None, opts)
        self._namespace = args.namespace
        entries = args.entries

        self._generated("api-key", entries.api_key, names.api_key(entries))
        self._generated("api-secret-key", entries.api_secret_key, names.api_secret_key(entries))
        self._generated("jwt", entries.jwt_secret, names.jwt_secret(entries))
        self.admin_secret = self._generated("admin", entries.admin, names.admin_password(entries))
        self._fernet(entries, args.protect)
        self.database_secret = self._database(args)
        if args.pipeline_database_url is not None:
            key = names.pipeline_database_url(entries)
            self._secret(
                "pipeline-database",
                key.secret,
                {key.key: _secret_output(args.pipeline_database_url)},
            )

        self.register_outputs(
            {"admin_secret": self.admin_secret, "database_secret": self.database_secret}
        )

    def _generated(self, what: str, entry: SecretEntry, key: SecretKey) -> pulumi.Output[str]:
        if entry.existing:
            return pulumi.Output.from_input(entry.existing)
        return self._secret(what, key.secret, {key.key: self._password(what, entry)})

    def _password(self, what: str, entry: SecretEntry) -> pulumi.Output[str]:
        password = random.RandomPassword(
            f"{self.pulumi_resource_name}-{what}",
            length=64,  # HS512, which signs Airflow's tokens, needs 64 bytes
            special=False,  # letters and digits need no quotes in an address or a shell
            keepers={"rotation": str(entry.rotation)},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return password.result  # Pulumi marks it as a secret

    def _fernet(self, entries: Secrets, protect: bool) -> None:
        """The keys, newest first: Airflow encrypts with the first key and decrypts with any key, so
        a rotation loses nothing that an older key encrypted. A retired key stays only in Pulumi's
        state and can come back from there."""
        if entries.fernet_key.existing:
            return
        keys = [
            # Not RandomBytes: its id is the value, and Pulumi stores ids in clear text.
            random.RandomPassword(
                f"{self.pulumi_resource_name}-fernet-key-{rotation}",
                length=64,
                special=False,
                # A lower rotation would delete the newest key, and all that it encrypted.
                opts=pulumi.ResourceOptions(parent=self, protect=protect),
            ).result.apply(_fernet_key)
            for rotation in range(entries.fernet_key.rotation, 0, -1)
        ][: entries.fernet_key.rotation - entries.fernet_key.retired]
        key = names.fernet_key(entries)
        joined = pulumi.Output.all(*keys).apply(",".join)
        self._secret("fernet-key", key.secret, {key.key: joined}, protect=protect)

    def _database(self, args: PlatformSecretsArgs) -> pulumi.Output[str]:
        """Creates the Secret with the address of the database and, if this stack creates the
        database, the Secret with its login. Returns the name of the latter."""
        entries = args.entries
        login = names.database_password(entries)
        if args.database_url is not None:
            self._address(entries, _secret_output(args.database_url))
        elif args.database is not None and not entries.database.existing:
            password = self._password("database", entries.database)
            host, sslmode = args.database.host, args.database.sslmode
            user = database = names.DATABASE_USER
            url = password.apply(
                lambda text: connection.address(
                    user=user, password=text, host=host, database=database, sslmode=sslmode
                )
            )
            self._address(entries, url)
            return self._secret(
                "database",
                login.secret,
                {"username": user, login.key: password},
                kind="kubernetes.io/basic-auth",
                # CloudNativePG applies a changed password only from Secrets with this label.
                extra_labels={"cnpg.io/reload": "true"},
                protect=args.protect,
            )
        return pulumi.Output.from_input(login.secret)

    def _address(self, entries: Secrets, url: pulumi.Output[str]) -> None:
        psycopg = names.metadata_connection(entries)
        asyncpg = names.metadata_connection_async(entries)
        encrypted = url.apply(connection.with_sslmode)
        for_asyncpg = encrypted.apply(connection.for_asyncpg)
        self._secret("metadata", psycopg.secret, {psycopg.key: encrypted, asyncpg.key: for_asyncpg})

    def _secret(
        self,
        what: str,
        secret: str,
        data: Mapping[str, pulumi.Input[str]],
        *,
        kind: str = "Opaque",
        extra_labels: Mapping[str, str] | None = None,
        protect: bool = False,
    ) -> pulumi.Output[str]:
        kubernetes_secret = k8s.core.v1.Secret(
            f"{self.pulumi_resource_name}-{what}-secret",
            metadata={
                "name": secret,
                "namespace": self._namespace,
                "labels": labels("airflow", "secret") | dict(extra_labels or {}),
            },
            type=kind,
            string_data={key: pulumi.Output.secret(text) for key, text in data.items()},
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        return kubernetes_secret.metadata["name"]


def _secret_output(secret: Secret) -> pulumi.Output[str]:
    return pulumi.Output.secret(secret.reveal())


def _fernet_key(password: str) -> str:
    """32 bytes in url-safe base64, from a password that has more entropy than that."""
    return base64.urlsafe_b64encode(hashlib.sha256(password.encode()).digest()).decode()
