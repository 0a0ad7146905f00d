"""Rotates every generated secret and checks that the new one works and the old one does not."""

from collections.abc import Mapping
from dataclasses import dataclass

from airflow_k8s.airflow_api import UnexpectedAnswerError
from airflow_k8s.stack.settings import names
from dev.e2e import assertions
from dev.e2e.context import Context
from dev.e2e.errors import CheckError
from dev.e2e.runs import PER_TASK

_CONNECTION, _PASSWORD = "e2e-rotated", "a password from before the rotation"
_FORBIDDEN, _NOT_FOUND = 403, 404
_ENTRIES = ("apiKey", "fernetKey", "apiSecretKey", "jwtSecret", "database")

# Each program prints one word. A secret comes by standard input, so no process list shows it.
_DECRYPT_PROGRAM = f"""
import hashlib
from airflow.models import Connection
from airflow.utils.session import create_session
with create_session() as session:
    found = session.query(Connection).filter_by(conn_id={_CONNECTION!r}).one()
    print(hashlib.sha256(found.password.encode()).hexdigest()[:12])
"""
_TRY_KEY_PROGRAM = f"""
import sys
from airflow.models import Connection
from airflow.utils.session import create_session
from cryptography.fernet import Fernet, InvalidToken
with create_session() as session:
    stored = session.query(Connection).filter_by(conn_id={_CONNECTION!r}).one()._password
try:
    Fernet(sys.stdin.read().strip()).decrypt(stored.encode())
    print("accepted")
except InvalidToken:
    print("refused")
"""
_TRY_LOGIN_PROGRAM = """
import sys
import psycopg2
try:
    psycopg2.connect(sys.stdin.read().strip(), connect_timeout=10).close()
    print("accepted")
except psycopg2.OperationalError as error:
    print("refused" if "authentication failed" in str(error) else error)
"""
# Requests a log from a triggerer, as the API server does. 404 means that the key was accepted, 403
# that it was refused.
_REQUEST_LOG_PROGRAM = """
import sys
import requests
from airflow.api_fastapi.auth.tokens import JWTGenerator
generator = JWTGenerator(
    secret_key=sys.stdin.read().strip(), algorithm="HS512", private_key=None, issuer=None,
    valid_for=60, audience="task-instance-logs",
)
headers = {"Authorization": generator.generate({"filename": "nothing"})}
url = "http://airflow-triggerer:8794/log/nothing"
print(requests.get(url, headers=headers, timeout=30).status_code)
"""


@dataclass(frozen=True, kw_only=True)
class _Keys:
    """The generated secrets at one time."""

    api_key: str
    fernet: str  # the newest Fernet key
    sessions: str  # the API server's secret key
    database: str  # URL of the metadata database


def rotations(context: Context) -> None:
    """Rotates every generated secret.

    Raises CheckError if pods are not restarted, if a new secret does not work or an old one does.
    """
    context.log_in()
    context.api.create_connection(_CONNECTION, _PASSWORD)
    before = _keys(context)
    _expect("the old session key", _request_log(context, before.sessions), str(_NOT_FOUND))
    _deploy(context, "secrets rotated", {entry: {"rotation": 2} for entry in _ENTRIES})
    after = _keys(context)
    _check_jwt_secret(context)
    _check_api_key(context, before, after)
    _check_session_key(context, before, after)
    _check_database(context, before, after)
    _check_fernet_key(context, before, after)


def _keys(context: Context) -> _Keys:
    settings = context.settings().secrets
    return _Keys(
        api_key=context.secret(names.api_key(settings)),
        fernet=context.secret(names.fernet_key(settings)).split(",")[0],
        sessions=context.secret(names.api_secret_key(settings)),
        database=context.secret(names.metadata_connection(settings)),
    )


def _deploy(context: Context, label: str, secrets: Mapping[str, Mapping[str, int]]) -> None:
    context.all_secrets()  # remembers the old texts, so that they are redacted too
    context.program.change_settings({"secrets": secrets})
    context.deploy(label)
    context.wait_healthy()


def _check_jwt_secret(context: Context) -> None:
    """Checks that the API refuses a token from before the rotation, until the client logs in
    again."""
    try:
        context.api.dags()
    except UnexpectedAnswerError as error:
        if error.status != _FORBIDDEN:
            raise
    else:
        raise CheckError("a token that was signed with the old JWT secret is still accepted")
    context.log_in()
    context.api.dags()
    context.notify("jwtSecret: an old token is refused (403), a new one is accepted")


def _check_api_key(context: Context, before: _Keys, after: _Keys) -> None:
    run = context.runs.trigger(PER_TASK, "new-api-key", seconds=1)
    context.runs.wait(run)
    found = assertions.printed_fingerprint(context.api.log(run.dag, run.id, "prepare", 1))
    _expect("the API key of a task", found, assertions.fingerprint(after.api_key))
    if before.api_key == after.api_key:
        raise CheckError("the rotation of the API key did not change it")
    context.notify("apiKey: a new task has the new key")


def _check_session_key(context: Context, before: _Keys, after: _Keys) -> None:
    _expect("the old session key", _request_log(context, before.sessions), str(_FORBIDDEN))
    _expect("the new session key", _request_log(context, after.sessions), str(_NOT_FOUND))
    context.notify("apiSecretKey: the triggerer accepts the new key and refuses the old one")


def _request_log(context: Context, key: str) -> str:
    """The HTTP status of a triggerer's answer to a log request that is signed with the key."""
    return context.execute_python("api-server", _REQUEST_LOG_PROGRAM, key)


def _check_database(context: Context, before: _Keys, after: _Keys) -> None:
    for label, url, expected in (
        ("old", before.database, "refused"),
        ("new", after.database, "accepted"),
    ):
        result = context.execute_python("scheduler", _TRY_LOGIN_PROGRAM, url)
        _expect(f"the {label} password of the database", result, expected)
    context.notify("database: the new password is accepted, the old one is refused")


def _check_fernet_key(context: Context, before: _Keys, after: _Keys) -> None:
    """Checks both Fernet keys: the old key decrypts until it is retired, the new key always.

    The old key is retired after everything is encrypted with the new one.
    """
    expected = assertions.fingerprint(_PASSWORD)
    _expect("the decrypted password", _decrypt(context), expected)
    _expect("the old key", _try_key(context, before.fernet), "accepted")
    context.execute("scheduler", "airflow", "rotate-fernet-key")
    _expect("the old key", _try_key(context, before.fernet), "refused")
    _deploy(context, "old Fernet key retired", {"fernetKey": {"rotation": 2, "retired": 1}})
    if context.secret(names.fernet_key(context.settings().secrets)) != after.fernet:
        raise CheckError("the Secret must hold the new Fernet key alone, but does not")
    _expect("the decrypted password", _decrypt(context), expected)
    context.notify(
        "fernetKey: both keys worked until `airflow rotate-fernet-key`; now the old one is retired,"
        " and data that it had encrypted is readable"
    )


def _decrypt(context: Context) -> str:
    """The fingerprint of the stored password, as Airflow decrypts it."""
    return context.execute_python("scheduler", _DECRYPT_PROGRAM)


def _try_key(context: Context, key: str) -> str:
    """Whether a Fernet key decrypts the stored password: accepted or refused."""
    return context.execute_python("scheduler", _TRY_KEY_PROGRAM, key)


def _expect(subject: str, found: str, expected: str) -> None:
    if found != expected:
        raise CheckError(f"{subject}: {found}, not {expected}")
