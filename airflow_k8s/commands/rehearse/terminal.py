"""A rehearsal as a person reads it on a terminal: while it happens, and at its end."""

from collections.abc import Container, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

from rich.console import Console, Group, RenderableType
from rich.live import Live as Redrawn
from rich.text import Text

from airflow_k8s.commands.rehearse import summary
from airflow_k8s.commands.rehearse.progress import ComponentProgress, Progress, ProgressSnapshot
from airflow_k8s.commands.rehearse.report import Pod, Report, Step, Task
from airflow_k8s.commands.rehearse.summary import Component, Pool
from airflow_k8s.console.line import Line
from airflow_k8s.console.text import amount, clean, cores, gibibytes, seconds

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_GOOD, _BAD, _LOUD, _QUIET = "green", "red", "bold red", "dim"


def report_lines(report: Report) -> Iterator[RenderableType]:
    """All that a rehearsal found out, to be printed one after the other; the verdict comes last."""
    sections = (
        _header(report),
        _components(report),
        _pods(report),
        _tasks(report),
        _changes(report),
        _quotas(report),
        _policies(report),
        _warnings(report),
        _troubles(report),
        _caveats(report),
        _end(report),
    )
    for number, section in enumerate(sections):
        lines = list(section)
        if lines and number:
            yield Text()
        yield from lines


def _header(report: Report) -> Iterator[Line]:
    chart = f"chart airflow {report.chart}"
    upgrade = f", upgraded from {report.revision}" if report.revision else ""
    yield _line((f"{report.stack}  ", "bold"), (clean(f"{report.cluster}, {chart}{upgrade}"), ""))
    if report.stand_in_reason:
        yield _line(
            ("STAND-IN CHART  ", "bold yellow"),
            (f"not the chart that the stack names, because {report.stand_in_reason}", "yellow"),
        )


def _components(report: Report) -> Iterator[Line]:
    own = summary.components(report.steps)
    lines = _columns(
        [
            [_marked(c.name, failed=c.failed), Text(seconds(c.seconds)), _counted(c.steps)]
            for c in own
        ],
        right={1},
    )
    told = summary.told(report)
    for component, line in zip(own, lines, strict=True):
        yield line
        yield from _step_problems(component, told)


def _step_problems(component: Component, told: set[str]) -> Iterator[Line]:
    for step in component.steps:
        bad = summary.is_loud(step) or step.action == "not ready"
        if bad or (step.action == "replaced" and step.words not in told):
            words = "" if step.words in told else clean(step.words)
            style = _LOUD if bad else _COLOURS["replaced"]
            yield _line((f"    {step.action} {step.kind} {step.name}  ", style), (words, ""))
    skipped = [step for step in component.steps if step.action == "skipped" and step.words]
    for words in dict.fromkeys(step.words for step in skipped):
        names = ", ".join(f"{s.kind} {s.name}" for s in skipped if s.words == words)
        yield _line(("    skipped  ", _BAD), (f"{names}: {clean(words)}", ""))


def _pods(report: Report) -> Iterator[Line]:
    pools = summary.pools(report)
    if pools:
        head = [Text("pods", "bold"), *_heads("nodes", "pods", "CPU requested", "memory", "GPUs")]
        yield from _columns([head, *map(_pool_row, pools)], right={1, 2, 3, 4, 5})
    for name, own in (
        ("on other nodes", summary.elsewhere(report)),
        ("pending", summary.pending(report)),
    ):
        if own:
            requested = f"{cores(sum(p.cpu for p in own))} CPU, {_memory(own)} requested"
            style = _LOUD if name == "pending" else ""
            yield _line((f"  {amount(len(own), 'pod')} {name}", style), (f"  {requested}", ""))
    told = "\n".join(summary.told(report))
    for pod in report.pods:
        if not pod.ready and (not pod.words or pod.words not in told):
            yield _line((f"    {pod.name} is not ready  ", _LOUD), (clean(pod.words), ""))


def _pool_row(pool: Pool) -> list[Text]:
    cpu, all_cpu = sum(p.cpu for p in pool.pods), sum(n.cpu for n in pool.nodes)
    memory, all_memory = sum(p.memory for p in pool.pods), sum(n.memory for n in pool.nodes)
    gpus, all_gpus = sum(p.gpus for p in pool.pods), sum(n.gpus for n in pool.nodes)
    return [
        Text(f"  {pool.name}"),
        Text(str(len(pool.nodes))),
        Text(str(len(pool.pods))),
        Text(f"{cores(cpu)} of {cores(all_cpu)}{_percent(cpu, all_cpu)}"),
        Text(f"{gibibytes(memory)} of {gibibytes(all_memory)} GiB{_percent(memory, all_memory)}"),
        Text(f"{gpus} of {all_gpus}" if all_gpus else "none"),
    ]


def _tasks(report: Report) -> Iterator[Line]:
    if report.tasks:
        yield _head("tasks")
    yield from _columns([_task_row(task) for task in report.tasks])


def _task_row(task: Task) -> list[Text]:
    style = _LOUD if task.failed else ""
    found = Text(summary.outcome(task), style)
    if task.words:
        found.append(f": {clean(task.words)}", "" if task.failed else _QUIET)
    return [_marked(task.name, failed=task.failed, style=style), found]


