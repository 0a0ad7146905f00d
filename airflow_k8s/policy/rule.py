"""A rule, what it judges, and what it finds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_k8s.kube.containers import containers_of
from airflow_k8s.rendering.manifests import Object
from airflow_k8s.rendering.resources import RegisteredResource
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.policies import Level


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What is judged: a stack, or a part of it, as the engine comes to its resources one by one."""

    settings: Settings
    resources: Sequence[
        RegisteredResource
    ]  # as the program registers them, the Helm release among them
    objects: Sequence[Object]  # as Kubernetes gets them, those inside the release included

    def of_kind(self, *kinds: str) -> Iterator[Object]:
        """The objects of these kinds."""
        return (each for each in self.objects if each.kind in kinds)

    def pod_templates(self) -> Iterator[tuple[Object, Any]]:
        """The objects that have a pod template, and the template. Not those whose pods an operator
        makes: it is its business what they look like."""
        return ((o, o.pods.template) for o in self.objects if o.pods and o.pods.template)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that a rule does not allow."""

    subject: str  # kind and name, such as Deployment/airflow-scheduler
    message: str


Judge = Callable[[Scope], Iterator[Finding]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What every stack is held to, or every production stack."""

    name: str
    description: str
    remedy: str  # one sentence: what to do about it
    level: Level
    judge: Judge
    needs_complete_stack: (
        bool  # it takes the whole stack to tell: a part would look wrong, or right
    )
    production_only: bool  # off in a stack that is not for production


def rule(
    *,
    remedy: str,
    level: Level = "mandatory",
    needs_complete_stack: bool = False,
    production_only: bool = False,
) -> Callable[[Judge], Rule]:
    """Makes a rule of a function: its name in the words of the command line, its docstring as the
    description."""

    def made(judge: Judge) -> Rule:
        return Rule(
            name=judge.__name__.replace("_", "-"),
            description=" ".join((judge.__doc__ or "").split()),
            remedy=remedy,
            level=level,
            judge=judge,
            needs_complete_stack=needs_complete_stack,
            production_only=production_only,
        )

    return made


def finding_for(subject: Object | RegisteredResource, message: str) -> Finding:
    """A finding of an object, or of a resource that is none to Kubernetes, such as a release."""
    if isinstance(subject, RegisteredResource):
        return Finding(subject=f"{subject.type.split(':')[-1]}/{subject.name}", message=message)
    return Finding(subject=subject.qualified_name, message=message)


UNKNOWN = "(known after the update)"
"""Stands for what a preview by the engine can't know, such as a generated password."""


def has_key(secret: Object, key: str) -> bool:
    """Whether a Secret has a key, or may have: a preview by the engine knows none of a new one."""
    held = [secret.manifest.get(field) or {} for field in ("stringData", "data")]
    return UNKNOWN in held or any(key in each for each in held)


def all_containers(scope: Scope) -> Iterator[tuple[Object, Any]]:
    """Every container of every pod template, with the object that it belongs to."""
    for subject, template in scope.pod_templates():
        yield from ((subject, container) for container in containers_of(template["spec"]))


def all_images(scope: Scope) -> Iterator[tuple[Object, str, str]]:
    """Every image: whose, the container's name, and the image as it is written."""
    for subject in scope.objects:
        for container in subject.pods.containers if subject.pods else ():
            yield subject, container.name, container.image
