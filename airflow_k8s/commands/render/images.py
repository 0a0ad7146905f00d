"""The images of a stack, for a registry that mirrors them."""

import json

from airflow_k8s.kube.images import mirrored
from airflow_k8s.rendering.rendered_stack import RenderedStack
from airflow_k8s.stack.settings import names


def images(rendered: RenderedStack) -> list[str]:
    """All images that the stack's pods pull, sorted and without duplicates.

    They include the images of Jobs, of the worker pod, of the database that an operator runs, and
    of the pods that the example pipeline starts.
    """
    found = [
        container.image
        for item in rendered.objects
        if item.pods
        for container in item.pods.containers
    ]
    for item in rendered.objects:
        if (item.kind, item.name) == ("ConfigMap", names.DAG_FACTS):
            found += json.loads(item.manifest["data"][names.DAG_FACTS_FILE])["images"].values()
    return sorted(set(found))


def lines(rendered: RenderedStack, mirror: str) -> list[str]:
    """One image per line. With a mirror, a space and the image's name in the mirror follow."""
    if not mirror:
        return images(rendered)
    return [f"{image} {mirrored(image, mirror)}" for image in images(rendered)]
