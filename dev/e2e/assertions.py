"""Checks of what was observed. Pure: each function returns problems as texts, or an empty list."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any
from urllib.parse import urlsplit

from airflow_k8s.airflow_api import Try
from airflow_k8s.kube import quantity
from dev.e2e.pod_records import PodRecord, overlapping_pods

_PRINTED = re.compile(r"API_KEY sha256 ([0-9a-f]{12})\b")


def fingerprint(secret: str) -> str:
    """The start of a secret's SHA-256 hash, which identifies the secret without showing it."""
    return hashlib.sha256(secret.encode()).hexdigest()[:12]


def printed_fingerprint(log: str) -> str:
    """The fingerprint that a task printed for its API_KEY; empty if it printed none."""
    found = _PRINTED.search(log)
    return found[1] if found else ""


def leaked_secrets(log: str, secrets: Mapping[str, str]) -> list[str]:
    """The labels of the secrets whose text is in a log; `secrets` maps a label to a text."""
    return [label for label, text in secrets.items() if text and text in log]


def login_in(url: str) -> str:
    """The part `user:password@` of a URL.

    A password alone may be a common word, which a log may hold by chance.
    """
    user, _, _ = urlsplit(url).netloc.rpartition("@")
    return f"{user}@" if user else ""


def not_one_success(tries: Iterable[Try]) -> list[str]:
    """The tasks whose tries do not have exactly one success."""
    states: dict[str, list[str]] = defaultdict(list)
    for attempt in tries:
        states[attempt.task].append(attempt.state)
    return [
        f"{task} succeeded in {found.count('success')} of its tries: {', '.join(found)}"
        for task, found in states.items()
        if found.count("success") != 1
    ]


def not_first_try(tries: Iterable[Try]) -> list[str]:
    """The tries that failed, and those after a task's first one."""
    return [
        f"{attempt.task} needed try {attempt.number} ({attempt.state})"
        for attempt in tries
        if attempt.number != 1 or attempt.state != "success"
    ]


def duplicate_work(pods: Iterable[PodRecord]) -> list[str]:
    """The pods that ran at the same time for the same task, and those that completed a task which
    another pod had already completed."""
    records = list(pods)
    completed: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for pod in records:
        if pod.is_operator_pod and pod.succeeded:
            completed[pod.task].append(pod.name)
    return [
        *(
            f"{one.name} and {other.name} both ran {' '.join(one.task)} at the same time"
            for one, other in overlapping_pods(records)
        ),
        *(
            f"{' and '.join(names)} all completed {' '.join(task)}"
            for task, names in completed.items()
            if len(names) > 1
        ),
    ]


def restarted_pods(pods: Iterable[PodRecord], before: Mapping[str, int]) -> list[str]:
    """The pods with more container restarts than before; `before` maps a pod's uid to a count."""
    return [
        f"a container of {pod.name} was restarted ({pod.restart_reason})"
        for pod in pods
        if pod.restarts > before.get(pod.uid, 0)
    ]


def belongs_to(manifest: Mapping[str, Any], namespace: str) -> bool:
    """Whether an object was made for a namespace: as part of a Helm release, as the volume of a
    claim, or as a binding of one of its service accounts."""
    annotations = manifest["metadata"].get("annotations") or {}
    claim = (manifest.get("spec") or {}).get("claimRef") or {}
    return namespace in (
        annotations.get("meta.helm.sh/release-namespace"),
        claim.get("namespace"),
        *(subject.get("namespace") for subject in manifest.get("subjects") or ()),
    )


def event_time(event: Mapping[str, Any]) -> float:
    """When an event was last reported, in seconds since 1970."""
    series = event.get("series") or {}
    times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    text = next(filter(None, times), event["metadata"]["creationTimestamp"])
    return datetime.fromisoformat(text).timestamp()


def resource_differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Where a container's requests and limits differ from the expected ones.

    Amounts are compared, not texts: 1000m equals 1.
    """
    expected_amounts, found_amounts = _amounts(expected), _amounts(found)
    return [
        f"{key} is {found_amounts.get(key)}, not {expected_amounts.get(key)}"
        for key in sorted(expected_amounts.keys() | found_amounts.keys())
        if found_amounts.get(key) != expected_amounts.get(key)
    ]


def _amounts(resources: Mapping[str, Any]) -> dict[str, Fraction]:
    return {
        f"{kind}.{name}": quantity.parse(str(amount))
        for kind in ("requests", "limits")
        for name, amount in (resources.get(kind) or {}).items()
    }
