"""The images of a platform, to be mirrored before it is brought up."""

import json

from airflow_k8s.kube.images import mirrored
from airflow_k8s.rendering.rendered_stack import RenderedStack
from airflow_k8s.stack.settings import names


def images(platform: RenderedStack) -> list[str]:
    """Every image that the stack's pods pull, once: what always runs, Jobs, the worker pod, the
    operator's database, and what the example pipeline starts. As each is written, in order."""
    running = [
        container.image
        for each in platform.objects
        if each.pods
        for container in each.pods.containers
    ]
    for each in platform.objects:
        if (each.kind, each.name) == ("ConfigMap", names.DAG_FACTS):
            running += json.loads(each.manifest["data"][names.DAG_FACTS_FILE])["images"].values()
    return sorted(set(running))


def lines(platform: RenderedStack, mirror: str) -> list[str]:
    """One image a line; with a mirror, behind a space what it is called there."""
    if not mirror:
        return images(platform)
    return [f"{image} {mirrored(image, mirror)}" for image in images(platform)]
