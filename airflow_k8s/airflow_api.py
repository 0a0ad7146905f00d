"""A client for Airflow's REST API, which logs in with a user name and a password."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import requests

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.command import CommandError

_REQUEST_SECONDS = 30
_OK, _CREATED, _CONFLICT = 200, 201, 409
_UNAVAILABLE = (502, 503, 504)
_PAGE_SIZE = 100  # Airflow's default limit for the items of a response
_MAX_ERROR = 500  # characters of a response in an error message


@dataclass(frozen=True, kw_only=True)
class Try:
    """One try of a task in a run."""

    task: str
    number: int
    state: str
    queued: datetime | None
    started: datetime | None
    ended: datetime | None


@dataclass(frozen=True, kw_only=True)
class DagRun:
    """A run of a DAG."""

    dag: str
    id: str
    kind: str  # manual or scheduled
    state: str
    logical_date: datetime | None
    started: datetime | None
    ended: datetime | None

    @property
    def is_finished(self) -> bool:
        """Whether the run succeeded or failed."""
        return self.state in ("success", "failed")


class UnexpectedAnswerError(UserError):
    """The API answered with an unexpected HTTP status."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """The API at an address that may change, such as that of a port-forward.

    A request to an unavailable API is repeated for `patience` seconds, then raises CommandError.
    After every failure `on_unavailable` is called, and `address` is called for the next request.
    """

    def __init__(
        self,
        address: Callable[[], str],
        on_unavailable: Callable[[], None],
        *,
        patience: float = 240,
        pause: float = 1,
    ) -> None:
        self._address = address
        self._on_unavailable = on_unavailable
        self._patience = patience
        self._pause = pause
        self._session = requests.Session()
        self._session.trust_env = False  # the address is on 127.0.0.1: no proxy

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def log_in(self, username: str, password: str) -> int:
        """Logs in, and returns the HTTP status: 201 if that succeeded, 401 if not."""
        body = {"username": username, "password": password}
        answer = self._request("POST", "/auth/token", body=body)
        if answer.status_code == _CREATED:
            self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return answer.status_code

    def health(self) -> Mapping[str, str]:
        """Name of a component -> its status, such as healthy."""
        components = self._get("/api/v2/monitor/health")
        return {name: str((report or {}).get("status")) for name, report in components.items()}

    def version(self) -> str:
        """The version of Airflow, such as 3.2.2."""
        return str(self._get("/api/v2/version")["version"])

    def dags(self) -> Mapping[str, Mapping[str, Any]]:
        """Id of a DAG -> the details of that DAG."""
        return {dag["dag_id"]: dag for dag in self._get("/api/v2/dags")["dags"]}

    def import_errors(self) -> list[str]:
        """The errors of DAG files that Airflow could not import, with the name of the file."""
        errors = self._get("/api/v2/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace']}" for error in errors]

    def unpause(self, dag: str) -> None:
        """Unpauses a DAG, so that its runs can start."""
        self._checked("PATCH", f"/api/v2/dags/{dag}", body={"is_paused": False})

    def trigger(self, dag: str, run: str, logical_date: datetime, conf: Mapping[str, Any]) -> None:
        """Creates a run. It is no error if the run exists: an earlier request may have created it
        although its response was lost."""
        body = {"dag_run_id": run, "logical_date": logical_date.isoformat(), "conf": dict(conf)}
        self._checked("POST", f"/api/v2/dags/{dag}/dagRuns", body=body, accepted=_CONFLICT)

    def create_connection(self, connection: str, password: str) -> None:
        """Creates a connection with a password in Airflow's database."""
        body = {"connection_id": connection, "conn_type": "generic", "password": password}
        self._checked("POST", "/api/v2/connections", body=body, accepted=_CONFLICT)

    def runs(self, dag: str) -> list[DagRun]:
        """The runs of a DAG."""
        found = self._get(f"/api/v2/dags/{dag}/dagRuns?limit=100")["dag_runs"]
        return [_dag_run(run) for run in found]

    def runs_of_all(self, state: str, since: datetime | None = None) -> tuple[int, list[DagRun]]:
        """The number of runs of all DAGs that are in a state, and the latest 100 of them.

        With `since`, only runs that ended since that time.
        """
        query = {"state": state, "order_by": "-id", "limit": _PAGE_SIZE}
        if since:
            query["end_date_gte"] = since.isoformat()
        found = self._get(f"/api/v2/dags/~/dagRuns?{urlencode(query)}")
        return found["total_entries"], [_dag_run(run) for run in found["dag_runs"]]

    def tasks_of_all(self, state: str) -> tuple[int, list[Try]]:
        """The number of tasks of all runs that are in a state, and the first 100 of them."""
        query = urlencode({"state": state, "order_by": "id", "limit": _PAGE_SIZE})
        found = self._get(f"/api/v2/dags/~/dagRuns/~/taskInstances?{query}")
        return found["total_entries"], [_try(task) for task in found["task_instances"]]

    def run(self, dag: str, run: str) -> DagRun:
        """A run of a DAG."""
        return _dag_run(self._get(f"/api/v2/dags/{dag}/dagRuns/{run}"))

    def tasks(self, dag: str, run: str) -> list[Try]:
        """The last try of every task of a run."""
        found = self._get(f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances")
        return [_try(task) for task in found["task_instances"]]

    def tries(self, dag: str, run: str, task: str) -> list[Try]:
        """All tries of a task."""
        found = self._get(f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/tries")
        return [_try(task) for task in found["task_instances"]]

    def log(self, dag: str, run: str, task: str, number: int) -> str:
        """The log of a try of a task."""
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/{number}"
        found = self._get(f"{path}?full_content=true")
        return "\n".join(log_lines(found["content"]))

    def _get(self, path: str) -> Any:
        return self._checked("GET", path).json()

    def _checked(
        self, method: str, path: str, *, body: Any = None, accepted: int = _OK
    ) -> requests.Response:
        answer = self._request(method, path, body=body)
        if not answer.ok and answer.status_code != accepted:
            message = (
                f"{method} {path} was answered {answer.status_code}: {answer.text[:_MAX_ERROR]}"
            )
            raise UnexpectedAnswerError(message, status=answer.status_code)
        return answer

    def _request(self, method: str, path: str, *, body: Any) -> requests.Response:
        deadline = time.monotonic() + self._patience
        while True:
            try:
                answer = self._session.request(
                    method,
                    self._address() + path,
                    json=body,
                    headers={"Accept": "application/json"},
                    timeout=_REQUEST_SECONDS,
                )
                if answer.status_code not in _UNAVAILABLE:
                    return answer
                problem = f"answered {answer.status_code}"
            except (requests.RequestException, CommandError) as error:
                problem = str(error)
            if time.monotonic() > deadline:
                raise CommandError(
                    f"Airflow's API is unavailable for {self._patience:.0f} s: {problem}"
                )
            self._on_unavailable()
            time.sleep(self._pause)


def log_lines(content: Iterable[Any]) -> Iterator[str]:
    """The lines of a log. An entry is a text, or a mapping with an event, its time and fields."""
    for entry in content:
        if not isinstance(entry, Mapping):
            yield str(entry)
            continue
        fields: dict[str, Any] = {str(key): value for key, value in entry.items()}
        event = f"{fields.pop('timestamp', None) or ''} {fields.pop('event', '')}".strip()
        rest = [f"{key}={value}" for key, value in fields.items() if value not in (None, "", [])]
        yield " ".join([event, *rest])


def _try(task: Mapping[str, Any]) -> Try:
    return Try(
        task=task["task_id"],
        number=task["try_number"],
        state=task["state"] or "none",
        queued=_time(task.get("queued_when")),
        started=_time(task.get("start_date")),
        ended=_time(task.get("end_date")),
    )


def _dag_run(run: Mapping[str, Any]) -> DagRun:
    return DagRun(
        dag=run["dag_id"],
        id=run["dag_run_id"],
        kind=run["run_type"],
        state=run["state"],
        logical_date=_time(run.get("logical_date")),
        started=_time(run.get("start_date")),
        ended=_time(run.get("end_date")),
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
