"""Changes the stack while runs are in flight."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_k8s.airflow_api import Try
from dev.e2e import assertions
from dev.e2e.context import Bench
from dev.e2e.errors import CheckError, none_of
from dev.e2e.program import Image

# What the task in flight takes when the machine does nothing else: about as long as the change.
_SHORT, _LONG = 45.0, 90.0
_CREATED, _UNAUTHORIZED = 201, 401
_TOLD = ("Unhealthy", "BackOff")


@dataclass(frozen=True, kw_only=True)
class Change:
    """A deployment of its own."""

    called: str
    settings: Mapping[str, Any]
    work: float = _SHORT  # seconds of the task that is in flight


def changes(bench: Bench) -> None:
    """A resource, the image and the password change in mid-run: runs succeed, nothing restarts."""
    old, begun, restarts = bench.password(), time.time(), bench.restarts()
    for change in _all(bench.next_image):
        run, _ = bench.long_pipeline(f"change-{change.called}", change.work)
        bench.program.change(change.settings)
        bench.deploy(change.called)
        if bench.api.run(run.dag, run.id).over:
            raise CheckError(
                f"run {run.id} ended before {change.called} was deployed: give it more work"
            )
        ended = bench.runs.wait(run)
        lives = bench.watcher.of_run(run.dag, run.id)
        none_of(assertions.done_twice(lives), f"run {run.id}")
        bench.say(
            f"the run in flight, which outlasted that, succeeded, {ended.seconds:.0f} s,"
            f" {_tries(ended.tries)}"
        )
    bench.healthy()
    _passwords(bench, old)
    for words in _reported(bench, begun):
        bench.say(f"reported: {words}")
    none_of(assertions.restarted(bench.watcher.lives(), restarts), "containers were restarted")
    bench.say("no container was restarted")


def _all(image: Image) -> list[Change]:
    other = {"repository": image.repository, "tag": image.tag}
    memory = {"scheduler": {"resources": {"requests": {"memory": "800Mi"}}}}
    return [
        Change(called="scheduler-memory", settings=memory),
        Change(called="airflow-image", settings={"image": other}, work=_LONG),
        Change(called="admin-password", settings={"secrets": {"admin": {"rotation": 2}}}),
    ]


def _reported(bench: Bench, since: float) -> list[str]:
    """What Kubernetes said of probes: a pod that starts or ends is asked too early or too late."""
    return [
        f"{each['reason']} ({each.get('count') or 1}) of {each['involvedObject'].get('name', '')}:"
        f" {each.get('message', '').strip()[:120]}"
        for each in bench.events(since)
        if each.get("reason") in _TOLD
    ]


def _tries(tries: Sequence[Try]) -> str:
    most = max(each.number for each in tries)
    return "each task at the first try" if most == 1 else f"a task needed {most} tries"


def _passwords(bench: Bench, old: str) -> None:
    username, new = bench.settings().admin.username, bench.password()
    if new == old:
        raise CheckError("the rotation of the admin's password left it as it was")
    for called, password, wanted in (("old", old, _UNAUTHORIZED), ("new", new, _CREATED)):
        status = bench.api.log_in(username, password)
        if status != wanted:
            raise CheckError(
                f"a login with the {called} password was answered {status}, not {wanted}"
            )
    bench.say("the new password logs in (201), the old one does not (401)")
