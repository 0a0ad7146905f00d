"""What is right and what is wrong. Pure: each function answers with complaints, empty for none."""

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
from dev.e2e.watcher import Life, together

_PRINTED = re.compile(r"API_KEY sha256 ([0-9a-f]{12})\b")


def fingerprint(secret: str) -> str:
    """By which a secret is told without being told."""
    return hashlib.sha256(secret.encode()).hexdigest()[:12]


def printed_fingerprint(log: str) -> str:
    """The one that a task wrote for its API_KEY; empty where it wrote none."""
    found = _PRINTED.search(log)
    return found[1] if found else ""


def leaks(log: str, secrets: Mapping[str, str]) -> list[str]:
    """The secrets that stand in a log, by what they are called."""
    return [called for called, text in secrets.items() if text and text in log]


def login_in(url: str) -> str:
    """`user:password@` of an address: a password by itself may be a plain word."""
    user, _, _ = urlsplit(url).netloc.rpartition("@")
    return f"{user}@" if user else ""


def succeeded_once(tries: Iterable[Try]) -> list[str]:
    """Tasks that did not succeed in just one of their tries."""
    states: dict[str, list[str]] = defaultdict(list)
    for each in tries:
        states[each.task].append(each.state)
    return [
        f"{task} succeeded in {found.count('success')} of its tries: {', '.join(found)}"
        for task, found in states.items()
        if found.count("success") != 1
    ]


def at_first(tries: Iterable[Try]) -> list[str]:
    """Tasks that needed another try."""
    return [
        f"{each.task} needed try {each.number} ({each.state})"
        for each in tries
        if each.number != 1 or each.state != "success"
    ]


def done_twice(lives: Iterable[Life]) -> list[str]:
    """Pods that ran beside another one of the same task, or did again what another had done."""
    every = list(lives)
    done: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for life in every:
        if life.is_operators and life.succeeded:
            done[life.task].append(life.name)
    return [
        *(
            f"{one.name} and {other.name} both ran {' '.join(one.task)} at the same time"
            for one, other in together(every)
        ),
        *(
            f"{' and '.join(pods)} all did {' '.join(task)} to its end"
            for task, pods in done.items()
            if len(pods) > 1
        ),
    ]


def restarted(lives: Iterable[Life], before: Mapping[str, int]) -> list[str]:
    """Containers that were started again; `before` has the number that is known, by the pod's
    uid."""
    return [
        f"a container of {life.name} was restarted ({life.why})"
        for life in lives
        if life.restarts > before.get(life.uid, 0)
    ]


def unhealthy(health: Mapping[str, str], parts: Iterable[str]) -> list[str]:
    """Parts of Airflow that do not report that they are healthy."""
    return [
        f"{part}: {health.get(part, 'missing')}" for part in parts if health.get(part) != "healthy"
    ]


def mentions(found: Mapping[str, Any], namespace: str) -> bool:
    """Whether an object belongs to what ran in a namespace: by Helm's mark, as the volume of a
    claim, or as a binding of an account."""
    annotations = found["metadata"].get("annotations") or {}
    claim = (found.get("spec") or {}).get("claimRef") or {}
    return namespace in (
        annotations.get("meta.helm.sh/release-namespace"),
        claim.get("namespace"),
        *(each.get("namespace") for each in found.get("subjects") or ()),
    )


def when(event: Mapping[str, Any]) -> float:
    """The last time that something was reported, in seconds since 1970."""
    series = event.get("series") or {}
    times = (series.get("lastObservedTime"), event.get("lastTimestamp"), event.get("eventTime"))
    text = next(filter(None, times), event["metadata"]["creationTimestamp"])
    return datetime.fromisoformat(text).timestamp()


def other_resources(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Where a container's resources differ from those that were asked for; 1000m is 1."""
    asked, has = _flat(wanted), _flat(found)
    return [
        f"{key} is {found_there}, not {asked.get(key)}"
        for key in sorted(asked.keys() | has.keys())
        if (found_there := has.get(key)) != asked.get(key)
    ]


def _flat(resources: Mapping[str, Any]) -> dict[str, Fraction]:
    return {
        f"{kind}.{name}": quantity.parse(str(amount))
        for kind in ("requests", "limits")
        for name, amount in (resources.get(kind) or {}).items()
    }
