"""Airflow's REST API, as a person with a password uses it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import requests

from airflow_k8s.errors import UserError
from airflow_k8s.toolchain.command import CommandError

_SECONDS = 30  # for one answer
_OK, _CREATED, _CONFLICT = 200, 201, 409
_AWAY = (502, 503, 504)
_PAGE = 100  # the most that Airflow answers at once, unless it is told otherwise


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
    """A run of a DAG, as the API tells it."""

    dag: str
    id: str
    kind: str  # manual or scheduled
    state: str
    logical_date: datetime | None
    started: datetime | None
    ended: datetime | None

    @property
    def over(self) -> bool:
        """Whether it ended, either way."""
        return self.state in ("success", "failed")


class UnexpectedAnswerError(UserError):
    """An answer that is not the one that was asked for."""

    def __init__(self, words: str, *, status: int) -> None:
        super().__init__(words)
        self.status = status


class Api:
    """The API at an address that may change. What is away is asked again for `patience` seconds;
    `broke` hears of each time that nobody answered."""

    def __init__(
        self,
        address: Callable[[], str],
        broke: Callable[[], None],
        *,
        patience: float = 240,
        pause: float = 1,
    ) -> None:
        self._address = address
        self._broke = broke
        self._patience = patience
        self._pause = pause
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy between here and 127.0.0.1

    def close(self) -> None:
        """Lets go of its connections."""
        self._session.close()

    def log_in(self, username: str, password: str) -> int:
        """The answer's status: 201 is a login, 401 none."""
        body = {"username": username, "password": password}
        answer = self._ask("POST", "/auth/token", body=body)
        if answer.status_code == _CREATED:
            self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return answer.status_code

    def health(self) -> Mapping[str, str]:
        """The status of each part that reports one."""
        said = self._get("/api/v2/monitor/health")
        return {part: str((told or {}).get("status")) for part, told in said.items()}

    def version(self) -> str:
        """Airflow's own, such as 3.2.2."""
        return str(self._get("/api/v2/version")["version"])

    def dags(self) -> Mapping[str, Mapping[str, Any]]:
        """The DAGs that were read, by their id."""
        return {each["dag_id"]: each for each in self._get("/api/v2/dags")["dags"]}

    def import_errors(self) -> list[str]:
        """What is wrong with DAG files: the file, and the error."""
        found = self._get("/api/v2/importErrors")["import_errors"]
        return [f"{each['filename']}: {each['stack_trace']}" for each in found]

    def unpause(self, dag: str) -> None:
        """Lets a DAG's runs start."""
        self._done("PATCH", f"/api/v2/dags/{dag}", body={"is_paused": False})

    def trigger(self, dag: str, run: str, logical_date: datetime, conf: Mapping[str, Any]) -> None:
        """Makes a run. One that is there already was made by a question whose answer got lost."""
        body = {"dag_run_id": run, "logical_date": logical_date.isoformat(), "conf": dict(conf)}
        self._done("POST", f"/api/v2/dags/{dag}/dagRuns", body=body, fine=_CONFLICT)

    def make_connection(self, connection: str, password: str) -> None:
        """Keeps a password in Airflow."""
        body = {"connection_id": connection, "conn_type": "generic", "password": password}
        self._done("POST", "/api/v2/connections", body=body, fine=_CONFLICT)

    def runs(self, dag: str) -> list[DagRun]:
        """All runs of a DAG."""
        found = self._get(f"/api/v2/dags/{dag}/dagRuns?limit=100")["dag_runs"]
        return [_dag_run(each) for each in found]

    def runs_of_all(self, state: str, since: datetime | None = None) -> tuple[int, list[DagRun]]:
        """How many runs of all DAGs are in a state, ended since a time if one is named, and the
        latest of them, at most a page."""
        query = {"state": state, "order_by": "-id", "limit": _PAGE}
        if since:
            query["end_date_gte"] = since.isoformat()
        found = self._get(f"/api/v2/dags/~/dagRuns?{urlencode(query)}")
        return found["total_entries"], [_dag_run(each) for each in found["dag_runs"]]

    def tasks_of_all(self, state: str) -> tuple[int, list[Try]]:
        """How many tasks of all runs are in a state, and the first of them, at most a page."""
        query = urlencode({"state": state, "order_by": "id", "limit": _PAGE})
        found = self._get(f"/api/v2/dags/~/dagRuns/~/taskInstances?{query}")
        return found["total_entries"], [_try(each) for each in found["task_instances"]]

    def run(self, dag: str, run: str) -> DagRun:
        """One run."""
        return _dag_run(self._get(f"/api/v2/dags/{dag}/dagRuns/{run}"))

    def tasks(self, dag: str, run: str) -> list[Try]:
        """Each task of a run, in its last try."""
        found = self._get(f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances")
        return [_try(each) for each in found["task_instances"]]

    def tries(self, dag: str, run: str, task: str) -> list[Try]:
        """Every try of a task."""
        found = self._get(f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/tries")
        return [_try(each) for each in found["task_instances"]]

    def log(self, dag: str, run: str, task: str, number: int) -> str:
        """What a try of a task said."""
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/logs/{number}"
        found = self._get(f"{path}?full_content=true")
        return "\n".join(log_lines(found["content"]))

    def _get(self, path: str) -> Any:
        return self._done("GET", path).json()

    def _done(
        self, method: str, path: str, *, body: Any = None, fine: int = _OK
    ) -> requests.Response:
        answer = self._ask(method, path, body=body)
        if not answer.ok and answer.status_code != fine:
            words = f"{method} {path} was answered {answer.status_code}: {answer.text[:500]}"
            raise UnexpectedAnswerError(words, status=answer.status_code)
        return answer

    def _ask(self, method: str, path: str, *, body: Any) -> requests.Response:
        latest = time.monotonic() + self._patience
        while True:
            try:
                answer = self._session.request(
                    method,
                    self._address() + path,
                    json=body,
                    headers={"Accept": "application/json"},
                    timeout=_SECONDS,
                )
                if answer.status_code not in _AWAY:
                    return answer
                problem = f"answered {answer.status_code}"
            except (requests.RequestException, CommandError) as error:
                problem = str(error)
            if time.monotonic() > latest:
                raise CommandError(f"Airflow's API is away for {self._patience:.0f} s: {problem}")
            self._broke()
            time.sleep(self._pause)


def log_lines(content: Iterable[Any]) -> Iterator[str]:
    """A log's lines: plain texts, or an event with its time, and what else it says."""
    for each in content:
        if not isinstance(each, Mapping):
            yield str(each)
            continue
        told: dict[str, Any] = {str(key): value for key, value in each.items()}
        first = f"{told.pop('timestamp', None) or ''} {told.pop('event', '')}".strip()
        rest = [f"{key}={value}" for key, value in told.items() if value not in (None, "", [])]
        yield " ".join([first, *rest])


def _try(told: Mapping[str, Any]) -> Try:
    return Try(
        task=told["task_id"],
        number=told["try_number"],
        state=told["state"] or "none",
        queued=_time(told.get("queued_when")),
        started=_time(told.get("start_date")),
        ended=_time(told.get("end_date")),
    )


def _dag_run(told: Mapping[str, Any]) -> DagRun:
    return DagRun(
        dag=told["dag_id"],
        id=told["dag_run_id"],
        kind=told["run_type"],
        state=told["state"],
        logical_date=_time(told.get("logical_date")),
        started=_time(told.get("start_date")),
        ended=_time(told.get("end_date")),
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
