"""What a rehearsal has done so far: written by many threads, read by the view."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock

from airflow_k8s.commands.rehearse.report import Phase, Step


@dataclass(frozen=True, kw_only=True)
class OpenResource:
    """A resource that is under way."""

    kind: str
    name: str
    begun: float
    words: str = ""  # what it waits for


@dataclass(frozen=True, kw_only=True)
class ComponentProgress:
    """One component within one phase."""

    phase: int  # how many phases had ended before it
    component: str
    begun: float
    last: float  # when something of it last began or ended
    open: Sequence[OpenResource]  # the one that was heard last comes last
    ended: Sequence[Step]


@dataclass(frozen=True, kw_only=True)
class ProgressSnapshot:
    """The progress at one moment; times are seconds after it was opened."""

    now: float
    phases: Sequence[Phase]  # those that have ended
    phase: str  # the one under way; empty between two
    phase_begun: float
    activities: Sequence[ComponentProgress]


@dataclass
class _Page:
    """An activity while it is written."""

    begun: float
    last: float
    open: list[OpenResource] = field(default_factory=list[OpenResource])
    ended: list[Step] = field(default_factory=list[Step])


class Progress:
    """Any thread may write and read. A phase does not contain another."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._opened = clock()
        self._lock = Lock()
        self._phases: list[Phase] = []
        self._phase, self._phase_begun = "", 0.0
        self._pages: dict[tuple[int, str], _Page] = {}

    def begin(self, component: str, kind: str, name: str) -> None:
        """Work on a resource starts; two of the same name are two."""
        with self._lock:
            now = self._now()
            page = self._page(component, now)
            page.last = now
            page.open.append(OpenResource(kind=kind, name=name, begun=now))

    def waits(self, component: str, kind: str, name: str, words: str) -> None:
        """What a resource that has begun waits for."""
        with self._lock:
            page = self._page(component, self._now())
            for each in page.open:
                if (each.kind, each.name) == (kind, name):
                    page.open.remove(each)
                    page.open.append(replace(each, words=words))
                    return

    def end(self, step: Step) -> None:
        """What became of a resource. One that was skipped need not have begun."""
        with self._lock:
            now = self._now()
            page = self._page(step.component, now)
            page.last = now
            started = max(now - step.seconds, 0.0)
            for each in page.open:
                if (each.kind, each.name) == (step.kind, step.name):
                    page.open.remove(each)
                    started = each.begun
                    break
            page.ended.append(replace(step, started=started))

    @contextmanager
    def phase(self, name: str) -> Generator[None]:
        """A part of the rehearsal, from here to the end of the block, however it ends."""
        with self._lock:
            self._phase, self._phase_begun = name, self._now()
        try:
            yield
        finally:
            with self._lock:
                seconds = self._now() - self._phase_begun
                self._phases.append(Phase(name=name, seconds=seconds))
                self._phase = ""

    @property
    def phases(self) -> list[Phase]:
        """Those that have ended, in order."""
        with self._lock:
            return list(self._phases)

    def steps(self, phase: str = "") -> list[Step]:
        """All that ended, or those of the phases of this name, in the order of their start."""
        with self._lock:
            names = [each.name for each in self._phases] + [self._phase]
            steps = [
                step
                for (index, _), page in self._pages.items()
                if phase in ("", names[index])
                for step in page.ended
            ]
        return sorted(steps, key=lambda step: step.started)

    def snapshot(self) -> ProgressSnapshot:
        """All of it at this moment."""
        with self._lock:
            return ProgressSnapshot(
                now=self._now(),
                phases=tuple(self._phases),
                phase=self._phase,
                phase_begun=self._phase_begun,
                activities=[
                    ComponentProgress(
                        phase=phase,
                        component=component,
                        begun=page.begun,
                        last=page.last,
                        open=tuple(page.open),
                        ended=tuple(page.ended),
                    )
                    for (phase, component), page in self._pages.items()
                ],
            )

    def _now(self) -> float:
        return self._clock() - self._opened

    def _page(self, component: str, now: float) -> _Page:
        return self._pages.setdefault((len(self._phases), component), _Page(begun=now, last=now))
