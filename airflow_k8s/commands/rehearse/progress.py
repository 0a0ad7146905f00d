"""The progress of a rehearsal. Several threads write it, and the live view reads it."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock

from airflow_k8s.commands.rehearse.report import Phase, Step


@dataclass(frozen=True, kw_only=True)
class PendingResource:
    """A resource that has started and not ended."""

    kind: str
    name: str
    started: float
    waits_for: str = ""


@dataclass(frozen=True, kw_only=True)
class ComponentProgress:
    """The progress of one component within one phase."""

    phase: int  # the index of the phase
    component: str
    started: float
    last: float  # when a resource of it last started or ended
    pending: Sequence[PendingResource]  # the one that was updated last comes last
    ended: Sequence[Step]


@dataclass(frozen=True, kw_only=True)
class ProgressSnapshot:
    """The progress at one moment. Times are seconds after the rehearsal started."""

    now: float
    phases: Sequence[Phase]  # those that have ended
    phase: str  # the current one; empty between two phases
    phase_started: float
    components: Sequence[ComponentProgress]


@dataclass
class _Component:
    """The mutable form of ComponentProgress."""

    started: float
    last: float
    pending: list[PendingResource] = field(default_factory=list[PendingResource])
    ended: list[Step] = field(default_factory=list[Step])

    def remove(self, kind: str, name: str) -> PendingResource | None:
        """Removes and returns a pending resource; None if there is no such one."""
        for resource in self.pending:
            if (resource.kind, resource.name) == (kind, name):
                self.pending.remove(resource)
                return resource
        return None


class Progress:
    """Phases and steps. Safe for concurrent use. Phases do not overlap."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._lock = Lock()
        self._phases: list[Phase] = []
        self._phase, self._phase_started = "", 0.0
        self._components: dict[tuple[int, str], _Component] = {}

    def begin(self, component: str, kind: str, name: str) -> None:
        """A resource starts. Two resources with the same name are counted separately."""
        with self._lock:
            now = self._now()
            own = self._component(component, now)
            own.last = now
            own.pending.append(PendingResource(kind=kind, name=name, started=now))

    def waits(self, component: str, kind: str, name: str, waits_for: str) -> None:
        """A resource that has started waits for something."""
        with self._lock:
            own = self._component(component, self._now())
            resource = own.remove(kind, name)
            if resource:
                own.pending.append(replace(resource, waits_for=waits_for))

    def end(self, step: Step) -> None:
        """A resource ended. A skipped resource may end without a start."""
        with self._lock:
            now = self._now()
            own = self._component(step.component, now)
            own.last = now
            resource = own.remove(step.kind, step.name)
            started = resource.started if resource else max(now - step.seconds, 0.0)
            own.ended.append(replace(step, started=started))

    @contextmanager
    def phase(self, name: str) -> Generator[None]:
        """A phase of the rehearsal, until the end of the block, even if the block raises."""
        with self._lock:
            self._phase, self._phase_started = name, self._now()
        try:
            yield
        finally:
            with self._lock:
                seconds = self._now() - self._phase_started
                self._phases.append(Phase(name=name, seconds=seconds))
                self._phase = ""

    @property
    def phases(self) -> list[Phase]:
        """The phases that have ended, in order."""
        with self._lock:
            return list(self._phases)

    def steps(self, phase: str = "") -> list[Step]:
        """The steps that ended, of all phases or those with this name, in order of their start."""
        with self._lock:
            names = [ended.name for ended in self._phases] + [self._phase]
            steps = [
                step
                for (index, _), component in self._components.items()
                if phase in ("", names[index])
                for step in component.ended
            ]
        return sorted(steps, key=lambda step: step.started)

    def snapshot(self) -> ProgressSnapshot:
        """The progress now."""
        with self._lock:
            return ProgressSnapshot(
                now=self._now(),
                phases=tuple(self._phases),
                phase=self._phase,
                phase_started=self._phase_started,
                components=[
                    ComponentProgress(
                        phase=phase,
                        component=name,
                        started=component.started,
                        last=component.last,
                        pending=tuple(component.pending),
                        ended=tuple(component.ended),
                    )
                    for (phase, name), component in self._components.items()
                ],
            )

    def _now(self) -> float:
        return self._clock() - self._started

    def _component(self, name: str, now: float) -> _Component:
        key = (len(self._phases), name)
        return self._components.setdefault(key, _Component(started=now, last=now))
