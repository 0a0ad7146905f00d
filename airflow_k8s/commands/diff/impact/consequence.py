"""One thing that a change brings about."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "lost",
    "refused",
    "replaced",
    "left",
    "secret",
    "restarts",
    "reruns",
    "scaled",
    "task pod",
    "image",
    "chart",
    "rights",
    "network",
    "guards",
]
"""In the order in which they are told: the worst comes first."""

TITLES: dict[Kind, str] = {
    "lost": "DATA WOULD BE LOST",
    "refused": "Would be refused",
    "replaced": "Replaced: deleted and made anew",
    "left": "Left behind on the cluster",
    "secret": "Secrets made anew",
    "restarts": "Pods that restart",
    "reruns": "Jobs that run",
    "scaled": "More or fewer pods",
    "task pod": "Task pods, from the next task on",
    "image": "Images",
    "chart": "Chart",
    "rights": "Who may do what in the Kubernetes API",
    "network": "Who may connect to whom",
    "guards": "What guards the stack",
}
LOUD: tuple[Kind, ...] = ("lost", "refused")


@dataclass(frozen=True, kw_only=True)
class Consequence:
    """What happens to what, and why."""

    kind: Kind
    subject: str  # an object, an account, pods: who or what it happens to
    words: str
