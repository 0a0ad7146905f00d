"""The checks before anything is changed: a check prints one line, or raises UserError."""

import getpass
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pulumi.automation import StackNotFoundError

from airflow_k8s.commands.deploy import helm_history, prerequisites, pulumi_state
from airflow_k8s.commands.deploy.helm_history import Revision, revisions
from airflow_k8s.commands.deploy.pulumi_cli import Outcome, Pulumi, find_pulumi
from airflow_k8s.commands.deploy.pulumi_locks import locks
from airflow_k8s.commands.deploy.recovery import Names, recovery
from airflow_k8s.commands.deploy.session import Session
from airflow_k8s.commands.deploy.target import Target
from airflow_k8s.errors import UserError
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.toolchain.command import CommandError
from airflow_k8s.yaml_io import document

_PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
_BACKENDS = "https://www.pulumi.com/docs/iac/concepts/state-and-backends/"
_PROVIDERS = "awskms://…, gcpkms://…, azurekeyvault://…, hashivault://…"


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The stack in Pulumi's backend."""

    pulumi: Pulumi
    project: str
    url: str  # of the backend
    export: Mapping[str, Any]  # its state, as of the start of the command

    def locked_by(self, outcome: Outcome | None = None) -> str:
        """The processes that lock the stack, as a text; empty if none is known.

        A lock in a bucket shows only in the `outcome` of a command.
        """
        known = locks(self.url, self.project, self.pulumi.stack)
        if known:
            return ", ".join(map(str, known))
        return "an unknown process" if outcome and outcome.locked else ""


def is_production(settings: Settings) -> bool:
    """Whether a mistake in this stack is costly, so that a confirmation takes its name."""
    return settings.protect or settings.policies.production


def connect(session: Session, open_target: Callable[[], Target]) -> tuple[Stack, Target]:
    """Checks Pulumi, its backend, the stack and its secrets, then the cluster, in this order."""
    cli = find_pulumi()
    session.report("pulumi", str(cli.version))
    pulumi = Pulumi(
        cli=cli,
        folder=session.program,
        stack=session.stack,
        # The user's own kubeconfig stays: Pulumi stores its path in the state, and the program
        # names the context itself.
        variables={"PULUMI_SKIP_UPDATE_CHECK": "true"},
    )
    url, user = _backend(pulumi)
    session.report("backend", f"{pulumi_state.without_password(url)}, as {user}")
    pulumi, export, provider = _stack(session, pulumi, url)
    count = pulumi_state.count(export)
    session.report("stack", f"{session.stack}, {count} resources, secrets by {provider}")
    target = open_target()
    session.report("cluster", str(target))
    project = document((session.program / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
    return Stack(pulumi=pulumi, project=project, url=url, export=export), target


def _backend(pulumi: Pulumi) -> tuple[str, str]:
    try:
        found = pulumi.who_am_i()
    except CommandError as failed:
        raise UserError(
            f"Pulumi has no backend: {failed}\n`pulumi login s3://my-bucket` (gs://, azblob://),"
            f" `pulumi login --local` or `pulumi login` chooses one: {_BACKENDS}"
        ) from failed
    return str(found.url), found.user


def _stack(session: Session, pulumi: Pulumi, url: str) -> tuple[Pulumi, Mapping[str, Any], str]:
    """The stack with its state and the provider of its secrets."""
    try:
        export = pulumi.export()
    except StackNotFoundError as failed:
        raise UserError(
            f"{pulumi_state.without_password(url)} has no stack {session.stack}:"
            f" `pulumi stack init {session.stack} --secrets-provider passphrase` creates it"
            f" (or {_PROVIDERS})"
        ) from failed
    file = (session.program / f"Pulumi.{session.stack}.yaml").read_text(encoding="utf-8")
    provider = pulumi_state.secrets_provider(export, document(file) or {}, url)
    if not provider:
        raise UserError(
            f"nothing encrypts the secrets of {session.stack}: `pulumi stack"
            f" change-secrets-provider --stack {session.stack} passphrase` (or {_PROVIDERS})"
        )
    given = any(name in os.environ for name in _PASSPHRASES)
    if provider == "passphrase" and not given:
        pulumi = replace(pulumi, variables={**pulumi.variables, **_passphrase(session)})
    return pulumi, export, provider


def _passphrase(session: Session) -> Mapping[str, str]:
    """Prompts for the passphrase once; Pulumi itself would prompt at every command."""
    if not session.terminal:
        raise UserError(f"the stack's secrets need a passphrase: set {' or '.join(_PASSPHRASES)}")
    return {_PASSPHRASES[0]: getpass.getpass(f"  passphrase of the secrets of {session.stack}: ")}


def check_prerequisites(session: Session, target: Target) -> None:
    """Checks that the cluster has what the stack does not create itself."""
    found = prerequisites.inventory(target.cluster)
    missing = list(prerequisites.missing(found, target.settings))
    if missing:
        problem = f"{target.context} lacks what {session.stack} needs:"
        raise UserError("\n  - ".join([problem, *missing]))
    needs = ", ".join(prerequisites.requirements(target.settings))
    session.report("needs", f"{needs}: all present")


def check_no_update_is_pending(session: Session, stack: Stack, target: Target) -> None:
    """Checks that no update is running, and that none was killed that has to be cleared up."""
    history = release_history(target.cluster, target.settings.namespace)
    steps = recovery_steps(session, target, history, stack.locked_by())
    if steps:
        raise UserError(steps)
    last = history[-1] if history else None
    session.report("release", f"revision {last.number}, {last.status}" if last else "none yet")
    for operation in pulumi_state.interrupted_operations(stack.export, session.stack):
        session.warn(operation)


def release_history(cluster: Cluster, namespace: str) -> list[Revision]:
    """The revisions of the stack's release, the oldest first."""
    secrets = cluster.list(
        "v1", "Secret", namespace, labels=helm_history.SELECTOR, fields="type=helm.sh/release.v1"
    )
    return revisions(secrets, names.RELEASE)


def recovery_steps(
    session: Session,
    target: Target,
    history: Sequence[Revision],
    locked_by: str,
    *,
    then: str = "",
) -> str:
    """How to clear up after an update that was killed; empty if there is nothing to clear up."""
    in_commands = Names(
        stack=session.stack,
        context=target.context,
        namespace=target.settings.namespace,
        release=names.RELEASE,
    )
    then = then or session.command("up", "--refresh")
    return recovery(history, in_commands, locked_by=locked_by, then=then)
