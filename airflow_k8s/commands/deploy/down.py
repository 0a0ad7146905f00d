"""The command `down`: destroys a stack, but for the objects that it protects."""

from collections.abc import Sequence
from contextlib import ExitStack

from airflow_k8s.commands.deploy import preflight, pulumi_state
from airflow_k8s.commands.deploy.pulumi_cli import Outcome
from airflow_k8s.commands.deploy.pulumi_state import ProtectedObject
from airflow_k8s.commands.deploy.session import INTERRUPTED, STOPPING, Session
from airflow_k8s.commands.deploy.target import Target, open_target
from airflow_k8s.errors import UserError
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.stack_file import settings_in, stack_config


def down(session: Session) -> int:
    """Exit status: 0 the stack is down, 1 it is not, 130 interrupted.

    Raises UserError for what the user can fix.
    """
    session.require_confirmation()
    settings = settings_in(stack_config(session.program, session.stack), session.program)
    with ExitStack() as exits:
        session.heading(f"down {session.stack}")
        stack, target = preflight.connect(
            session, lambda: exits.enter_context(open_target(settings, session.note))
        )
        _check_lock(session, stack, target)
        if not pulumi_state.count(stack.export):
            session.note("the stack is already down")
            return 0
        _report_plan(session, pulumi_state.protected_objects(stack.export))
        session.confirm(
            f"this destroys {session.stack} in {target.context} ({target.server})",
            by_name=preflight.is_production(settings),
        )
        outcome = _destroy(session, stack)
        _check_lock(session, stack, target, outcome)
        if not outcome.succeeded:
            return INTERRUPTED if outcome.interrupted else 1
        session.heading(f"{session.stack} is down")
        _report_kept(session, pulumi_state.protected_objects(stack.pulumi.export()))
        for line in leftovers(settings, target.context):
            session.note(line)
        return 0


def _destroy(session: Session, stack: preflight.Stack) -> Outcome:
    session.heading("pulumi destroy")
    protected = pulumi_state.protects_anything(stack.export)
    return stack.pulumi.run(
        "destroy",
        "--yes",
        "--skip-preview",
        *(["--exclude-protected"] if protected else []),
        interrupted=lambda: session.warn(STOPPING),
    )


def _check_lock(
    session: Session, stack: preflight.Stack, target: Target, outcome: Outcome | None = None
) -> None:
    """Raises UserError if the state is locked. A pending release is no problem here: Helm
    uninstalls it too."""
    locked_by = stack.locked_by(outcome)
    if locked_by:
        again = session.command("down")
        raise UserError(preflight.recovery_steps(session, target, [], locked_by, then=again))


def _report_plan(session: Session, kept: Sequence[ProtectedObject]) -> None:
    if kept:
        session.report("keeps", ", ".join(map(str, kept)))
    else:
        session.report("keeps", "nothing: all data of the stack is deleted, the database too")


def _report_kept(session: Session, kept: Sequence[ProtectedObject]) -> None:
    if not kept:
        return
    session.report("kept", ", ".join(map(str, kept)))
    session.note(f"the next `{session.command('up')}` uses it again. To delete it with its data:")
    session.note(f"  pulumi state unprotect --all --yes --stack {session.stack}")
    session.note(f"  {session.command('down')}")


def leftovers(settings: Settings, context: str) -> list[str]:
    """What a destroy leaves in the cluster, as lines for the user, with the commands that remove
    it."""
    if settings.gpu.mode != "nodes":
        return []
    taint = f"{settings.gpu.taint.key}:{settings.gpu.taint.effect}-"
    nodes = " ".join(sorted(set(settings.gpu.nodes)))
    return [
        "the taint of the GPU nodes stays: deleting the patch would drop the taints of other"
        " managers too. This removes it:",
        f"  kubectl --context {context} taint nodes {nodes} {taint}",
    ]
