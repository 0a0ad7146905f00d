"""Addresses of the metadata database, for psycopg and for asyncpg."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Settings


@dataclass(frozen=True, kw_only=True)
class OwnDatabase:
    """The location of a metadata database that the stack creates."""

    host: str
    sslmode: str


def own_database(settings: Settings) -> OwnDatabase | None:
    """The database that the stack creates; None if the database is external."""
    if settings.database.mode == "embedded":
        # Without a certificate: the connection does not leave the namespace.
        return OwnDatabase(host=f"{names.DATABASE}.{settings.namespace}.svc", sslmode="disable")
    if settings.database.mode == "cloudnative-pg":
        return OwnDatabase(host=f"{names.DATABASE}-rw.{settings.namespace}.svc", sslmode="require")
    return None


def address(*, user: str, password: str, host: str, database: str, sslmode: str) -> str:
    """A libpq address; special characters in user and password are percent-encoded."""
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return f"postgresql://{login}@{host}:5432/{database}?sslmode={sslmode}"


def with_sslmode(url: str) -> str:
    """The address with sslmode=require, unless it has an sslmode already."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return urlunsplit(parts._replace(query=urlencode({"sslmode": "require"} | query)))


def for_asyncpg(url: str) -> str:
    """The address of the same database for asyncpg: its name for sslmode is ssl, and it refuses the
    other options of libpq.

    https://magicstack.github.io/asyncpg/current/api/index.html#connection
    """
    parts = urlsplit(url)
    sslmode = dict(parse_qsl(parts.query)).get("sslmode")
    query = urlencode({"ssl": sslmode}) if sslmode else ""
    return urlunsplit(parts._replace(scheme="postgresql+asyncpg", query=query))
