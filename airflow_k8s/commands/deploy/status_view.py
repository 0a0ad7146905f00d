"""A status as text for a terminal."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from airflow_k8s.commands.deploy.status_model import Airflow, Component, Status
from airflow_k8s.console.text import amount, clean


def lines(status: Status) -> Iterator[RenderableType]:
    """The parts of the text, to be printed one after the other; the last is the verdict."""
    yield Text.assemble(
        (status.stack, "bold"),
        f"  namespace {status.namespace} in {status.context} ({status.server}, Kubernetes"
        f" {status.kubernetes})",
    )
    yield Text()
    yield _component_table(status)
    yield Text()
    yield _release(status)
    yield from _airflow(status)
    for trouble in status.troubles:
        yield Text(f"! {trouble.kind} {trouble.name}: {clean(trouble.message)}", "yellow")
    if status.recovery:
        yield Text(status.recovery, "yellow")
    yield Text()
    reasons = _reasons(status)
    yield Text(f"not healthy: {reasons}", "bold red") if reasons else Text("healthy", "bold green")


def _reasons(status: Status) -> str:
    """Why it is not healthy, in short: the details are in the lines above."""
    release = status.release
    late = [component.name for component in status.components if not component.is_ready]
    return "; ".join(
        [
            *([] if release else ["no release"]),
            *([f"release {release.status}"] if release and release.status != "deployed" else []),
            *([f"not ready: {', '.join(late)}"] if late else []),
            *([amount(len(status.troubles), "trouble")] if status.troubles else []),
            *(["Airflow does not answer"] if status.airflow_error else status.unhealthy),
        ]
    )


def _component_table(status: Status) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("component", "image", "ready", "restarts"):
        table.add_column(head, justify="right" if head in ("ready", "restarts") else "left")
    for component in status.components:
        style = "" if component.is_ready else "red"
        images = ", ".join(component.images)
        ready = Text(f"{component.ready}/{component.desired}", style or "green")
        table.add_row(Text(component.name, style), images, ready, _restarts(component))
    return table


def _restarts(component: Component) -> Text:
    return Text(str(component.restarts), "yellow" if component.restarts else "dim")


def _release(status: Status) -> Text:
    release = status.release
    if release is None:
        return Text("release   none")
    chart = f", chart {release.chart} {release.chart_version}" if release.chart else ""
    style = "" if release.status == "deployed" else "red"
    changed = f", {release.changed[:19]}" if release.changed else ""
    return Text.assemble(
        "release   ", (f"revision {release.number}, {release.status}{chart}{changed}", style)
    )


def _airflow(status: Status) -> Iterator[Text]:
    airflow = status.airflow
    if airflow is None:
        error = f"does not answer: {clean(status.airflow_error)}"
        yield Text.assemble("Airflow   ", (error, "red"))
        return
    parts = ", ".join(f"{part} {health}" for part, health in airflow.health.items())
    yield Text(f"Airflow   {airflow.version}: {parts}")
    yield Text.assemble(
        f"DAG runs  last day: {airflow.succeeded} succeeded, ",
        (f"{airflow.failed} failed", "red" if airflow.failed else ""),
        f"; now: {airflow.running} running, {airflow.queued} queued",
    )
    for run in airflow.failures:
        yield Text(f"          failed: {run.dag} {run.id}", "red")
    if airflow.failed > len(airflow.failures):
        yield Text(f"          and {airflow.failed - len(airflow.failures)} more", "red")
    yield Text(f"tasks     {_queue(airflow, status.now)}")
    if airflow.import_errors:
        yield Text(f"DAG files {airflow.import_errors} can't be imported", "red")


def _queue(airflow: Airflow, now: datetime) -> str:
    if not airflow.queued_tasks:
        return "none queued"
    since = airflow.queued_since
    age = f", the oldest for {_duration(now - since)}" if since else ""
    return f"{airflow.queued_tasks} queued{age}"


def _duration(time: timedelta) -> str:
    """A time span as text, such as 3 h, 90 min or 45 s.

    The unit is hours from two hours on, minutes from two minutes on, else seconds.
    """
    seconds = max(int(time.total_seconds()), 0)
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
