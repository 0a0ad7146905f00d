"""What is looked at before anything is changed: each thing told in one line, or one UserError."""

import getpass
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from airflow_k8s.commands.deploy import helm_history, prerequisites, pulumi_state
from airflow_k8s.commands.deploy.helm_history import Revision, revisions
from airflow_k8s.commands.deploy.pulumi_cli import Ended, Pulumi, find_pulumi, lock_files
from airflow_k8s.commands.deploy.session import Terms
from airflow_k8s.commands.deploy.target import Target
from airflow_k8s.errors import UserError
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.toolchain.command import CommandError
from airflow_k8s.yaml_io import document

_PASSPHRASES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
_BACKENDS = "https://www.pulumi.com/docs/iac/concepts/state-and-backends/"


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The stack in Pulumi's backend."""

    pulumi: Pulumi
    project: str
    url: str  # of the backend
    export: Mapping[str, Any]

    def again(self) -> Mapping[str, Any]:
        """Its state as it is now."""
        return self.pulumi.of_stack("stack", "export")

    def locks(self, ended: Ended | None = None) -> str:
        """Who holds it, in words; empty where nobody does. Of a state in a bucket only Pulumi can
        tell, by how a command `ended`."""
        known = pulumi_state.locked(lock_files(self.url, self.project, self.pulumi.stack))
        return known or ("somebody" if ended and ended.locked else "")


def is_production(s: Settings) -> bool:
    """Whether a mistake would cost more than a moment."""
    return s.protect or s.policies.production


def stack(terms: Terms, target: Callable[[], Target]) -> tuple[Stack, Target]:
    """Pulumi, its backend, the stack and its secrets, then the cluster, in this order."""
    program, version = find_pulumi()
    terms.notify("pulumi", version)
    found = Pulumi(
        program=program,
        folder=terms.program,
        stack=terms.stack,
        environment={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
    )
    url, user = _backend(found)
    terms.notify("backend", f"{pulumi_state.without_password(url)}, as {user}")
    found, export, provider = _stack(terms, found, url)
    count = pulumi_state.count(export)
    terms.notify("stack", f"{terms.stack}, {count} resources, secrets by {provider}")
    there = target()
    terms.notify("cluster", str(there))
    return (
        Stack(
            # With the user's own kubeconfig, whose path Pulumi keeps in the state: the program
            # names the context itself.
            pulumi=found,
            project=document((terms.program / "Pulumi.yaml").read_text(encoding="utf-8"))["name"],
            url=url,
            export=export,
        ),
        there,
    )


def _backend(pulumi: Pulumi) -> tuple[str, str]:
    try:
        told = pulumi.ask_json("whoami", "--json")
    except CommandError as failed:
        raise UserError(
            f"Pulumi has no backend: {failed}\n`pulumi login s3://my-bucket` (gs://, azblob://),"
            f" `pulumi login --local` or `pulumi login` chooses one: {_BACKENDS}"
        ) from failed
    return str(told["url"]), str(told["user"])


def _stack(terms: Terms, pulumi: Pulumi, url: str) -> tuple[Pulumi, Mapping[str, Any], str]:
    try:
        export = pulumi.of_stack("stack", "export")
    except CommandError as failed:
        if "no stack named" not in str(failed):
            raise
        raise UserError(
            f"there is no stack {terms.stack} in {pulumi_state.without_password(url)}:"
            f" `pulumi stack init {terms.stack} --secrets-provider passphrase` makes it"
            " (or awskms://…, gcpkms://…, azurekeyvault://…, hashivault://…)"
        ) from failed
    file = (terms.program / f"Pulumi.{terms.stack}.yaml").read_text(encoding="utf-8")
    provider = pulumi_state.secrets_provider(export, document(file) or {}, url)
    if not provider:
        raise UserError(
            f"nothing encrypts the secrets of {terms.stack}: `pulumi stack change-secrets-provider"
            f" --stack {terms.stack} passphrase` (or awskms://…, gcpkms://…, azurekeyvault://…,"
            " hashivault://…)"
        )
    if provider == "passphrase" and not any(name in pulumi.environment for name in _PASSPHRASES):
        pulumi = replace(pulumi, environment={**pulumi.environment, **_passphrase(terms)})
    return pulumi, export, provider


def _passphrase(terms: Terms) -> Mapping[str, str]:
    """Asked for once, where Pulumi would ask at each of its commands."""
    if not terms.terminal:
        raise UserError(f"the stack's secrets need a passphrase: set {' or '.join(_PASSPHRASES)}")
    return {_PASSPHRASES[0]: getpass.getpass(f"  passphrase of the secrets of {terms.stack}: ")}


def needs(terms: Terms, there: Target) -> None:
    """That the cluster has what the stack does not make itself."""
    lacks = list(prerequisites.missing(prerequisites.offer(there.cluster), there.settings))
    if lacks:
        raise UserError("\n  - ".join([f"{there.context} lacks what {terms.stack} needs:", *lacks]))
    terms.notify("needs", f"{prerequisites.told(there.settings)}: all there")


def free(terms: Terms, found: Stack, there: Target) -> None:
    """That no update is under way, and none that was killed left its mark."""
    history = release(there.cluster, there.settings.namespace)
    mend = way_out(terms.stack, there, history, found.locks())
    if mend:
        raise UserError(mend)
    last = history[-1] if history else None
    terms.notify("release", f"revision {last.number}, {last.status}" if last else "none yet")
    for words in pulumi_state.interrupted(found.export, terms.stack):
        terms.warn(words)


def release(cluster: Cluster, namespace: str) -> list[Revision]:
    """The revisions of the stack's release."""
    secrets = cluster.list(
        "v1", "Secret", namespace, labels=helm_history.SELECTOR, fields="type=helm.sh/release.v1"
    )
    return revisions(secrets, names.RELEASE)


def way_out(
    stack: str, there: Target, history: Sequence[Revision], locked_by: str, *, then: str = ""
) -> str:
    """How to mend what an update left in the middle; empty where there is nothing to mend."""
    return helm_history.way_out(
        history,
        release=names.RELEASE,
        namespace=there.settings.namespace,
        context=there.context,
        stack=stack,
        then=then or f"make up STACK={stack} ARGS=--refresh",
        locked_by=locked_by,
    )
