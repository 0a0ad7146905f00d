"""Addresses of the metadata database, in the words of both of Airflow's drivers."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Settings


@dataclass(frozen=True, kw_only=True)
class OwnDatabase:
    """Where a metadata database that this stack makes is found."""

    host: str
    sslmode: str


def own_database(s: Settings) -> OwnDatabase | None:
    """None: the database is external."""
    if s.database.mode == "embedded":
        # No certificate: the connection stays inside the namespace.
        return OwnDatabase(host=f"{names.DATABASE}.{s.namespace}.svc", sslmode="disable")
    if s.database.mode == "cloudnative-pg":
        return OwnDatabase(host=f"{names.DATABASE}-rw.{s.namespace}.svc", sslmode="require")
    return None


def address(*, user: str, password: str, host: str, database: str, sslmode: str) -> str:
    """A libpq address; what is special in user and password is quoted."""
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return f"postgresql://{login}@{host}:5432/{database}?sslmode={sslmode}"


def with_sslmode(url: str) -> str:
    """The address with sslmode=require, unless it says otherwise."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return urlunsplit(parts._replace(query=urlencode({"sslmode": "require"} | query)))


def for_asyncpg(url: str) -> str:
    """The same database for asyncpg, which calls sslmode ssl and refuses libpq's other options.

    https://magicstack.github.io/asyncpg/current/api/index.html#connection
    """
    parts = urlsplit(url)
    sslmode = dict(parse_qsl(parts.query)).get("sslmode")
    query = urlencode({"ssl": sslmode}) if sslmode else ""
    return urlunsplit(parts._replace(scheme="postgresql+asyncpg", query=query))
