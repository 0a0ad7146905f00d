"""How to clear up after an update that was killed."""

from collections.abc import Sequence
from dataclasses import dataclass

from airflow_k8s.commands.deploy.helm_history import Revision, last_deployed


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names in the commands that clear up."""

    stack: str
    context: str  # of the kubeconfig
    namespace: str
    release: str


def recovery(
    history: Sequence[Revision], names: Names, *, locked_by: str = "", then: str = ""
) -> str:
    """What an update left behind, and the commands that clear it up; empty if it left nothing.

    An update leaves a release whose last revision is pending, or a state that is locked: by
    `locked_by`, empty if no process is known to lock it. `then` is the command to run afterwards.
    """
    problems: list[str] = []
    commands: list[str] = []
    if locked_by:
        problems.append(f"the state of {names.stack} is locked by {locked_by}")
        commands.append(f"pulumi cancel --yes --stack {names.stack}")
    if history and history[-1].is_pending:
        last = history[-1]
        problems.append(
            f"release {names.release} in {names.namespace} is {last.status}"
            f" (revision {last.number})"
        )
        commands += _release_commands(history, names)
    if not problems:
        return ""
    return "\n".join(
        [
            f"{' and '.join(problems)}: an update is running, or was killed. If none is running:",
            *(f"  {command}" for command in [*commands, then]),
        ]
    )


def _release_commands(history: Sequence[Revision], names: Names) -> list[str]:
    """Helm refuses to change a pending release: another operation is in progress.

    Its rollback without a number goes back by one revision, which may be one that failed.
    """
    helm = f"helm --kube-context {names.context} --namespace {names.namespace}"
    target = last_deployed(history)
    if target:
        return [
            f"{helm} rollback {names.release} {target.number}"
            "      # the last revision that was deployed"
        ]
    # All data is outside of the release, so nothing is lost. Pulumi's state still contains that the
    # release is being created.
    return [
        f"{helm} uninstall {names.release}      # none of its revisions was ever deployed",
        f"pulumi refresh --clear-pending-creates --yes --stack {names.stack}",
    ]
