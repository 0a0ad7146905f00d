"""The geometry of a node's chart. It shows which part of CPU, memory and GPUs each pod requests.

Pure: numbers in pixels. The template `node_chart.svg.j2` draws them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from airflow_k8s.commands.rehearse import summary
from airflow_k8s.commands.rehearse.report import Node, Pod
from airflow_k8s.console.text import amount, cores, gibibytes

# From left to right: one column for each resource with gaps between them, then the pods' names.
_COLUMNS, _GAP, _NAMES, _WIDTH = 140.0, 16.0, 157.0, 292
_HEIGHT, _LINE, _AXIS = 148.0, 17.0, 34
_MINIMUM_BLOCK = 1.5  # a block stays visible if the pod requests very little
_COLOURS = 10


@dataclass(frozen=True, kw_only=True)
class Column:
    """One resource of a node. `edges` are the borders of the pods' blocks, from the bottom up."""

    name: str
    left: float
    width: float
    used: float  # 0 to 1, and more if overcommitted
    edges: Sequence[float]

    @property
    def middle(self) -> float:
        """The x coordinate of its middle."""
        return self.left + self.width / 2


@dataclass(frozen=True, kw_only=True)
class Block:
    """The part of a column that a pod requests."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def width(self) -> float:
        """Of the drawn rectangle."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Of the drawn rectangle."""
        height = self.bottom - self.top
        return max(height, _MINIMUM_BLOCK) if height > 0 else 0


@dataclass(frozen=True, kw_only=True)
class PodShape:
    """A pod: a block in each column, bands between the blocks, and its name on a line."""

    tooltip: str
    name: str
    cpu: str
    ready: bool
    colour: str  # CSS class
    blocks: Sequence[Block]
    line: float  # y coordinate of the name

    @property
    def bands(self) -> list[tuple[Block, Block]]:
        """The pairs of neighbouring blocks. A band connects them."""
        return list(pairwise(self.blocks))


@dataclass(frozen=True, kw_only=True)
class NodeChart:
    """The chart of one node."""

    label: str  # for screen readers
    width: float
    height: float  # with the axis
    column_height: float
    names: float  # x coordinate of the pods' names
    columns: Sequence[Column]
    pods: Sequence[PodShape]


def colours(pods: Sequence[Pod]) -> dict[str, str]:
    """The CSS class of each component."""
    names = dict.fromkeys(pod.component for pod in pods)
    return {name: f"c{number % _COLOURS}" for number, name in enumerate(names)}


def chart(node: Node, pods: Sequence[Pod], colours: Mapping[str, str]) -> NodeChart:
    """The chart of a node and its pods. The pod that requests most CPU is at the bottom."""
    own = sorted(pods, key=lambda pod: (-pod.cpu, -pod.memory, pod.name))
    height = max(_HEIGHT, _LINE * len(own))
    columns = _columns(node, own, height)
    lines = spread([(low + high) / 2 for low, high in pairwise(columns[-1].edges)], height)
    names = ", ".join(pod.name for pod in own) or "no pod"
    return NodeChart(
        label=f"{node.name}: {_requested(node, own)}; {names}",
        width=_WIDTH,
        height=height + _AXIS,
        column_height=height,
        names=_NAMES,
        columns=columns,
        pods=[
            PodShape(
                tooltip=tooltip(pod, node),
                name=pod.component or pod.name,
                cpu=_cpu(pod),
                ready=pod.ready,
                colour=colours[pod.component],
                blocks=[_block(column, number) for column in columns],
                line=lines[number],
            )
            for number, pod in enumerate(own)
        ],
    )


def _columns(node: Node, pods: Sequence[Pod], height: float) -> list[Column]:
    resources = [
        ("CPU", [_share(pod.cpu, node.cpu) for pod in pods]),
        ("memory", [_share(pod.memory, node.memory) for pod in pods]),
    ]
    if node.gpus:
        resources.append(("GPU", [_share(pod.gpus, node.gpus) for pod in pods]))
    width = (_COLUMNS - _GAP * (len(resources) - 1)) / len(resources)
    return [
        Column(
            name=name,
            left=number * (width + _GAP),
            width=width,
            used=sum(shares),
            edges=stacked(shares, height),
        )
        for number, (name, shares) in enumerate(resources)
    ]


def stacked(parts: Sequence[float], height: float) -> list[float]:
    """The y coordinates where the parts begin, from the bottom up, and where the last one ends.

    Parts whose sum is more than 1 are scaled down to the height.
    """
    total = max(1.0, sum(parts))
    edges = [height]
    for part in parts:
        edges.append(edges[-1] - part / total * height)
    return edges


def spread(middles: Sequence[float], height: float) -> list[float]:
    """The y coordinates, from the bottom up, moved apart so that lines of text do not overlap."""
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


def _block(column: Column, number: int) -> Block:
    return Block(
        left=column.left,
        right=column.left + column.width,
        bottom=column.edges[number],
        top=column.edges[number + 1],
    )


def tooltip(pod: Pod, node: Node | None = None) -> str:
    """The name, requests and state of a pod, with its shares of the node if one is given."""
    shares = ""
    if node:
        cpu, memory = _share(pod.cpu, node.cpu), _share(pod.memory, node.memory)
        shares = f" ({cpu:.0%} of CPU, {memory:.0%} of memory)"
    message = f": {pod.message}" if pod.message else ""
    state = "" if pod.ready else f"; not ready{message}"
    return f"{pod.name}: requests {summary.requests(pod)}{shares}{state}"


def _cpu(pod: Pod) -> str:
    cpu = summary.cpu(pod)
    return cpu if cpu.endswith("m") else f"{cpu} CPU"


def _requested(node: Node, pods: Sequence[Pod]) -> str:
    cpu, memory = sum(pod.cpu for pod in pods), sum(pod.memory for pod in pods)
    return (
        f"{cores(cpu)} of {cores(node.cpu)} CPU and {gibibytes(memory)} of"
        f" {gibibytes(node.memory)} GiB requested by {amount(len(pods), 'pod')}"
    )


def _share(part: float, total: float) -> float:
    return part / total if total else 0.0
