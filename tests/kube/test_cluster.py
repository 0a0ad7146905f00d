"""The Kubernetes client against a small API server on this machine."""

import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from airflow_k8s.errors import UserError
from airflow_k8s.kube.cluster import ApiError, Cluster, NotFoundError, UnreachableError

CONFIG_MAP = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "a", "namespace": "airflow"},
}
_ALL = ["create", "delete", "get", "list", "patch", "update"]
_CORE = [
    {"kind": "ConfigMap", "name": "configmaps", "namespaced": True, "verbs": _ALL},
    {"kind": "Namespace", "name": "namespaces", "namespaced": False, "verbs": _ALL},
    {"kind": "Pod", "name": "pods", "namespaced": True, "verbs": _ALL},
    {"kind": "Pod", "name": "pods/status", "namespaced": True, "verbs": _ALL},
    {"kind": "Binding", "name": "bindings", "namespaced": True, "verbs": ["create"]},
]


@dataclass
class Answer:
    """What the API server answers."""

    document: Any
    status: int = 200
    warnings: list[str] = field(default_factory=list[str])


@dataclass
class Request:
    """What the API server was sent."""

    method: str
    path: str
    query: dict[str, list[str]]
    content_type: str
    body: Any


class FakeApiServer:
    """Serves discovery documents, and `answers` by method and path."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], Answer] = {
            ("GET", "/api/v1"): Answer({"resources": _CORE}),
            ("GET", "/apis"): Answer({"groups": []}),
        }
        self.requests: list[Request] = []

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        missing = Answer({"message": f"{request.path} not found"}, 404)
        return self.answers.get((request.method, request.path), missing)


@pytest.fixture
def server() -> FakeApiServer:
    return FakeApiServer()


def kubeconfig(folder: Path, address: str) -> Path:
    named = [{"name": "here", "context": {"cluster": "here", "user": "me"}}]
    content = {
        "current-context": "here",
        "contexts": named,
        "clusters": [{"name": "here", "cluster": {"server": address}}],
        "users": [{"name": "me", "user": {}}],
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


@pytest.fixture
def address(server: FakeApiServer) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            del format, args

        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            query = parse_qs(parts.query)
            content_type = self.headers.get("Content-Type", "")
            request = Request(self.command, parts.path, query, content_type, body)
            answer = server.answer(request)
            content = json.dumps(answer.document).encode()
            if isinstance(answer.document, str):
                content = answer.document.encode()
            self.send_response(answer.status)
            for warning in answer.warnings:
                self.send_header("Warning", f'299 - "{warning}"')
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815 their names are given

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    thread.join()
    http.server_close()


Connect = Callable[..., Cluster]


@pytest.fixture
def connect(address: str, tmp_path: Path) -> Iterator[Connect]:
    made: list[Cluster] = []

    def connected(*arguments: Any) -> Cluster:
        made.append(Cluster(kubeconfig(tmp_path, address), *arguments))
        return made[-1]

    yield connected
    for cluster in made:
        cluster.close()


def test_an_object_is_read_from_its_path(server: FakeApiServer, connect: Connect) -> None:
    path = "/api/v1/namespaces/airflow/configmaps/a"
    server.answers["GET", path] = Answer(CONFIG_MAP)
    assert connect().get("v1", "ConfigMap", "a", "airflow") == CONFIG_MAP


def test_an_object_that_does_not_exist_is_none(connect: Connect) -> None:
    assert connect().get("v1", "ConfigMap", "a", "airflow") is None


def test_listed_objects_have_their_kind_and_api_version(
    server: FakeApiServer, connect: Connect
) -> None:
    item = {"metadata": {"name": "a"}}
    server.answers["GET", "/api/v1/configmaps"] = Answer({"items": [item]})
    found = connect().list("v1", "ConfigMap", labels="app=x", fields="type!=y")
    assert found == [{"apiVersion": "v1", "kind": "ConfigMap", **item}]
    assert server.requests[-1].query == {"labelSelector": ["app=x"], "fieldSelector": ["type!=y"]}


def test_an_apply_names_its_field_manager(server: FakeApiServer, connect: Connect) -> None:
    path = "/api/v1/namespaces/airflow/configmaps/a"
    server.answers["PATCH", path] = Answer(CONFIG_MAP)
    connect().apply(CONFIG_MAP, manager="us", force=True, dry_run=True)
    request = server.requests[-1]
    assert request.content_type == "application/apply-patch+yaml"
    assert request.query == {"fieldManager": ["us"], "force": ["true"], "dryRun": ["All"]}
    assert request.body == CONFIG_MAP


def test_a_merge_patches_a_subresource(server: FakeApiServer, connect: Connect) -> None:
    server.answers["PATCH", "/api/v1/namespaces/airflow/pods/a/status"] = Answer({})
    pod = {**CONFIG_MAP, "kind": "Pod"}
    connect().merge(pod, {"status": {"phase": "Running"}}, subresource="status")
    request = server.requests[-1]
    assert request.content_type == "application/merge-patch+json"
    assert request.body == {"status": {"phase": "Running"}}


def test_a_replacement_that_is_a_dry_run_says_so_in_its_query(
    server: FakeApiServer, connect: Connect
) -> None:
    path = "/api/v1/namespaces/airflow/configmaps/a"
    server.answers["PUT", path] = Answer(CONFIG_MAP)
    cluster = connect()
    cluster.replace(CONFIG_MAP, dry_run=True)
    assert server.requests[-1].query == {"dryRun": ["All"]}
    cluster.replace(CONFIG_MAP)
    assert server.requests[-1].query == {}


def test_deleting_an_object_that_does_not_exist_is_no_error(connect: Connect) -> None:
    connect().delete(CONFIG_MAP, now=True)


def test_a_refusal_has_the_servers_message_and_its_http_status(
    server: FakeApiServer, connect: Connect
) -> None:
    refusal = Answer({"message": "exceeded quota"}, 403)
    server.answers["POST", "/api/v1/namespaces/airflow/configmaps"] = refusal
    with pytest.raises(ApiError, match="exceeded quota") as caught:
        connect().create(CONFIG_MAP)
    assert caught.value.code == 403
    assert not isinstance(caught.value, NotFoundError)


def test_a_refusal_in_plain_text_is_its_message(server: FakeApiServer, connect: Connect) -> None:
    server.answers["GET", "/version"] = Answer("not today", 503)
    with pytest.raises(ApiError, match="not today"):
        connect().version()


def test_a_missing_path_is_not_found(connect: Connect) -> None:
    with pytest.raises(NotFoundError) as caught:
        connect().version()
    assert caught.value.code == 404


def test_a_kind_that_is_not_served_is_not_found(connect: Connect) -> None:
    cluster = connect()
    assert not cluster.serves("example.com/v1", "Widget")
    with pytest.raises(NotFoundError, match='no matches for kind "Widget"'):
        cluster.list("example.com/v1", "Widget")


def test_a_kind_is_found_after_its_definition_was_created(
    server: FakeApiServer, connect: Connect
) -> None:
    cluster = connect()
    assert not cluster.serves("example.com/v1", "Widget")
    widget = {"kind": "Widget", "name": "widgets", "namespaced": True, "verbs": _ALL}
    server.answers["GET", "/apis/example.com/v1"] = Answer({"resources": [widget]})
    assert cluster.serves("example.com/v1", "Widget")
    assert cluster.is_namespaced("example.com/v1", "Widget")


def test_a_known_kind_is_discovered_once(server: FakeApiServer, connect: Connect) -> None:
    cluster = connect()
    for _ in range(3):
        assert cluster.serves("v1", "Pod")
    assert [request.path for request in server.requests] == ["/api/v1"]


def test_only_kinds_that_can_be_listed_and_deleted_are_listable(connect: Connect) -> None:
    cluster = connect()
    assert cluster.listable(namespaced=True) == [("v1", "ConfigMap"), ("v1", "Pod")]
    assert cluster.listable(namespaced=False) == [("v1", "Namespace")]


def test_warnings_are_passed_on_with_their_object(server: FakeApiServer, connect: Connect) -> None:
    path = "/api/v1/namespaces/airflow/configmaps/a"
    server.answers["PATCH", path] = Answer(CONFIG_MAP, warnings=['unknown field \\"x\\"', "two"])
    warnings: list[tuple[str, str]] = []
    cluster = connect(lambda subject, message: warnings.append((subject, message)))
    cluster.apply(CONFIG_MAP, manager="us")
    assert warnings == [("ConfigMap a", 'unknown field "x"'), ("ConfigMap a", "two")]


def test_a_server_that_is_down_is_unreachable(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cluster = Cluster(kubeconfig(tmp_path, f"http://127.0.0.1:{port}"))
    with pytest.raises(UnreachableError) as caught:
        cluster.version()
    cluster.close()
    message = str(caught.value)
    assert message.startswith(f"the API server http://127.0.0.1:{port} can't be reached: ")
    assert message.endswith("Connection refused")
    assert "HTTPConnection" not in message


def test_a_server_with_an_unknown_certificate_is_unreachable(address: str, tmp_path: Path) -> None:
    cluster = Cluster(kubeconfig(tmp_path, address.replace("http:", "https:")))
    with pytest.raises(UnreachableError):  # it speaks no TLS at all
        cluster.version()
    cluster.close()


def test_a_server_that_does_not_answer_in_time_is_unreachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("airflow_k8s.kube.cluster._TIMEOUT_SECONDS", 0.05)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        cluster = Cluster(kubeconfig(tmp_path, f"http://127.0.0.1:{silent.getsockname()[1]}"))
        with pytest.raises(UnreachableError, match="timed out"):
            cluster.version()
        cluster.close()


def test_a_context_that_does_not_exist_is_named_with_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no context there; it has here"):
        Cluster(kubeconfig(tmp_path, "http://127.0.0.1:1"), context="there")


def test_a_missing_kubeconfig_is_a_user_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="kubeconfig can't be used"):
        Cluster(tmp_path / "none")
