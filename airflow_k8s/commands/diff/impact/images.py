"""Images that are added, replaced or removed, and the pods that use them."""

from collections.abc import Iterator, Sequence

from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind
from airflow_k8s.rendering.manifests import Object

_MAX_NAMED = 3  # users of an image that are named one by one


def image_consequences(before: Sequence[Object], after: Sequence[Object]) -> Iterator[Consequence]:
    """A consequence for each change of an image, with the containers that it concerns.

    A container that only one revision has is left out if the other revision uses its image too.
    """
    old_images, new_images = _by_container(before), _by_container(after)
    users: dict[tuple[str, str], list[str]] = {}  # by the old and the new image
    for container in dict.fromkeys([*old_images, *new_images]):
        old, new = old_images.get(container, ""), new_images.get(container, "")
        if old != new:
            users.setdefault((old, new), []).append(container[0])
    used_before, used_after = set(old_images.values()), set(new_images.values())
    for (old, new), names in users.items():
        if (not old and new in used_before) or (not new and old in used_after):
            continue
        used_by = _named(list(dict.fromkeys(names)))
        if not new:
            message = f"removed with {used_by}"
        elif old:
            message = f"replaces {old} in {used_by}"
        else:
            message = f"added with {used_by}"
        yield Consequence(kind=Kind.IMAGE, subject=new or old, message=message)


def _by_container(objects: Sequence[Object]) -> dict[tuple[str, str], str]:
    """The image of each container, by the part of Airflow (or the object) and its own name."""
    return {
        (obj.part or obj.qualified_name, container.name): container.image
        for obj in objects
        if obj.pods
        for container in obj.pods.containers
    }


def _named(users: Sequence[str]) -> str:
    more = len(users) - _MAX_NAMED
    return ", ".join(users[:_MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
