"""Which images come and which go, and where."""

from collections.abc import Iterator, Sequence

from airflow_k8s.commands.diff.impact.consequence import Consequence
from airflow_k8s.rendering.manifests import Object

_MOST = 3  # places that are told by name


def images(before: Sequence[Object], after: Sequence[Object]) -> Iterator[Consequence]:
    """One for each image that is new somewhere, with what it takes the place of there."""
    was, now = _by_place(before), _by_place(after)
    swaps: dict[tuple[str, str], list[str]] = {}
    for place in dict.fromkeys([*was, *now]):
        old, new = was.get(place, ""), now.get(place, "")
        if old != new:
            swaps.setdefault((old, new), []).append(place[0])
    everywhere = set(now.values()), set(was.values())
    for (old, new), places in swaps.items():
        if (not old and new in everywhere[1]) or (not new and old in everywhere[0]):
            continue  # it only comes to, or leaves, one place more
        where = _where(list(dict.fromkeys(places)))
        words = f"takes the place of {old} in {where}" if old and new else f"comes with {where}"
        if not new:
            words = f"goes with {where}"
        yield Consequence(kind="image", subject=new or old, words=words)


def _by_place(objects: Sequence[Object]) -> dict[tuple[str, str], str]:
    return {
        (each.part or each.qualified_name, container.name): container.image
        for each in objects
        if each.pods
        for container in each.pods.containers
    }


def _where(places: Sequence[str]) -> str:
    more = len(places) - _MOST
    return ", ".join(places[:_MOST]) + (f" and {more} more" if more > 0 else "")
