"""Image references: their parts as a container runtime reads them, and their place in a mirror.

https://pkg.go.dev/github.com/distribution/reference
"""

import re
from dataclasses import dataclass

DOCKER_HUB = "docker.io"
_REGISTRY = re.compile(r"localhost|.*[.:].*")


@dataclass(frozen=True, kw_only=True)
class ImageName:
    """The parts of an image reference."""

    registry: str  # with its port, such as registry.example:5000
    repository: str
    tag: str  # empty if the reference has none
    digest: str  # such as sha256:0123…; empty if the reference has none


def image_name(text: str) -> ImageName:
    """Parses an image reference. One without a registry is an image of Docker Hub."""
    rest, _, digest = text.partition("@")
    head, slash, tail = rest.partition("/")
    registry, path = (head, tail) if slash and _REGISTRY.fullmatch(head) else (DOCKER_HUB, rest)
    repository, _, tag = path.partition(":")
    if registry == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    return ImageName(registry=registry, repository=repository, tag=tag, digest=digest)


def is_in(text: str, place: str) -> bool:
    """Whether an image is in a place: a registry, or a folder of one such as ghcr.io/my-org."""
    image = image_name(text)
    return f"{image.registry}/{image.repository}/".startswith(f"{place.rstrip('/')}/")


def mirrored(text: str, mirror: str) -> str:
    """The reference of an image in a mirror such as registry.example/mirror.

    The mirror takes the place of the registry: postgres:17 is library/postgres:17 there. The
    reference stays unchanged if there is no mirror, or if the image is in the mirror already.
    """
    if not mirror or is_in(text, mirror):
        return text
    image = image_name(text)
    tag = f":{image.tag}" if image.tag else ""
    digest = f"@{image.digest}" if image.digest else ""
    return f"{mirror}/{image.repository}{tag}{digest}"
