"""`make up`: a stack brought up, and watched until Airflow is healthy."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pulumi

from airflow_k8s.commands.deploy import health, preflight, pulumi_state
from airflow_k8s.commands.deploy.pulumi_cli import Ended
from airflow_k8s.commands.deploy.session import ENDING, INTERRUPTED, Terms
from airflow_k8s.commands.deploy.target import Target, target
from airflow_k8s.commands.deploy.watch import Place, watching
from airflow_k8s.commands.diff.difference import compare_revisions
from airflow_k8s.commands.diff.revisions import RenderOptions
from airflow_k8s.commands.diff.terminal import lines
from airflow_k8s.errors import UserError
from airflow_k8s.kube.cluster import ApiError, UnreachableError
from airflow_k8s.rendering.rendered_stack import render
from airflow_k8s.rendering.tree import summary
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.stack_file import settings_in, stack_config

POLICIES = "policies"
_HEALTHY = 300.0  # seconds that Airflow may take after Helm found its pods ready


def up(terms: Terms, *, refresh: bool, policies: bool, diff: bool) -> int:
    """Exit status: 0 Airflow is healthy, 1 it is not, 130 interrupted. Raises UserError for what a
    person can mend, before anything was changed or after."""
    terms.can_confirm()
    settings = settings_in(stack_config(terms.program, terms.stack), terms.program)
    with ExitStack() as stack:
        terms.title(f"up {terms.stack}")
        found, there = preflight.stack(
            terms, lambda: stack.enter_context(target(settings, terms.note))
        )
        preflight.needs(terms, there)
        preflight.free(terms, found, there)
        last = pulumi_state.deployed(found.pulumi.of_stack("stack", "history", "--json"))
        terms.notify("deployed", pulumi_state.told(last))
        if diff:
            _show_diff(terms, last)

        options = ["--refresh"] if refresh else []
        # The update that follows is of the same values: judged once is enough.
        judged = ["--policy-pack", POLICIES] if policies else []
        terms.title("pulumi preview")
        ended = found.pulumi.go(
            "preview", *options, *judged, interrupted=lambda: terms.warn("interrupted")
        )
        if not ended.well:
            terms.warn("nothing was changed")
            return INTERRUPTED if ended.interrupted else 1
        terms.confirm(
            f"this changes {terms.stack} in {there.context} ({there.server})",
            by_name=preflight.is_production(settings),
        )
        ended = _change(terms, found, there, options)
        if not ended.well:
            return INTERRUPTED if ended.interrupted else 1
        _tell_way_in(terms, found, there)
        return 0


def _change(terms: Terms, found: preflight.Stack, there: Target, options: Sequence[str]) -> Ended:
    """Runs the update and waits for Airflow, while a watcher tells what is in the way."""
    terms.title("pulumi up")
    place = Place(context=there.context, namespace=there.settings.namespace)
    with watching(there.cluster, place, tell=terms.warn, note=terms.note) as watch:
        begun = time.monotonic()
        ended = found.pulumi.go(
            "up", "--yes", "--skip-preview", *options, interrupted=lambda: terms.warn(ENDING)
        )
        if ended.well:
            terms.notify("up", f"in {time.monotonic() - begun:.0f} s")
            _wait(terms, there)
    if not ended.well:
        wrong = [place.words(each) for each in watch.troubles]
        _explain(terms, found, there, wrong, ended)
    return ended


def _show_diff(terms: Terms, last: pulumi_state.Deployed | None) -> None:
    """What this changes, by the renderer, which looks into the release and the task pod as
    Pulumi's preview does not."""
    if last is None or not last.revision:
        terms.title("what this makes" if last is None else "what there will be")
        platform = render(terms.program, terms.stack, notify=terms.note)
        for line in kinds([each.kind for each in platform.objects]):
            terms.out.print(f"  {line}")
        for line in summary(platform):
            terms.out.print("  ", line, sep="")
        return
    terms.title(f"what this changes since {last.revision[:12]}")
    try:
        rendering = RenderOptions(notify=terms.note)
        difference = compare_revisions(terms.program, terms.stack, last.revision, rendering)
    except (UserError, pulumi.RunError) as problem:
        # A revision that nobody pushed, say. The preview still tells something.
        terms.warn(f"no diff: {problem}")
        return
    for line in lines(difference):
        terms.out.print(line)


def kinds(of: list[str]) -> Iterator[str]:
    """How many objects of each kind, in a line or two of words."""
    counted = {kind: of.count(kind) for kind in sorted(set(of))}
    yield ", ".join(f"{count} {kind}" for kind, count in counted.items())


def _wait(terms: Terms, there: Target) -> None:
    terms.title("Airflow")
    with health.airflow(there, patience=_HEALTHY) as api:
        begun = time.monotonic()
        health.wait(api, seconds=_HEALTHY, notify=lambda words: terms.notify("health", words))
        terms.notify(
            "health", f"{', '.join(health.PARTS)}: healthy ({time.monotonic() - begun:.0f} s)"
        )


def _explain(
    terms: Terms, found: preflight.Stack, there: Target, wrong: Sequence[str], ended: Ended
) -> None:
    """What to look at after an update that failed."""
    terms.title("what to look at")
    for line in wrong:
        terms.warn(line)
    try:
        history = preflight.release(there.cluster, there.settings.namespace)
    except (ApiError, UnreachableError) as error:
        terms.warn(f"the cluster does not answer: {error}")
        return
    mend = preflight.way_out(terms.stack, there, history, found.locks(ended))
    if mend:
        terms.warn(mend)
    if not wrong and not mend:
        terms.note("nothing is wrong in the cluster: what Pulumi said above is all")
    terms.note(f"mend it and go again; `make status STACK={terms.stack}` looks at it meanwhile")


def _tell_way_in(terms: Terms, found: preflight.Stack, there: Target) -> None:
    """Where the UI is, and where the password is: never the password."""
    outputs = found.pulumi.of_stack("stack", "output", "--json")
    s = there.settings
    password = names.admin_password(s.secrets)
    terms.title(f"{terms.stack} is up")
    terms.notify("UI", str(outputs["ui"]))
    terms.notify("user", s.admin.username)
    terms.notify(
        "password",
        f"kubectl --context {there.context} -n {s.namespace} get secret {password.secret}"
        f" -o jsonpath='{{.data.{password.key}}}' | base64 -d",
    )
