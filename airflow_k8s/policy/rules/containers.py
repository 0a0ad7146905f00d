"""Rules for containers: requests, limits, and images."""

import json
from collections.abc import Iterator

from airflow_k8s.console.text import joined
from airflow_k8s.kube.images import image_name, is_in
from airflow_k8s.policy.rule import Finding, Scope, all_images, finding_for, rule
from airflow_k8s.rendering.manifests import Object
from airflow_k8s.stack.settings import names
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.policies import Policies


@rule(remedy="Set the resources in the stack, or in values if there is no setting for them.")
def container_resources(scope: Scope) -> Iterator[Finding]:
    """Every container requests CPU and memory and has a memory limit: the quota rejects others, and
    the scheduler needs the requests to place a pod."""
    for subject in scope.objects:
        for container in subject.pods.containers if subject.pods else ():
            missing = [
                f"no {name} request" for name in ("cpu", "memory") if name not in container.requests
            ]
            missing += [] if "memory" in container.limits else ["no memory limit"]
            if missing:
                yield finding_for(subject, f"container {container.name} has {joined(missing)}")


@rule(remedy="Add the tag of a version, or a digest, to the image.")
def image_pinned(scope: Scope) -> Iterator[Finding]:
    """Every image has a tag other than latest, or a digest, so that the same code runs tomorrow."""
    for subject, container, text in _images(scope):
        image = image_name(text)
        if not image.digest and image.tag in ("", "latest"):
            yield finding_for(subject, f"container {container} runs {text}")


@rule(remedy="Take the image from an allowed registry, or add its registry to policies.registries.")
def image_registry(scope: Scope) -> Iterator[Finding]:
    """Every image comes from a registry, or a folder of one, that the stack allows."""
    for subject, container, text in _images(scope):
        if not any(is_in(text, place) for place in _allowed(scope.settings)):
            registry = image_name(text).registry
            yield finding_for(subject, f"container {container} runs {text}, which is in {registry}")


def _allowed(settings: Settings) -> tuple[str, ...]:
    """The allowed registries. A mirror replaces the defaults, but not those that the stack sets."""
    if not settings.image.registry:
        return settings.policies.registries
    changed = settings.policies.registries != Policies().registries
    return (settings.image.registry, *(settings.policies.registries if changed else ()))


@rule(
    level="advisory",
    remedy="Append @sha256:… to the tag, with the digest from the registry: a tag can be moved.",
)
def image_digest(scope: Scope) -> Iterator[Finding]:
    """Every image has a digest."""
    for subject, _, text in _images(scope):
        if not image_name(text).digest:
            yield finding_for(subject, f"{text} has no digest")


@rule(needs_complete_stack=True, remedy="Append the digest to the tag of every image, or of none.")
def image_digest_everywhere(scope: Scope) -> Iterator[Finding]:
    """If one image of a stack has a digest, all of them have one."""
    every = list(_images(scope))
    if any(image_name(text).digest for _, _, text in every):
        for subject, _, text in every:
            if not image_name(text).digest:
                yield finding_for(subject, f"{text} has no digest, but other images have one")


def _images(scope: Scope) -> Iterator[tuple[Object, str, str]]:
    """Every image, including those that the example DAGs start in pods of their own."""
    yield from all_images(scope)
    for facts in scope.of_kind("ConfigMap"):
        if facts.name == names.DAG_FACTS:
            images = json.loads(facts.manifest["data"][names.DAG_FACTS_FILE])["images"]
            yield from ((facts, container, text) for container, text in images.items())
