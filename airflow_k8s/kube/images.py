"""Names of images: their parts as a container runtime reads them, and where a mirror has them.

https://pkg.go.dev/github.com/distribution/reference
"""

import re
from dataclasses import dataclass

DOCKER_HUB = "docker.io"
_REGISTRY = re.compile(r"localhost|.*[.:].*")


@dataclass(frozen=True, kw_only=True)
class ImageName:
    """An image's name in its parts."""

    registry: str
    repository: str
    tag: str
    digest: str


def image_name(text: str) -> ImageName:
    """As a container runtime reads it: what names no registry is Docker Hub's."""
    rest, _, digest = text.partition("@")
    head, slash, tail = rest.partition("/")
    registry, path = (head, tail) if slash and _REGISTRY.fullmatch(head) else (DOCKER_HUB, rest)
    repository, _, tag = path.partition(":")
    if registry == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    return ImageName(registry=registry, repository=repository, tag=tag, digest=digest)


def is_in(text: str, place: str) -> bool:
    """Whether the image is in that registry, or in that folder of one."""
    image = image_name(text)
    return f"{image.registry}/{image.repository}/".startswith(f"{place.rstrip('/')}/")


def mirrored(text: str, mirror: str) -> str:
    """The image's name in a mirror: its registry gives way to the mirror's host and folder, what is
    behind it stays (postgres:17 is library/postgres:17). What is in the mirror, or where there is
    none, is as it was."""
    if not mirror or is_in(text, mirror):
        return text
    image = image_name(text)
    tag = f":{image.tag}" if image.tag else ""
    digest = f"@{image.digest}" if image.digest else ""
    return f"{mirror}/{image.repository}{tag}{digest}"
