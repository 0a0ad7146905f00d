"""`make down`: a stack taken down, but for what it protects."""

from contextlib import ExitStack

from airflow_k8s.commands.deploy import preflight, pulumi_state
from airflow_k8s.commands.deploy.session import ENDING, INTERRUPTED, Terms
from airflow_k8s.commands.deploy.target import Target, target
from airflow_k8s.errors import UserError
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.stack_file import settings_in, stack_config


def down(terms: Terms) -> int:
    """Exit status: 0 it is down, 1 it is not, 130 interrupted."""
    terms.can_confirm()
    settings = settings_in(stack_config(terms.program, terms.stack), terms.program)
    with ExitStack() as stack:
        terms.title(f"down {terms.stack}")
        found, there = preflight.stack(
            terms, lambda: stack.enter_context(target(settings, terms.note))
        )
        _not_locked(found.locks(), terms, there)
        if not pulumi_state.count(found.export):
            terms.note("nothing is there to take down")
            return 0
        kept = pulumi_state.kept(found.export)
        protects = pulumi_state.protects(found.export)
        _tell_plan(terms, kept)
        terms.confirm(
            f"this takes {terms.stack} down in {there.context} ({there.server})",
            by_name=preflight.is_production(settings),
        )
        terms.title("pulumi destroy")
        ended = found.pulumi.go(
            "destroy",
            "--yes",
            "--skip-preview",
            *(["--exclude-protected"] if protects else []),
            interrupted=lambda: terms.warn(ENDING),
        )
        _not_locked(found.locks(ended), terms, there)
        if not ended.well:
            return INTERRUPTED if ended.interrupted else 1
        terms.title(f"{terms.stack} is down")
        _tell_kept(terms, pulumi_state.kept(found.again()))
        for line in left(settings, there.context):
            terms.note(line)
        return 0


def _not_locked(by: str, terms: Terms, there: Target) -> None:
    """A release that is pending does not matter here: Helm uninstalls it too."""
    if by:
        then = f"make down STACK={terms.stack}"
        raise UserError(preflight.way_out(terms.stack, there, [], by, then=then))


def _tell_plan(terms: Terms, kept: list[pulumi_state.Kept]) -> None:
    if kept:
        terms.notify("keeps", ", ".join(map(str, kept)))
    else:
        terms.notify("keeps", "nothing: all data of the stack goes, the database's too")


def _tell_kept(terms: Terms, kept: list[pulumi_state.Kept]) -> None:
    if not kept:
        return
    terms.notify("kept", ", ".join(map(str, kept)))
    terms.note(
        f"the next `make up STACK={terms.stack}` finds it. To delete that too, data and all:"
    )
    terms.note(f"  pulumi state unprotect --all --yes --stack {terms.stack}")
    terms.note(f"  make down STACK={terms.stack}")


def left(s: Settings, context: str) -> list[str]:
    """What a destroy leaves in the cluster, with the commands that take it away."""
    if s.gpu.mode != "nodes":
        return []
    taint = f"{s.gpu.taint.key}:{s.gpu.taint.effect}-"
    nodes = " ".join(sorted(set(s.gpu.nodes)))
    return [
        "the taint of the GPU nodes stays, since letting go of it would drop those of others:",
        f"  kubectl --context {context} taint nodes {nodes} {taint}",
    ]