def _changes(report: Report) -> Iterator[Line]:
    grouped = summary.changes(report)
    if grouped:
        yield _head(f"what the upgrade from {report.revision} did")
    for effect, changes in grouped:
        for words, alike in summary.alike(changes):
            loud = summary.is_loud(alike[0])
            style = _LOUD if loud else _COLOURS.get(effect, "")
            names = ", ".join(f"{change.kind} {change.name}" for change in alike)
            because = f": {clean(words)}" if words else ""
            what = Text.assemble((names, "bold" if loud else ""), because)
            yield Line(Text(f"  {effect:<11}", style), what)


_COLOURS = {"replaced": "yellow", "removed": "yellow", "left over": "yellow"}


def _quotas(report: Report) -> Iterator[Line]:
    if report.quotas:
        head = [Text("quota", "bold"), *_heads("used", "with tasks", "hard", "")]
        rows = [
            [
                Text(f"  {quota.resource}"),
                Text(quota.used),
                Text(quota.with_tasks),
                Text(quota.hard),
                Text("hardly a task more fits" if summary.full(quota) else "", "yellow"),
            ]
            for quota in report.quotas
        ]
        yield from _columns([head, *rows], right={1, 2, 3})


def _policies(report: Report) -> Iterator[Line]:
    if report.policies:
        yield _head("policies")
        broken = report.policies.broken
        for each in broken:
            yield _line((f"  ✗ {each.rule}  ", _LOUD), (f"{each.subject}: {clean(each.words)}", ""))
            yield _line(("    ", ""), (each.remedy, "bold"))
        names = {each.rule for each in broken}
        held = (
            f"{report.policies.rules - len(names)} of {amount(report.policies.rules, 'rule')} hold"
        )
        told = ", ".join(summary.beside(report.policies))
        yield _line((f"  {'✗' if broken else '✓'} ", _BAD if broken else _GOOD), (held, ""))
        yield _line(("    ", ""), (told, _QUIET))
        yield from _pod_security(report)


def _pod_security(report: Report) -> Iterator[Line]:
    wrong = report.pod_security
    for about, words in wrong.items():
        yield _line((f"  ✗ {about}  ", _LOUD), (clean(words), ""))
    count = amount(len(wrong), "violation")
    yield _line(
        (f"  {'✗' if wrong else '✓'} ", _BAD if wrong else _GOOD),
        (f"Pod Security restricted, judged by the API server: {count}", ""),
    )


def _warnings(report: Report) -> Iterator[Line]:
    warnings = summary.warnings(report)
    if warnings:
        yield _head(amount(len(warnings), "warning") + " of the API server")
    for text, objects in warnings:
        named = ", ".join(objects) if len(objects) < 4 else f"{objects[0]} and others"
        words = Text(clean(text)).append(f"  {amount(len(objects), 'object')}: {named}", _QUIET)
        yield Line(Text("  ! ", "yellow"), words)


def _troubles(report: Report) -> Iterator[Line]:
    if report.troubles:
        yield _head(amount(len(report.troubles), "trouble"), _LOUD)
    for trouble in report.troubles:
        at_once = "  waiting will not mend it" if trouble.fatal else ""
        yield _line((f"  ✗ {trouble.kind} {trouble.name}", _LOUD), (at_once, _BAD))
        yield _line(("    ", ""), (clean(trouble.message), ""))
        if trouble.setting:
            yield _line(("    setting: ", "bold"), (trouble.setting, "bold"))


def _caveats(report: Report) -> Iterator[Line]:
    if report.caveats:
        yield _head("not as on your cluster")
    for caveat in report.caveats:
        yield _line(("  · ", _QUIET), (clean(caveat), _QUIET))


def _end(report: Report) -> Iterator[Line]:
    if report.phases:
        parts = [f"{phase.name} {seconds(phase.seconds)}" for phase in report.phases]
        memory = f"; the control plane took {report.memory / 1024**2:.0f} MiB"
        yield _line(
            (f"{seconds(summary.total(report))}  ", "bold"),
            (", ".join(parts) + (memory if report.memory else ""), ""),
        )
    if report.kubeconfig:
        yield _line(("the cluster is still there: ", ""), (f"KUBECONFIG={report.kubeconfig}", ""))
    style = _LOUD if report.failed else f"bold {_GOOD}"
    yield _line(("✗ " if report.failed else "✓ ", style), (summary.verdict(report), style))


@contextmanager
def live(progress: Progress, console: Console) -> Generator[None]:
    """Shows the progress while it is written, from here to the end of the block.

    On a terminal its lines are redrawn, and gone once all went through, since the report follows;
    elsewhere each component and phase gets one line when it has ended.
    """
    if not console.is_terminal:
        with _plain(progress, console):
            yield
        return
    view = Redrawn(
        get_renderable=lambda: frame(progress.snapshot()),
        console=console,
        refresh_per_second=10,
        transient=True,
    )
    with view:
        try:
            yield
        except BaseException:
            view.transient = False  # how far it came is all that there is to see
            raise


