"""The command `up`: deploys a stack, and waits until Airflow is healthy."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack

import pulumi

from airflow_k8s.commands.deploy import health, preflight, pulumi_state
from airflow_k8s.commands.deploy.pulumi_cli import Outcome
from airflow_k8s.commands.deploy.session import INTERRUPTED, STOPPING, Session
from airflow_k8s.commands.deploy.target import Target, open_target
from airflow_k8s.commands.deploy.watch import Place, watching
from airflow_k8s.commands.diff.difference import compare_revisions
from airflow_k8s.commands.diff.revisions import RenderOptions
from airflow_k8s.commands.diff.terminal import lines
from airflow_k8s.errors import UserError
from airflow_k8s.kube.cluster import ApiError, UnreachableError
from airflow_k8s.rendering.rendered_stack import render
from airflow_k8s.rendering.tree import summary
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.stack_file import settings_in, stack_config

POLICIES = "policies"
_HEALTH_TIMEOUT = 300.0  # seconds that Airflow may take after Helm found its pods ready


def up(session: Session, *, refresh: bool, policies: bool, diff: bool) -> int:
    """Exit status: 0 Airflow is healthy, 1 it is not, 130 interrupted.

    Raises UserError for what the user can fix, before anything was changed or after.
    """
    session.require_confirmation()
    settings = settings_in(stack_config(session.program, session.stack), session.program)
    with ExitStack() as exits:
        stack, target = _check(session, settings, exits)
        last = pulumi_state.deployed(stack.pulumi.history())
        session.report("deployed", pulumi_state.describe(last))
        if diff:
            _show_diff(session, last)
        options = ["--refresh"] if refresh else []
        outcome = _preview(session, stack, options, policies=policies)
        if outcome.succeeded:
            session.confirm(
                f"this changes {session.stack} in {target.context} ({target.server})",
                by_name=preflight.is_production(settings),
            )
            outcome = _update(session, stack, target, options)
        if not outcome.succeeded:
            return INTERRUPTED if outcome.interrupted else 1
        _report_login(session, stack, target)
        return 0


def _check(
    session: Session, settings: Settings, exits: ExitStack
) -> tuple[preflight.Stack, Target]:
    session.heading(f"up {session.stack}")
    stack, target = preflight.connect(
        session, lambda: exits.enter_context(open_target(settings, session.note))
    )
    preflight.check_prerequisites(session, target)
    preflight.check_no_update_is_pending(session, stack, target)
    return stack, target


def _preview(
    session: Session, stack: preflight.Stack, options: Sequence[str], *, policies: bool
) -> Outcome:
    # The update that follows has the same values: one check by the policies is enough.
    pack = ["--policy-pack", POLICIES] if policies else []
    session.heading("pulumi preview")
    outcome = stack.pulumi.run(
        "preview", *options, *pack, interrupted=lambda: session.warn("interrupted")
    )
    if not outcome.succeeded:
        session.warn("nothing was changed")
    return outcome


def _update(
    session: Session, stack: preflight.Stack, target: Target, options: Sequence[str]
) -> Outcome:
    """Runs the update and waits for Airflow, while a thread reports troubles in the cluster."""
    session.heading("pulumi up")
    place = Place(context=target.context, namespace=target.settings.namespace)
    with watching(target.cluster, place, warn=session.warn, note=session.note) as watch:
        start = time.monotonic()
        outcome = stack.pulumi.run(
            *("up", "--yes", "--skip-preview", *options),
            interrupted=lambda: session.warn(STOPPING),
        )
        if outcome.succeeded:
            session.report("up", f"in {time.monotonic() - start:.0f} s")
            _wait_for_airflow(session, target)
    if not outcome.succeeded:
        problems = [place.describe(trouble) for trouble in watch.troubles]
        _explain(session, stack, target, problems, outcome)
    return outcome


def _show_diff(session: Session, last: pulumi_state.Deployed | None) -> None:
    """What the update changes, by the renderer: Pulumi's preview shows neither the objects of the
    release nor the task pods."""
    if last is None or not last.revision:
        session.heading("what this creates" if last is None else "what the stack will contain")
        rendered = render(session.program, session.stack, notify=session.note)
        session.out.print(f"  {kind_counts([found.kind for found in rendered.objects])}")
        for line in summary(rendered):
            session.out.print("  ", line, sep="")
        return
    session.heading(f"what this changes since {last.revision[:12]}")
    try:
        options = RenderOptions(notify=session.note)
        difference = compare_revisions(session.program, session.stack, last.revision, options)
    except (UserError, pulumi.RunError) as problem:
        # For example a revision that was never pushed. The preview still shows the resources.
        session.warn(f"no diff: {problem}")
        return
    for line in lines(difference):
        session.out.print(line)


def kind_counts(kinds: Sequence[str]) -> str:
    """How many objects of each kind there are, such as "2 Deployment, 1 Service"."""
    counts = Counter(kinds)
    return ", ".join(f"{counts[kind]} {kind}" for kind in sorted(counts))


def _wait_for_airflow(session: Session, target: Target) -> None:
    session.heading("Airflow")
    with health.airflow(target, patience=_HEALTH_TIMEOUT) as api:
        start = time.monotonic()
        health.wait(
            api, seconds=_HEALTH_TIMEOUT, notify=lambda message: session.report("health", message)
        )
        parts, seconds = ", ".join(health.PARTS), time.monotonic() - start
        session.report("health", f"{parts}: healthy ({seconds:.0f} s)")


def _explain(
    session: Session,
    stack: preflight.Stack,
    target: Target,
    problems: Sequence[str],
    outcome: Outcome,
) -> None:
    """Prints the likely causes of an update that failed."""
    session.heading("what failed")
    for line in problems:
        session.warn(line)
    try:
        history = preflight.release_history(target.cluster, target.settings.namespace)
    except (ApiError, UnreachableError) as error:
        session.warn(f"the cluster does not answer: {error}")
        return
    steps = preflight.recovery_steps(session, target, history, stack.locked_by(outcome))
    if steps:
        session.warn(steps)
    if not problems and not steps:
        session.note("the cluster reports no trouble: see Pulumi's own messages above")
    session.note(f"fix it and run it again; `{session.command('status')}` shows the current state")


def _report_login(session: Session, stack: preflight.Stack, target: Target) -> None:
    """Prints the address of the UI and the command that prints the password, never the password."""
    outputs = stack.pulumi.outputs()
    settings = target.settings
    password = names.admin_password(settings.secrets)
    session.heading(f"{session.stack} is up")
    session.report("UI", str(outputs["ui"]))
    session.report("user", settings.admin.username)
    session.report(
        "password",
        f"kubectl --context {target.context} -n {settings.namespace} get secret {password.secret}"
        f" -o jsonpath='{{.data.{password.key}}}' | base64 -d",
    )
