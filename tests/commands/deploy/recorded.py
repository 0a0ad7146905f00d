"""Documents of Pulumi 3.259.0, reduced to the fields that are read, and some beside them."""

from typing import Any

WHOAMI = {"user": "root", "url": "file:///var/state"}

LOCK = {
    "pid": 2101,
    "username": "root",
    "hostname": "vm",
    "timestamp": "2026-11-26T01:42:45.271412243Z",
}


def entry(kind: str, result: str, **environment: str) -> dict[str, Any]:
    """An entry of `pulumi stack history --json`."""
    return {
        "version": 0,  # always, where the state is in a folder
        "kind": kind,
        "startTime": "2026-11-26T01:18:37.000Z",
        "message": "one",
        "environment": {"exec.kind": "cli", "pulumi.version": "v3.259.0", **environment},
        "config": {},
        "result": result,
        "endTime": "2026-11-26T01:18:38.000Z",
        "resourceChanges": {"create": 1, "same": 2},
    }


def update(result: str = "succeeded", *, head: str = "b196294cf503", dirty: bool = False) -> Any:
    """An update that was made in a git checkout."""
    environment = {
        "git.head": head,
        "git.headName": "refs/heads/main",
        "git.dirty": str(dirty).lower(),
    }
    return entry("update", result, **environment)


def resource(kind: str, name: str, *, protect: bool = False) -> dict[str, Any]:
    """A resource in `pulumi stack export`."""
    module = {"Namespace": "core/v1", "PersistentVolumeClaim": "core/v1", "Role": "rbac/v1"}[kind]
    own = f"kubernetes:{module}:{kind}"
    fields = {
        "urn": f"urn:pulumi:dev::airflow-platform::{own}::{name}",
        "custom": True,
        "id": name if kind == "Namespace" else f"airflow/{name}",
        "type": own,
    }
    return fields | ({"protect": True} if protect else {})


PASSWORD = {
    "urn": "urn:pulumi:dev::airflow-platform::random:index/randomPassword:RandomPassword::fernet",
    "custom": True,
    "id": "none",
    "type": "random:index/randomPassword:RandomPassword",
    "protect": True,
}
STACK = {
    "urn": "urn:pulumi:dev::airflow-platform::pulumi:pulumi:Stack::airflow-platform-dev",
    "custom": False,
    "type": "pulumi:pulumi:Stack",
}


def export(*resources: Any, provider: str = "passphrase", pending: Any = ()) -> dict[str, Any]:
    """`pulumi stack export`; that of a stack that was never updated has no resources."""
    deployment: dict[str, Any] = {
        "manifest": {"time": "2026-11-26T01:16:37.908761178Z", "version": "v3.259.0"},
        "metadata": {},
    }
    if provider:
        deployment["secrets_providers"] = {"type": provider, "state": {}}
    if resources:
        deployment["resources"] = list(resources)
    if pending:
        deployment["pending_operations"] = list(pending)
    return {"version": 3, "deployment": deployment}
