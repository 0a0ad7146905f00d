"""The types of the policy rules, and helpers that several rules use."""

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
    """What a rule checks: a complete stack, or one resource of it.

    Pulumi's engine passes the resources one by one.
    """

    settings: Settings
    resources: Sequence[RegisteredResource]  # as the program registers them, with the Helm release
    objects: Sequence[Object]  # the Kubernetes objects, including those of the Helm release

    def of_kind(self, *kinds: str) -> Iterator[Object]:
        """The objects of these kinds."""
        return (item for item in self.objects if item.kind in kinds)

    def pod_templates(self) -> Iterator[tuple[Object, Any]]:
        """The objects that have a pod template, with the template.

        An object whose pods an operator creates has no pod template.
        """
        return ((o, o.pods.template) for o in self.objects if o.pods and o.pods.template)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A violation of a rule by one object or setting."""

    subject: str  # kind and name, such as Deployment/airflow-scheduler
    message: str


Judge = Callable[[Scope], Iterator[Finding]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A requirement for every stack, or for every production stack."""

    name: str
    description: str
    remedy: str  # how to fix a finding, in one sentence
    level: Level
    judge: Judge
    needs_complete_stack: bool  # its result for a single resource would be wrong
    production_only: bool  # it is off in a stack that is not for production


def rule(
    *,
    remedy: str,
    level: Level = "mandatory",
    needs_complete_stack: bool = False,
    production_only: bool = False,
) -> Callable[[Judge], Rule]:
    """A decorator that creates a rule from a function.

    The name of the function becomes the name of the rule, and its docstring the description.
    """

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
    """A finding about an object, or about a resource that is no Kubernetes object, as a release."""
    if isinstance(subject, RegisteredResource):
        return Finding(subject=f"{subject.type.split(':')[-1]}/{subject.name}", message=message)
    return Finding(subject=subject.qualified_name, message=message)


UNKNOWN = "(known after the update)"
"""Replaces values that are unknown in a preview, such as a generated password."""


def has_key(secret: Object, key: str) -> bool:
    """Whether a Secret has the key, or may have it: a preview lacks the keys of a new Secret."""
    contents = [secret.manifest.get(field) or {} for field in ("stringData", "data")]
    return UNKNOWN in contents or any(key in content for content in contents)


def all_containers(scope: Scope) -> Iterator[tuple[Object, Any]]:
    """The containers of all pod templates, with the object that contains the template."""
    for subject, template in scope.pod_templates():
        yield from ((subject, container) for container in containers_of(template["spec"]))


def all_images(scope: Scope) -> Iterator[tuple[Object, str, str]]:
    """All images: the object, the name of the container, and the image as it is written."""
    for subject in scope.objects:
        for container in subject.pods.containers if subject.pods else ():
            yield subject, container.name, container.image
