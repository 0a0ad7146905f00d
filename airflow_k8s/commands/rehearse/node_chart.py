"""The nodes with the pods on them, as SVG: what each pod requests of its node's CPU and memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from airflow_k8s.commands.rehearse import summary
from airflow_k8s.commands.rehearse.html import Html, tag, together
from airflow_k8s.commands.rehearse.report import Node, Pod
from airflow_k8s.console.text import amount, cores, gibibytes

# Pixels: tanks that fill from the bottom, bands from one to the next, then the pods' names.
_TANKS, _BAND, _NAMES, _WIDTH = 140.0, 16.0, 157.0, 292
_HEIGHT, _LINE, _AXIS = 148.0, 17.0, 34
_COLOURS = 10

# Shared by all pictures of a page: the stripes over a pod that is not ready.
STRIPES = tag(
    "svg",
    tag(
        "defs",
        tag(
            "pattern",
            tag("path", d="M0 0V6", class_="stripe"),
            id="stripes",
            width=6,
            height=6,
            patternUnits="userSpaceOnUse",
            patternTransform="rotate(45)",
        ),
    ),
    width=0,
    height=0,
    aria_hidden="true",
    class_="shared",
)


def colours(pods: Sequence[Pod]) -> dict[str, str]:
    """The CSS class of each component."""
    names = dict.fromkeys(pod.component for pod in pods)
    return {name: f"c{number % _COLOURS}" for number, name in enumerate(names)}


@dataclass(frozen=True)
class Tank:
    """One resource of a node: where it is drawn, and where each pod's part of it ends."""

    name: str
    x: float
    width: float
    used: float  # of 1
    edges: Sequence[float]  # from the bottom up


def drawn(node: Node, pods: Sequence[Pod], colour: Mapping[str, str]) -> Html:
    """One node. The pod with most CPU lies at the bottom."""
    own = sorted(pods, key=lambda pod: (-pod.cpu, -pod.memory, pod.name))
    height = max(_HEIGHT, _LINE * len(own))
    tanks = _tanks(node, own, height)
    lines = spread([(low + high) / 2 for low, high in pairwise(tanks[-1].edges)], height)
    drawings = [
        _pod(pod, node, colour[pod.component], [_part(tank, n) for tank in tanks], lines[n])
        for n, pod in enumerate(own)
    ]
    names = ", ".join(pod.name for pod in own) or "no pod"
    return tag(
        "svg",
        *(_empty(tank, height) for tank in tanks),
        *drawings,
        "" if own else tag("text", "no pod", x=_NAMES, y=height - 4, class_="quiet"),
        viewBox=f"0 0 {_WIDTH} {height + _AXIS:g}",
        role="img",
        aria_label=f"{node.name}: {_used(node, own)}; {names}",
    )


def _tanks(node: Node, pods: Sequence[Pod], height: float) -> list[Tank]:
    resources = [
        ("CPU", [_share(pod.cpu, node.cpu) for pod in pods]),
        ("memory", [_share(pod.memory, node.memory) for pod in pods]),
    ]
    if node.gpus:
        resources.append(("GPU", [_share(pod.gpus, node.gpus) for pod in pods]))
    width = (_TANKS - _BAND * (len(resources) - 1)) / len(resources)
    return [
        Tank(name, number * (width + _BAND), width, sum(shares), stacked(shares, height))
        for number, (name, shares) in enumerate(resources)
    ]


def stacked(parts: Sequence[float], height: float) -> list[float]:
    """Where each part of a whole begins, from the bottom up, and where the last one ends."""
    whole = max(1.0, sum(parts))
    edges = [height]
    for part in parts:
        edges.append(edges[-1] - part / whole * height)
    return edges


