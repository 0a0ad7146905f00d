"""The progress of a rehearsal while it runs: redrawn on a terminal, plain lines elsewhere."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from airflow_k8s.commands.rehearse import summary
from airflow_k8s.commands.rehearse.progress import ComponentProgress, Progress, ProgressSnapshot
from airflow_k8s.commands.rehearse.styles import QUIET, columns, counted, marked
from airflow_k8s.console.text import clean, seconds

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_REFRESH = 10  # per second
_POLL = 0.5  # seconds between two reads of the progress without a terminal
_QUIET_PERIOD = 1  # seconds without a step after which a component counts as finished


@contextmanager
def live(progress: Progress, console: Console) -> Generator[None]:
    """Shows the progress until the end of the block.

    On a terminal the lines are redrawn, and erased at the end, because the report follows. If the
    block raises, they stay. Elsewhere each component and phase gets one line when it has ended.
    """
    if not console.is_terminal:
        with _plain_lines(progress, console):
            yield
        return
    view = Live(
        get_renderable=lambda: frame(progress.snapshot()),
        console=console,
        refresh_per_second=_REFRESH,
        transient=True,
    )
    with view:
        try:
            yield
        except BaseException:
            view.transient = False
            raise


def frame(snapshot: ProgressSnapshot) -> Group:
    """A line for each phase, and below the last one a line for each of its components."""
    spinner = _SPINNER[int(snapshot.now * _REFRESH) % len(_SPINNER)]
    lines = [_one_line(Text(_phase_line(p.name, p.seconds), QUIET)) for p in snapshot.phases]
    if snapshot.phase:
        elapsed = seconds(snapshot.now - snapshot.phase_started)
        name = (snapshot.phase, "bold")
        lines.append(_one_line(Text.assemble((f"{spinner} ", "cyan"), name, f"  {elapsed}")))
    ended = len(snapshot.phases)
    shown = {ended} if snapshot.phase else {ended - 1, ended}
    table = columns()
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column()
    for component in snapshot.components:
        if component.phase in shown:
            table.add_row(*_row(component, snapshot.now, spinner))
    return Group(*lines, table)


def _row(component: ComponentProgress, now: float, spinner: str) -> tuple[Text, str, Text]:
    if not component.pending:
        failed = any(step.failed for step in component.ended)
        elapsed = seconds(component.last - component.started)
        steps = _one_line(counted(component.ended))
        return marked(component.component, failed=failed), elapsed, steps
    last = component.pending[-1]
    waiting = " ".join(clean(last.waits_for).split())
    text = f"{last.kind} {last.name}: {waiting or 'sending the request'}"
    name = Text.assemble((f"  {spinner} ", "cyan"), component.component)
    return name, seconds(now - component.started), _one_line(Text(text, QUIET))


def _one_line(text: Text) -> Text:
    """The text, cut with an ellipsis if the line is too short for it."""
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


@contextmanager
def _plain_lines(progress: Progress, console: Console) -> Generator[None]:
    printer = PlainPrinter()
    ended = Event()

    def print_new(*, everything: bool = False) -> None:
        for line in printer.new_lines(progress.snapshot(), everything=everything):
            console.print(line, highlight=False, markup=False, soft_wrap=True)

    def follow() -> None:
        while not ended.wait(_POLL):
            print_new()

    thread = Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        print_new(everything=True)


@dataclass
class PlainPrinter:
    """Makes one line for each component and phase when it has ended."""

    phases: int = 0  # number of phases that were printed
    steps: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])

    def new_lines(self, snapshot: ProgressSnapshot, *, everything: bool = False) -> Iterator[str]:
        """The lines for what has ended since the last call.

        With `everything` also the lines for components that have not ended.
        """
        for number in range(self.phases, len(snapshot.phases) + 1):
            phase_ended = number < len(snapshot.phases)
            for component in snapshot.components:
                ended = everything or phase_ended or _has_ended(component, snapshot.now)
                if component.phase == number and ended:
                    yield from self._line(component)
            if phase_ended:
                phase = snapshot.phases[number]
                yield _phase_line(phase.name, phase.seconds).strip()
        self.phases = len(snapshot.phases)

    def _line(self, component: ComponentProgress) -> Iterator[str]:
        key = (component.phase, component.component)
        steps = component.ended[self.steps.get(key, 0) :]
        if steps:
            self.steps[key] = len(component.ended)
            elapsed = seconds(component.last - component.started)
            failed = [step for step in steps if step.failed and step.action != "skipped"]
            names = "".join(f"; {step.action} {step.kind} {step.name}" for step in failed)
            yield f"  {component.component}: {summary.counts(steps)}, {elapsed}{names}"


def _has_ended(component: ComponentProgress, now: float) -> bool:
    """Whether no more steps are expected: a dependent step starts right after its dependency."""
    return not component.pending and now - component.last >= _QUIET_PERIOD


def _phase_line(name: str, elapsed: float) -> str:
    return f"  {name}  {seconds(elapsed)}"
