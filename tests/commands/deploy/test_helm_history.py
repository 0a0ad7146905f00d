"""The revisions of a release, read from Helm's Secrets."""

import base64
import gzip
import json
from typing import Any

from airflow_k8s.commands.deploy.helm_history import Revision, last_deployed, revisions, unpack


def secret(number: int, status: str, *, release: str = "airflow") -> dict[str, Any]:
    """As Helm 3 writes it: JSON, packed, in base64, which Kubernetes puts in base64 again."""
    content = {
        "name": release,
        "version": number,
        "info": {
            "status": status,
            "last_deployed": "2026-11-26T01:27:30.292543532Z",
            "description": "Install complete",
        },
        "chart": {"metadata": {"name": "airflow", "version": "1.22.0", "appVersion": "3.2.2"}},
    }
    packed = base64.b64encode(gzip.compress(json.dumps(content).encode()))
    labels = {"owner": "helm", "name": release, "status": status, "version": str(number)}
    return {
        "metadata": {"name": f"sh.helm.release.v1.{release}.v{number}", "labels": labels},
        "data": {"release": base64.b64encode(packed).decode()},
    }


def history(*statuses: str) -> list[Revision]:
    return [Revision(number=n, status=status) for n, status in enumerate(statuses, start=1)]


def test_the_revisions_of_a_release_are_read_from_labels_and_sorted_by_number() -> None:
    secrets = [
        secret(10, "deployed"),
        secret(9, "superseded"),
        secret(1, "deployed", release="other"),
        {"metadata": {"name": "no-labels"}},
    ]
    assert [(found.number, found.status) for found in revisions(secrets, "airflow")] == [
        (9, "superseded"),
        (10, "deployed"),
    ]


def test_a_secret_has_the_chart_and_the_time_of_its_revision() -> None:
    found = unpack(secret(3, "failed"))
    assert (found.number, found.status, found.description) == (3, "failed", "Install complete")
    assert (found.chart, found.chart_version) == ("airflow", "1.22.0")
    assert found.changed.startswith("2026-11-26T01:27:30")


def test_a_superseded_revision_was_deployed_and_a_failed_one_was_not() -> None:
    found = last_deployed(history("deployed", "superseded", "failed", "pending-upgrade"))
    assert found
    assert found.number == 2
    assert last_deployed(history("failed")) is None