def spread(middles: Sequence[float], height: float) -> list[float]:
    """The middles, from the bottom up, moved apart so that a line of text fits at each."""
    placed: list[float] = []
    limit = height - _LINE / 2
    for middle in middles:
        placed.append(min(middle, limit))
        limit = placed[-1] - _LINE
    limit = _LINE / 2
    for number in reversed(range(len(placed))):
        placed[number] = max(placed[number], limit)
        limit = placed[number] + _LINE
    return placed


@dataclass(frozen=True)
class _Part:
    """A pod's part of a tank."""

    left: float
    right: float
    bottom: float
    top: float


def _part(tank: Tank, number: int) -> _Part:
    return _Part(tank.x, tank.x + tank.width, tank.edges[number], tank.edges[number + 1])


def _empty(tank: Tank, height: float) -> Html:
    middle = f"{tank.x + tank.width / 2:g}"
    return together(
        tag(
            "rect",
            x=f"{tank.x:g}",
            y=0,
            width=f"{tank.width:g}",
            height=f"{height:g}",
            rx=3,
            class_="tank",
        ),
        tag("text", tank.name, x=middle, y=f"{height + 14:g}", class_="axis"),
        tag("text", f"{tank.used:.0%}", x=middle, y=f"{height + 29:g}", class_="axis"),
    )


def _pod(pod: Pod, node: Node, colour: str, parts: Sequence[_Part], line: float) -> Html:
    last = parts[-1]
    leader = f"M{last.right:g} {(last.bottom + last.top) / 2:.1f}L{_NAMES - 5:g} {line:.1f}"
    name = pod.component or pod.name
    cpu = summary.cpu(pod)
    return tag(
        "g",
        tag("title", title(pod, node)),
        *(_band(*pair) for pair in pairwise(parts)),
        *(_block(part, ready=pod.ready) for part in parts),
        tag("path", d=leader, class_="leader"),
        tag(
            "text",
            tag("tspan", name if pod.ready else f"✗ {name}", class_="name"),
            tag("tspan", f" {cpu}" if cpu.endswith("m") else f" {cpu} CPU", class_="quiet"),
            x=f"{_NAMES:g}",
            y=f"{line + 4:.1f}",
        ),
        class_=f"pod {colour}" if pod.ready else f"pod {colour} unready",
    )


def _band(a: _Part, b: _Part) -> Html:
    shape = (
        f"M{a.right:g} {a.bottom:.1f}L{b.left:g} {b.bottom:.1f}"
        f"V{b.top:.1f}L{a.right:g} {a.top:.1f}Z"
    )
    return tag("path", d=shape, class_="band")


def _block(part: _Part, *, ready: bool) -> Html:
    place = {
        "x": f"{part.left:g}",
        "y": f"{part.top:.1f}",
        "width": f"{part.right - part.left:g}",
        # What requests little is still there to be seen.
        "height": f"{max(part.bottom - part.top, 1.5):.1f}" if part.bottom > part.top else "0",
    }
    block = tag("rect", class_="block", **place)
    return block if ready else together(block, tag("rect", fill="url(#stripes)", **place))


def title(pod: Pod, node: Node | None = None) -> str:
    """All that is known of a pod, as its tooltip."""
    shares = ""
    if node:
        cpu, memory = _share(pod.cpu, node.cpu), _share(pod.memory, node.memory)
        shares = f" ({cpu:.0%} of CPU, {memory:.0%} of memory)"
    words = f": {pod.words}" if pod.words else ""
    state = "" if pod.ready else f"; not ready{words}"
    return f"{pod.name}: requests {summary.requests(pod)}{shares}{state}"


def _used(node: Node, pods: Sequence[Pod]) -> str:
    cpu, memory = sum(pod.cpu for pod in pods), sum(pod.memory for pod in pods)
    return (
        f"{cores(cpu)} of {cores(node.cpu)} CPU and {gibibytes(memory)} of"
        f" {gibibytes(node.memory)} GiB requested by {amount(len(pods), 'pod')}"
    )


def _share(used: float, whole: float) -> float:
    return used / whole if whole else 0.0