def frame(now: ProgressSnapshot) -> Group:
    """The phases so far, and below the last one a line for each of its components."""
    spinner = _SPINNER[int(now.now * 10) % len(_SPINNER)]
    lines = [Text(_phase_line(p.name, p.seconds), _QUIET) for p in now.phases]
    if now.phase:
        elapsed = seconds(now.now - now.phase_begun)
        lines.append(Text.assemble((f"{spinner} ", "cyan"), (now.phase, "bold"), f"  {elapsed}"))
    count = len(now.phases)
    shown = {count} if now.phase else {count - 1, count}
    rows = [_activity_row(a, now.now, spinner) for a in now.activities if a.phase in shown]
    lines += [Text.assemble(line.lead, line.words) for line in _columns(rows, right={1})]
    for line in lines:
        line.no_wrap, line.overflow = True, "ellipsis"
    return Group(*lines)


def _activity_row(activity: ComponentProgress, now: float, spinner: str) -> list[Text]:
    if not activity.open:
        failed = any(step.failed for step in activity.ended)
        name = _marked(activity.component, failed=failed)
        return [name, Text(seconds(activity.last - activity.begun)), _counted(activity.ended)]
    last = activity.open[-1]
    words = " ".join(clean(last.words).split()) or "is sent"
    name = Text.assemble((f"  {spinner} ", "cyan"), activity.component)
    word = Text(f"{last.kind} {last.name}: {words}", _QUIET)
    return [name, Text(seconds(now - activity.begun)), word]


@contextmanager
def _plain(progress: Progress, console: Console) -> Generator[None]:
    printed = Plain()
    over = Event()

    def print_new(*, everything: bool = False) -> None:
        for line in printed.new(progress.snapshot(), everything=everything):
            console.print(line, highlight=False, markup=False, soft_wrap=True)

    def follow() -> None:
        while not over.wait(0.5):
            print_new()

    thread = Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        print_new(everything=True)


@dataclass
class Plain:
    """Tells of each component and phase once, when it has ended."""

    phases: int = 0
    steps: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])

    def new(self, now: ProgressSnapshot, *, everything: bool = False) -> Iterator[str]:
        """The lines of what has ended and was not told before."""
        for number in range(self.phases, len(now.phases) + 1):
            ended = number < len(now.phases)
            for each in now.activities:
                if each.phase == number and (everything or ended or _settled(each, now.now)):
                    yield from self._component(each)
            if ended:
                yield _phase_line(now.phases[number].name, now.phases[number].seconds).strip()
        self.phases = len(now.phases)

    def _component(self, activity: ComponentProgress) -> Iterator[str]:
        key = (activity.phase, activity.component)
        steps = activity.ended[self.steps.get(key, 0) :]
        if steps:
            self.steps[key] = len(activity.ended)
            elapsed = seconds(activity.last - activity.begun)
            bad = [s for s in steps if s.failed and s.action != "skipped"]
            named = "".join(f"; {s.action} {s.kind} {s.name}" for s in bad)
            yield f"  {activity.component}: {summary.counts(steps)}, {elapsed}{named}"


def _settled(activity: ComponentProgress, now: float) -> bool:
    """Whether nothing more of it is to come: what depends on a step begins right after it."""
    return not activity.open and now - activity.last >= 1


def _phase_line(name: str, elapsed: float) -> str:
    return f"  {name}  {seconds(elapsed)}"


def _columns(rows: Sequence[Sequence[Text]], *, right: Container[int] = ()) -> list[Line]:
    """Cells below each other; the last one of a row is its words, and the only one to wrap."""
    widths = [max(cell.cell_len for cell in column) for column in zip(*rows, strict=True)]
    lines: list[Line] = []
    for row in rows:
        cells = [
            _padded(cell, width, right=number in right)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        cells[-1].rstrip()
        lines.append(Line(Text("  ").join([*cells[:-1], Text()]), cells[-1]))
    return lines


def _padded(cell: Text, width: int, *, right: bool) -> Text:
    padded = cell.copy()
    if right:
        padded.pad_left(width - cell.cell_len)
    elif cell.cell_len < width:
        padded.pad_right(width - cell.cell_len)
    return padded


def _heads(*names: str) -> list[Text]:
    return [Text(name, _QUIET) for name in names]


def _head(text: str, style: str = "bold") -> Line:
    return Line(Text(text, style))


def _line(lead: tuple[str, str], words: tuple[str, str]) -> Line:
    return Line(Text(*lead), Text(*words))


def _marked(name: str, *, failed: bool, style: str = "") -> Text:
    mark = ("  ✗ ", _LOUD) if failed else ("  ✓ ", _GOOD)
    return Text.assemble(mark, (name, style))


def _counted(steps: Sequence[Step]) -> Text:
    return Text(summary.counts(steps), _LOUD if any(s.failed for s in steps) else "")


def _memory(pods: Sequence[Pod]) -> str:
    return f"{gibibytes(sum(pod.memory for pod in pods))} GiB"


def _percent(part: float, whole: float) -> str:
    return f" ({part / whole:.0%})" if whole else ""
