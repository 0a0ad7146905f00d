"""Makes every generated secret anew: the new one works, the old one does not."""

from collections.abc import Mapping
from dataclasses import dataclass

from airflow_k8s.airflow_api import UnexpectedAnswerError
from airflow_k8s.stack.settings import names
from dev.e2e import assertions
from dev.e2e.context import Bench
from dev.e2e.errors import CheckError
from dev.e2e.runs import PER_TASK

_CONNECTION, _PASSWORD = "e2e-rotated", "a password of before the rotation"
_FORBIDDEN, _NOT_FOUND = 403, 404
_ENTRIES = ("apiKey", "fernetKey", "apiSecretKey", "jwtSecret", "database")

# Each prints one word. What is secret comes by standard input, so that it is in no process list.
_DECRYPTED = f"""
import hashlib
from airflow.models import Connection
from airflow.utils.session import create_session
with create_session() as session:
    found = session.query(Connection).filter_by(conn_id={_CONNECTION!r}).one()
    print(hashlib.sha256(found.password.encode()).hexdigest()[:12])
"""
_OPENS = f"""
import sys
from airflow.models import Connection
from airflow.utils.session import create_session
from cryptography.fernet import Fernet, InvalidToken
with create_session() as session:
    stored = session.query(Connection).filter_by(conn_id={_CONNECTION!r}).one()._password
try:
    Fernet(sys.stdin.read().strip()).decrypt(stored.encode())
    print("opens")
except InvalidToken:
    print("refused")
"""
_CONNECTS = """
import sys
import psycopg2
try:
    psycopg2.connect(sys.stdin.read().strip(), connect_timeout=10).close()
    print("connects")
except psycopg2.OperationalError as error:
    print("refused" if "authentication failed" in str(error) else error)
"""
# As the API server asks a triggerer for a log: 404 is an answer, 403 is none.
_ASKS = """
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
    """The secrets at one time."""

    api_key: str
    fernet: str  # the newest
    sessions: str
    database: str  # an address


def rotations(bench: Bench) -> None:
    """Every generated secret is made anew: pods roll, the new one works, the old one does not."""
    bench.log_in()
    bench.api.make_connection(_CONNECTION, _PASSWORD)
    before = _keys(bench)
    _expect("the old session key", _asks(bench, before.sessions), str(_NOT_FOUND))
    _deploy(bench, "secrets rotated", {each: {"rotation": 2} for each in _ENTRIES})
    after = _keys(bench)
    _tokens(bench)
    _api_key(bench, before, after)
    _sessions(bench, before, after)
    _database(bench, before, after)
    _fernet(bench, before, after)


def _keys(bench: Bench) -> _Keys:
    s = bench.settings().secrets
    return _Keys(
        api_key=bench.secret(names.api_key(s)),
        fernet=bench.secret(names.fernet_key(s)).split(",")[0],
        sessions=bench.secret(names.api_secret_key(s)),
        database=bench.secret(names.metadata_connection(s)),
    )


def _deploy(bench: Bench, called: str, secrets: Mapping[str, Mapping[str, int]]) -> None:
    bench.every_secret()  # the old ones are still not to stand in any log
    bench.program.change({"secrets": secrets})
    bench.deploy(called)
    bench.healthy()


def _tokens(bench: Bench) -> None:
    """The token of before the rotation is still in use here."""
    try:
        bench.api.dags()
    except UnexpectedAnswerError as answer:
        if answer.status != _FORBIDDEN:
            raise
    else:
        raise CheckError("a token that the old JWT secret signed is still taken")
    bench.log_in()
    bench.api.dags()
    bench.say("jwtSecret: a token of before is refused (403), a new one is taken")


def _api_key(bench: Bench, before: _Keys, after: _Keys) -> None:
    run = bench.runs.trigger(PER_TASK, "new-api-key", seconds=1)
    bench.runs.wait(run)
    found = assertions.printed_fingerprint(bench.api.log(run.dag, run.id, "prepare", 1))
    _expect("the API key of a task", found, assertions.fingerprint(after.api_key))
    if before.api_key == after.api_key:
        raise CheckError("the rotation of the API key left it as it was")
    bench.say("apiKey: a task that starts now has the new one")


def _sessions(bench: Bench, before: _Keys, after: _Keys) -> None:
    _expect("the old session key", _asks(bench, before.sessions), str(_FORBIDDEN))
    _expect("the new session key", _asks(bench, after.sessions), str(_NOT_FOUND))
    bench.say("apiSecretKey: the triggerer takes what the new one signed, and refuses the old")


def _asks(bench: Bench, key: str) -> str:
    return bench.python("api-server", _ASKS, key)


def _database(bench: Bench, before: _Keys, after: _Keys) -> None:
    for called, address, wanted in (
        ("old", before.database, "refused"),
        ("new", after.database, "connects"),
    ):
        said = bench.python("scheduler", _CONNECTS, address)
        _expect(f"the {called} password of the database", said, wanted)
    bench.say("database: the new password connects, the old one is refused")


def _fernet(bench: Bench, before: _Keys, after: _Keys) -> None:
    """Both keys open until all is encrypted anew; then the old one goes."""
    wanted = assertions.fingerprint(_PASSWORD)
    _expect("what the old key encrypted", bench.python("scheduler", _DECRYPTED), wanted)
    _expect("the old key", bench.python("scheduler", _OPENS, before.fernet), "opens")
    bench.into("scheduler", "airflow", "rotate-fernet-key")
    _expect("the old key", bench.python("scheduler", _OPENS, before.fernet), "refused")
    _deploy(bench, "old Fernet key retired", {"fernetKey": {"rotation": 2, "retired": 1}})
    if bench.secret(names.fernet_key(bench.settings().secrets)) != after.fernet:
        raise CheckError("the retired Fernet key is still in the Secret, or the new one is not")
    _expect("what is encrypted anew", bench.python("scheduler", _DECRYPTED), wanted)
    bench.say(
        "fernetKey: both keys opened until `airflow rotate-fernet-key`; the old one is retired,"
        " and what it had encrypted is still readable"
    )


def _expect(about: str, found: str, wanted: str) -> None:
    if found != wanted:
        raise CheckError(f"{about}: {found}, not {wanted}")
