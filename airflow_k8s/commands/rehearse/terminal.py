"""The report of a rehearsal on a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from airflow_k8s.commands.rehearse import summary
from airflow_k8s.commands.rehearse.report import Change, Effect, Pod, Report, Task
from airflow_k8s.commands.rehearse.styles import (
    BAD,
    GOOD,
    QUIET,
    SEVERE,
    WARNING,
    columns,
    counted,
    marked,
)
from airflow_k8s.commands.rehearse.summary import Component, Pool
from airflow_k8s.console.line import Line
from airflow_k8s.console.text import amount, clean, cores, gibibytes, seconds

_HIGHLIGHTED = {Effect.REPLACED, Effect.REMOVED, Effect.ORPHANED}
_NAMED_OBJECTS = 3  # a warning about more objects names the first one only


def report_lines(report: Report) -> Iterator[RenderableType]:
    """Yields the parts of the report in the order of printing. The verdict is the last one."""
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
        items = list(section)
        if items and number:
            yield Text()
        yield from items


def _header(report: Report) -> Iterator[RenderableType]:
    chart = f"chart airflow {report.chart}"
    upgrade = f", upgraded from {report.revision}" if report.revision else ""
    yield _line(f"{report.stack}  ", "bold", f"{report.cluster}, {chart}{upgrade}")
    if report.stand_in_reason:
        text = f"the stack's own chart was not used: {report.stand_in_reason}"
        yield _line("STAND-IN CHART  ", f"bold {WARNING}", text, WARNING)


def _components(report: Report) -> Iterator[RenderableType]:
    components = summary.components(report.steps)
    if components:
        shown = summary.shown_messages(report)
        table = _with_message(columns(), "left", "right")
        for component in components:
            steps = Group(counted(component.steps), *_notable_steps(component, shown))
            name = marked(component.name, failed=component.failed)
            table.add_row(name, seconds(component.seconds), steps)
        yield table


def _notable_steps(component: Component, shown: set[str]) -> Iterator[Text]:
    """The steps that failed or were replaced. Messages in `shown` are not repeated."""
    for step in component.steps:
        severe = summary.is_severe(step) or step.action == "not ready"
        if severe or (step.action == "replaced" and step.message not in shown):
            message = "" if step.message in shown else clean(step.message)
            label = (f"{step.action} {step.kind} {step.name}", SEVERE if severe else WARNING)
            yield Text.assemble(label, f"  {message}" if message else "")
    skipped = [step for step in component.steps if step.action == "skipped" and step.message]
    for message in dict.fromkeys(step.message for step in skipped):
        names = ", ".join(f"{s.kind} {s.name}" for s in skipped if s.message == message)
        yield Text.assemble(("skipped", BAD), f"  {names}: {clean(message)}")


def _pods(report: Report) -> Iterator[RenderableType]:
    pools = summary.pools(report)
    if pools:
        heads = ("nodes", "pods", "CPU requested", "memory requested", "GPUs")
        table = _with_heads("pods", heads)
        for pool in pools:
            table.add_row(*_pool_row(pool))
        yield table
    for text, style, pods in (
        ("on other nodes", "", summary.on_unlisted_nodes(report)),
        ("pending", SEVERE, summary.pending(report)),
    ):
        if pods:
            requested = f"{cores(sum(p.cpu for p in pods))} CPU, {_memory(pods)} requested"
            yield _line(f"  {amount(len(pods), 'pod')} {text}  ", style, requested)
    shown = "\n".join(summary.shown_messages(report))
    unready = [p for p in report.pods if not p.ready and (not p.message or p.message not in shown)]
    if unready:
        yield Text("  not ready, apart from the problems below")
    for pod in unready:
        yield _line(f"    {pod.name}  ", SEVERE, pod.message)


def _pool_row(pool: Pool) -> list[str]:
    cpu, all_cpu = sum(p.cpu for p in pool.pods), sum(n.cpu for n in pool.nodes)
    memory, all_memory = sum(p.memory for p in pool.pods), sum(n.memory for n in pool.nodes)
    gpus, all_gpus = sum(p.gpus for p in pool.pods), sum(n.gpus for n in pool.nodes)
    return [
        f"  {pool.name}",
        str(len(pool.nodes)),
        str(len(pool.pods)),
        f"{cores(cpu)} of {cores(all_cpu)}{_percent(cpu, all_cpu)}",
        f"{gibibytes(memory)} of {gibibytes(all_memory)} GiB{_percent(memory, all_memory)}",
        f"{gpus} of {all_gpus}" if all_gpus else "none",
    ]


def _tasks(report: Report) -> Iterator[RenderableType]:
    if report.tasks:
        yield Text("tasks", "bold")
        table = _with_message(columns(), "left")
        for task in report.tasks:
            table.add_row(*_task_row(task))
        yield table


def _task_row(task: Task) -> list[Text]:
    style = SEVERE if task.failed else ""
    outcome = Text(summary.outcome(task), style)
    if task.message:
        outcome.append(f": {clean(task.message)}", "" if task.failed else QUIET)
    return [marked(task.name, failed=task.failed, style=style), outcome]


def _changes(report: Report) -> Iterator[RenderableType]:
    if not report.changes:
        return
    yield Text(f"changes of the upgrade from {report.revision}", "bold")
    table = _with_message(columns(), "left")
    for effect, changes in summary.changes(report):
        for message, group in summary.by_message(changes):
            table.add_row(*_change_row(effect, message, group))
    yield table


def _change_row(effect: Effect, message: str, changes: Sequence[Change]) -> list[Text]:
    severe = summary.is_severe(changes[0])
    style = SEVERE if severe else WARNING if effect in _HIGHLIGHTED else ""
    names = ", ".join(f"{change.kind} {change.name}" for change in changes)
    reason = f": {clean(message)}" if message else ""
    return [Text(f"  {effect}", style), Text.assemble((names, "bold" if severe else ""), reason)]


def _quotas(report: Report) -> Iterator[RenderableType]:
    if report.quotas:
        table = _with_heads("quota", ("used", "with tasks", "hard"))
        table.add_column()
        for quota in report.quotas:
            note = "90 % or more is used" if summary.nearly_exhausted(quota) else ""
            cells = (f"  {quota.resource}", quota.used, quota.with_tasks, quota.hard)
            table.add_row(*map(Text, cells), Text(note, WARNING))
        yield table


def _policies(report: Report) -> Iterator[RenderableType]:
    if not report.policies:
        return
    violations = report.policies.violations
    yield Text("policies", "bold")
    for violation in violations:
        yield _line(f"  ✗ {violation.rule}  ", SEVERE, f"{violation.subject}: {violation.message}")
        yield _line("    ", "", violation.remedy, "bold")
    yield _result(summary.rules_kept(report.policies), failed=bool(violations))
    notes = summary.advisory_notes(report.policies)
    if notes:
        yield _line("    ", "", ", ".join(notes), QUIET)
    for subject, message in report.pod_security.items():
        yield _line(f"  ✗ {subject}  ", SEVERE, message)
    count = amount(len(report.pod_security), "violation")
    text = f"Pod Security restricted, checked by the API server: {count}"
    yield _result(text, failed=bool(report.pod_security))


def _result(text: str, *, failed: bool) -> Line:
    return _line("  ✗ ", BAD, text) if failed else _line("  ✓ ", GOOD, text)


def _warnings(report: Report) -> Iterator[RenderableType]:
    warnings = summary.warnings(report)
    if warnings:
        yield Text(f"{amount(len(warnings), 'warning')} of the API server", "bold")
    for message, objects in warnings:
        all_named = len(objects) <= _NAMED_OBJECTS
        names = ", ".join(objects) if all_named else f"{objects[0]} and others"
        text = Text(clean(message)).append(f"  {amount(len(objects), 'object')}: {names}", QUIET)
        yield Line(Text("  ! ", WARNING), text)


def _troubles(report: Report) -> Iterator[RenderableType]:
    if report.troubles:
        yield Text(f"{amount(len(report.troubles), 'object')} not ready", SEVERE)
    for trouble in report.troubles:
        fatal = "does not recover by itself" if trouble.fatal else ""
        yield _line(f"  ✗ {trouble.kind} {trouble.name}  ", SEVERE, fatal, BAD)
        yield _line("    ", "", trouble.message)
        if trouble.setting:
            yield _line("    setting: ", "bold", trouble.setting, "bold")


def _caveats(report: Report) -> Iterator[RenderableType]:
    if report.caveats:
        yield Text("simulated or left out", "bold")
    for caveat in report.caveats:
        yield _line("  · ", QUIET, caveat, QUIET)


def _end(report: Report) -> Iterator[RenderableType]:
    if report.phases:
        phases = [f"{phase.name} {seconds(phase.seconds)}" for phase in report.phases]
        memory = f"; the control plane used {report.memory / 1024**2:.0f} MiB of memory"
        text = ", ".join(phases) + (memory if report.memory else "")
        yield _line(f"{seconds(summary.total_seconds(report))}  ", "bold", text)
    if report.kubeconfig:
        yield _line("the cluster still runs: ", "", f"KUBECONFIG={report.kubeconfig}")
    mark, style = ("✗ ", SEVERE) if report.failed else ("✓ ", f"bold {GOOD}")
    yield _line(mark, style, summary.verdict(report), style)


def _with_message(table: Table, *justify: str) -> Table:
    """Adds a column without wrapping for every item of `justify`, and a last one that wraps.

    Returns the table.
    """
    for side in justify:
        table.add_column(justify="right" if side == "right" else "left", no_wrap=True)
    table.add_column(overflow="fold")
    return table


def _with_heads(first: str, others: Sequence[str]) -> Table:
    """A table with a header: `first` heads the left column, `others` head right-justified ones."""
    table = columns()
    table.show_header = True
    table.add_column(Text(first, "bold"))
    for head in others:
        table.add_column(Text(head, QUIET), justify="right", overflow="fold")
    return table


def _line(lead: str, lead_style: str, text: str, style: str = "") -> Line:
    return Line(Text(lead, lead_style), Text(clean(text), style))


def _memory(pods: Sequence[Pod]) -> str:
    return f"{gibibytes(sum(pod.memory for pod in pods))} GiB"


def _percent(part: float, total: float) -> str:
    return f" ({part / total:.0%})" if total else ""
