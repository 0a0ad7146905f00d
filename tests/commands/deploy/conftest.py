"""A stack to deploy: a small cluster, Airflow, kubectl and Pulumi of the tests' own.

Their answers were recorded from the real ones.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from rich.console import Console

from airflow_k8s.commands.deploy.session import Session
from tests.airflow_server import Airflow
from tests.commands.deploy.recorded import WHOAMI, export
from tests.conftest import PROGRAM

PASSWORD = "the-password-of-the-admin"
_SERVED: dict[str, dict[str, str]] = {
    "v1": {
        "Namespace": "namespaces",
        "Node": "nodes",
        "Pod": "pods",
        "Secret": "secrets",
        "Event": "events",
        "PersistentVolumeClaim": "persistentvolumeclaims",
    },
    "apps/v1": {
        "Deployment": "deployments",
        "ReplicaSet": "replicasets",
        "StatefulSet": "statefulsets",
        "DaemonSet": "daemonsets",
    },
    "batch/v1": {"Job": "jobs"},
    "storage.k8s.io/v1": {"StorageClass": "storageclasses"},
}
_CLUSTER_WIDE = ("Namespace", "Node", "StorageClass")


class ApiServer:
    """Answers read requests as a Kubernetes API server does, but for field selectors."""

    def __init__(self) -> None:
        self.objects: list[dict[str, Any]] = []
        kubernetes = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, _, query = self.path.partition("?")
                found = kubernetes.answer(path, query)
                body = json.dumps(found if found is not None else {"message": "not found"}).encode()
                self.send_response(404 if found is None else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: object, **_more: object) -> None:
                return  # not on the tests' standard error

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path: str, query: str) -> Any:
        """The answer at a path; None if it has none."""
        if path == "/version":
            return {"gitVersion": "v1.34.4"}
        for version, kinds in _SERVED.items():
            base = f"/{'apis' if '/' in version else 'api'}/{version}"
            if path == base:
                return {"resources": [_resource(kind, kinds[kind]) for kind in kinds]}
            parts = path.removeprefix(f"{base}/").split("/")
            namespace = parts[1] if parts[0] == "namespaces" and len(parts) > 2 else ""
            plural, *name = parts[2:] if namespace else parts
            for kind in kinds:
                if path.startswith(base) and kinds[kind] == plural:
                    found = [o for o in self.objects if o["kind"] == kind and _is_in(o, namespace)]
                    if not name:
                        helms = "helm" in query and "owner" in query
                        return {"items": [o for o in found if not helms or _is_helms(o)]}
                    return next((o for o in found if o["metadata"]["name"] == name[0]), None)
        return None


def _resource(kind: str, plural: str) -> dict[str, Any]:
    return {"kind": kind, "name": plural, "namespaced": kind not in _CLUSTER_WIDE, "verbs": []}


def _is_in(manifest: dict[str, Any], namespace: str) -> bool:
    return not namespace or manifest["metadata"].get("namespace") == namespace


def _is_helms(manifest: dict[str, Any]) -> bool:
    return (manifest["metadata"].get("labels") or {}).get("owner") == "helm"


def made(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    """An object; those of the whole cluster have no namespace."""
    where = {} if kind in _CLUSTER_WIDE else {"namespace": "airflow"}
    metadata = {"name": name, "uid": name, **where, **fields.pop("metadata", {})}
    return {"kind": kind, "metadata": metadata, **fields}


@dataclass
class Scene:
    """The servers and programs of a test, and the answers of the user."""

    folder: Path
    kubernetes: ApiServer
    airflow: Airflow
    out: Console
    answers: list[str] = field(default_factory=list[str])
    """What the user types."""

    def session(self, *, yes: bool = True, terminal: bool = False) -> Session:
        """A command on the dev stack."""
        return Session(
            program=PROGRAM,
            stack="dev",
            out=self.out,
            yes=yes,
            terminal=terminal,
            ask=lambda _question: self.answers.pop(0),
        )

    def pulumi(self, **answers: Any) -> None:
        """What Pulumi answers from now on: JSON for a query, an exit status for a change."""
        for name, answer in answers.items():
            text = str(answer) if isinstance(answer, int) else json.dumps(answer)
            (self.folder / name).write_text(text)

    def pulumi_commands(self) -> list[str]:
        """The command lines with which Pulumi was run."""
        file = self.folder / "commands"
        return file.read_text().splitlines() if file.exists() else []

    def changes(self) -> list[str]:
        """The command lines that change the stack, or preview that."""
        commands = self.pulumi_commands()
        return [line for line in commands if line.split()[0] in ("preview", "up", "destroy")]


_PULUMI = """#!/bin/sh
cd {folder}
[ "$1" = --non-interactive ] && shift  # by automation it comes first
echo "$@" >> commands
case "$1 $2" in
  version*) echo v3.259.0 ;;
  "whoami --json") /bin/cat whoami ;;
  "stack export") [ -f export ] || {{ echo "error: no stack named 'dev' found" >&2; exit 255; }}
     /bin/cat export ;;
  "stack history") /bin/cat history ;;
  "stack output") /bin/cat output ;;
  *) echo "pulumi does $1"; [ ! -f "errors_of_$1" ] || /bin/cat "errors_of_$1" >&2
     exit "$(/bin/cat "status_of_$1")" ;;
esac
"""
_KUBECTL = """#!/bin/sh
case "$*" in
  *port-forward*) echo "Forwarding from {airflow} -> 8080"; exec /bin/sleep 30 ;;
  *current-context*) echo kind-airflow ;;
  *jsonpath*) printf %s {server} ;;
  *"--context kind-airflow") /bin/cat {folder}/kubeconfig ;;
  *) echo "error: cannot locate context" >&2; exit 1 ;;
esac
"""


@pytest.fixture
def scene(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A stack that was never deployed, and a cluster that has what it needs."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "x")
    kubernetes, airflow = ApiServer(), Airflow()
    servers = [kubernetes.server, airflow.server]
    threads = [Thread(target=s.serve_forever, kwargs={"poll_interval": 0.01}) for s in servers]
    for thread in threads:
        thread.start()
    default = {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
    kubernetes.objects.append(made("StorageClass", "standard", metadata=default))
    kubeconfig = {
        "current-context": "kind-airflow",
        "contexts": [{"name": "kind-airflow", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": kubernetes.address}}],
        "users": [{"name": "u", "user": {}}],
    }
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(kubeconfig))
    for name, script in (
        ("pulumi", _PULUMI.format(folder=tmp_path)),
        (
            "kubectl",
            _KUBECTL.format(
                folder=tmp_path,
                server=kubernetes.address,
                airflow=airflow.address.removeprefix("http://"),
            ),
        ),
    ):
        (path / name).write_text(script)
        (path / name).chmod(0o755)
    out = Console(width=10_000, highlight=False, markup=False, soft_wrap=True)
    scene = Scene(folder=tmp_path, kubernetes=kubernetes, airflow=airflow, out=out)
    scene.pulumi(whoami=WHOAMI, export=export(), history=[], output={"ui": "http://ui"})
    scene.pulumi(status_of_preview=0, status_of_up=0, status_of_destroy=0)
    yield scene
    for server, thread in zip(servers, threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()
