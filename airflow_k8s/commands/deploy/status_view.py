"""A status for a person."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from airflow_k8s.commands.deploy.status_model import Airflow, Part, Status
from airflow_k8s.console.text import clean


def lines(status: Status) -> Iterator[RenderableType]:
    """All of it, to be printed one after the other; the verdict comes last."""
    yield Text.assemble(
        (status.stack, "bold"),
        f"  namespace {status.namespace} in {status.context} ({status.server}, Kubernetes"
        f" {status.kubernetes})",
    )
    yield Text()
    yield _table(status)
    yield Text()
    yield from _of_release(status)
    yield from _of_airflow(status)
    for each in status.troubles:
        yield Text(f"! {each.kind} {each.name}: {clean(each.message)}", "yellow")
    if status.way_out:
        yield Text(status.way_out, "yellow")
    yield Text()
    wrong = _verdict(status)
    yield Text(f"not healthy: {wrong}", "bold red") if wrong else Text("healthy", "bold green")


def _verdict(status: Status) -> str:
    """Why it is not healthy, in a few words: above is the rest."""
    release, late = status.release, [part.name for part in status.parts if not part.well]
    told = [
        *([] if release else ["no release"]),
        *([f"release {release.status}"] if release and release.status != "deployed" else []),
        *([f"not ready: {', '.join(late)}"] if late else []),
        *([f"{len(status.troubles)} in trouble"] if status.troubles else []),
        *(["Airflow can't be asked"] if status.unknown else status.unhealthy),
    ]
    return "; ".join(told)


def _table(status: Status) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for head in ("component", "image", "ready", "restarts"):
        table.add_column(head, justify="right" if head in ("ready", "restarts") else "left")
    for part in status.parts:
        style = "" if part.well else "red"
        images = ", ".join(part.images)
        ready = Text(f"{part.ready}/{part.wanted}", style or "green")
        table.add_row(Text(part.name, style), images, ready, _restarts(part))
    return table


def _restarts(part: Part) -> Text:
    return Text(str(part.restarts), "yellow" if part.restarts else "dim")


def _of_release(status: Status) -> Iterator[Text]:
    release = status.release
    if release is None:
        yield Text("release   none")
        return
    chart = f", chart {release.chart} {release.chart_version}" if release.chart else ""
    style = "" if release.status == "deployed" else "red"
    changed = f", {release.changed[:19]}" if release.changed else ""
    yield Text.assemble(
        "release   ", (f"revision {release.number}, {release.status}{chart}{changed}", style)
    )


def _of_airflow(status: Status) -> Iterator[Text]:
    airflow = status.airflow
    if airflow is None:
        yield Text.assemble("Airflow   ", (f"can't be asked: {clean(status.unknown)}", "red"))
        return
    told = ", ".join(f"{part} {said}" for part, said in airflow.health.items())
    yield Text(f"Airflow   {airflow.version}: {told}")
    yield Text.assemble(
        f"DAG runs  ended in the last day: {airflow.succeeded} success, ",
        (f"{airflow.failed} failed", "red" if airflow.failed else ""),
        f"; now: {airflow.running} running, {airflow.waiting} queued",
    )
    for run in airflow.failures:
        yield Text(f"          failed: {run.dag} {run.id}", "red")
    if airflow.failed > len(airflow.failures):
        yield Text(f"          and {airflow.failed - len(airflow.failures)} more", "red")
    yield Text(f"tasks     {_queue(airflow, status.now)}")
    if airflow.unreadable:
        yield Text(f"DAG files {airflow.unreadable} can't be imported", "red")


def _queue(airflow: Airflow, now: datetime) -> str:
    if not airflow.queued_tasks:
        return "none queued"
    since = f", the oldest for {_span(now - airflow.oldest)}" if airflow.oldest else ""
    return f"{airflow.queued_tasks} queued{since}"


def _span(time: timedelta) -> str:
    """In the largest unit of which there are two or more."""
    seconds = max(int(time.total_seconds()), 0)
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
