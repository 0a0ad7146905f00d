"""A rehearsal as one HTML page: it needs no network and no script."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from airflow_k8s.commands.rehearse import node_chart, summary
from airflow_k8s.commands.rehearse.html import Html, tag, together
from airflow_k8s.commands.rehearse.report import (
    Change,
    Node,
    ObjectState,
    Pod,
    Quota,
    Report,
    Step,
    Task,
)
from airflow_k8s.commands.rehearse.summary import Component, Pool
from airflow_k8s.console.text import amount, cores, gibibytes, seconds
from airflow_k8s.kube.diagnosis import Trouble

_SPACE = Html("&#160;")  # that no line is broken at
_CSS = Path(__file__).with_name("page.css")


def page(report: Report) -> str:
    """The whole page. Whatever the server said is shown as text."""
    title = f"Rehearsal of {report.stack}: {summary.verdict(report)}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Html(_CSS.read_text(encoding="utf-8"))),
    )
    sections = [
        tag("section", tag("h2", name), *parts, id=name.replace(" ", "-").lower())
        for name, build in _SECTIONS.items()
        if (parts := build(report))
    ]
    body = tag("body", node_chart.STRIPES, _header(report), tag("main", *sections))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _header(report: Report) -> Html:
    return tag(
        "header",
        tag("h1", "Rehearsal of ", tag("b", report.stack)),
        tag(
            "p",
            _mark(report.failed),
            summary.verdict(report),
            class_="verdict bad" if report.failed else "verdict good",
        ),
        _stand_in(report),
        tag("dl", *(_fact(name, value) for name, value in _facts(report) if value), class_="facts"),
        _phases(report),
    )


def _stand_in(report: Report) -> Html:
    if not report.stand_in_reason:
        return Html()
    return tag(
        "p",
        tag("strong", "Stand-in chart. "),
        f"Not the chart that the stack names, because {report.stand_in_reason}.",
        class_="note",
    )


def _facts(report: Report) -> list[tuple[str, str]]:
    memory = f"{report.memory / 1024**2:.0f} MiB" if report.memory else ""
    return [
        ("cluster", report.cluster),
        ("chart", f"airflow {report.chart}"),
        ("upgraded from", report.revision),
        ("objects", str(len(report.objects)) if report.objects else ""),
        ("control plane took", memory),
        ("kept, with kubeconfig", report.kubeconfig),
    ]


def _fact(name: str, value: str) -> Html:
    return tag("div", tag("dt", name), tag("dd", value))


def _phases(report: Report) -> Html:
    if not report.phases:
        return Html()
    bar = [
        tag("span", style=f"flex-grow:{phase.seconds:.2f}", class_=f"c{number % 10}")
        for number, phase in enumerate(report.phases)
    ]
    legend = [
        tag("li", _swatch(f"c{number % 10}"), f"{phase.name} ", tag("b", seconds(phase.seconds)))
        for number, phase in enumerate(report.phases)
    ]
    return tag(
        "div",
        tag("h2", "It took ", seconds(summary.total(report))),
        tag("div", *bar, class_="bar", aria_hidden="true"),
        tag("ul", *legend, class_="legend"),
        class_="phases",
    )


def _troubles(report: Report) -> list[Html]:
    return [tag("ul", *map(_trouble, report.troubles), class_="cards")] if report.troubles else []


def _trouble(trouble: Trouble) -> Html:
    return tag(
        "li",
        tag("h3", _mark(True), f"{trouble.kind} ", tag("code", trouble.name)),
        tag("p", trouble.message, class_="words"),
        _setting(trouble.setting),
        tag("p", "Waiting will not mend it.", class_="quiet") if trouble.fatal else "",
        class_="card bad",
    )


def _setting(setting: str) -> Html:
    return tag("p", "setting: ", tag("code", setting), class_="setting") if setting else Html()


def _changes(report: Report) -> list[Html]:
    return [
        tag(
            "div",
            tag("h3", effect, " ", tag("span", str(len(changes)), class_="count")),
            tag("ul", *(_alike(words, alike) for words, alike in summary.alike(changes))),
            class_="effect bad" if any(map(summary.is_loud, changes)) else "effect",
        )
        for effect, changes in summary.changes(report)
    ]


def _alike(words: str, changes: Sequence[Change]) -> Html:
    loud = summary.is_loud(changes[0])
    return tag(
        "li",
        *(
            tag("div", _mark(True) if loud else "", f"{c.kind} ", tag("code", c.name))
            for c in changes
        ),
        tag("p", words, class_="words") if words else "",
        class_="loud" if loud else None,
    )


def _nodes(report: Report) -> list[Html]:
    colour = node_chart.colours(report.pods)
    boxes = [_pool(pool, report.tasks, colour) for pool in summary.pools(report)]
    elsewhere, pending = summary.elsewhere(report), summary.pending(report)
    if elsewhere:
        boxes.append(_loose("On nodes that are not listed", elsewhere, colour, "pool whole"))
    if pending:
        boxes.append(_loose("Pending: no node took them", pending, colour, "pool whole bad"))
    return [tag("div", *boxes, class_="pools")] if boxes else []


def _pool(pool: Pool, tasks: Sequence[Task], colour: Mapping[str, str]) -> Html:
    cpu, all_cpu = sum(p.cpu for p in pool.pods), sum(n.cpu for n in pool.nodes)
    memory, all_memory = sum(p.memory for p in pool.pods), sum(n.memory for n in pool.nodes)
    told = (
        f"{amount(len(pool.nodes), 'node')}, {amount(len(pool.pods), 'pod')}; requested:"
        f" {cores(cpu)} of {cores(all_cpu)} CPU,"
        f" {gibibytes(memory)} of {gibibytes(all_memory)} GiB"
    )
    return tag(
        "div",
        tag("h3", "Pool ", tag("b", pool.name), " ", tag("span", told, class_="quiet")),
        tag("div", *(_node(n, pool.pods, tasks, colour) for n in pool.nodes), class_="nodes"),
        class_="pool",
        style=f"--nodes:{len(pool.nodes)}",  # as wide as they are many
    )


def _node(
    node: Node, pods: Sequence[Pod], tasks: Sequence[Task], colour: Mapping[str, str]
) -> Html:
    own = [pod for pod in pods if pod.node == node.name]
    size = f"{cores(node.cpu)} CPU, {gibibytes(node.memory)} GiB"
    taken = sum(pod.gpus for pod in own)
    gpus = f", {taken} of {amount(node.gpus, 'GPU')} taken" if node.gpus else ""
    taints = [tag("li", f"taint {taint}") for taint in node.taints]
    landed = ", ".join(task.name for task in tasks if task.node == node.name)
    return tag(
        "figure",
        tag(
            "figcaption",
            tag("h4", node.name),
            tag("span", size + gpus, class_="quiet"),
            tag("ul", *taints, class_="taints") if taints else "",
            # Their pods are gone by the end, so that the picture can't have them.
            tag("p", f"tried here: {landed}", class_="quiet landed") if landed else "",
        ),
        node_chart.drawn(node, own, colour),
        class_="node",
    )


def _loose(name: str, pods: Sequence[Pod], colour: Mapping[str, str], style: str) -> Html:
    items = [_loose_pod(pod, colour[pod.component]) for pod in pods]
    return tag("div", tag("h3", name), tag("ul", *items, class_="loose"), class_=style)


def _loose_pod(pod: Pod, colour: str) -> Html:
    where = f" on {pod.node}" if pod.node else ""
    return tag(
        "li",
        _swatch(colour),
        tag("b", pod.component),
        " ",
        tag("code", pod.name),
        tag("span", f"{where} requests {summary.requests(pod)}", class_="quiet"),
        tag("p", pod.words, class_="words") if pod.words else "",
        title=node_chart.title(pod),
    )


def _tasks(report: Report) -> list[Html]:
    if not report.tasks:
        return []
    return [_table(("task", "where it landed, or why not"), map(_task, report.tasks))]


def _task(task: Task) -> Html:
    style = "bad" if task.failed else None
    return tag(
        "tr",
        tag("th", _mark(task.failed), task.name, scope="row"),
        tag(
            "td",
            tag("span", summary.outcome(task), class_="outcome"),
            tag("p", task.words, class_="words") if task.words else "",
        ),
        class_=style,
    )


def _steps(report: Report) -> list[Html]:
    if not report.steps:
        return []
    begun = min(step.started for step in report.steps)
    whole = max(step.started + step.seconds for step in report.steps) - begun or 1.0
    rows = [_component(each, begun, whole) for each in summary.components(report.steps)]
    return [_table(("component", "what became of it", "time"), rows)]


def _component(component: Component, begun: float, whole: float) -> Html:
    start = min(step.started for step in component.steps) - begun
    loud = [
        step
        for step in component.steps
        if step.action in ("refused", "not ready")
        or (step.action in ("replaced", "skipped") and step.words)
    ]
    span = f"margin-left:{start / whole:.1%};width:{component.seconds / whole:.1%}"
    return tag(
        "tr",
        tag("th", _mark(component.failed), component.name, scope="row"),
        tag(
            "td",
            summary.counts(component.steps),
            tag("ul", *map(_step, loud), class_="steps") if loud else "",
        ),
        tag(
            "td",
            tag("span", seconds(component.seconds)),
            tag("div", tag("span", style=span), class_="span", aria_hidden="true"),
            class_="time",
        ),
        class_="bad" if component.failed else None,
    )


def _step(step: Step) -> Html:
    return tag(
        "li",
        tag("b", step.action),
        f" {step.kind} ",
        tag("code", step.name),
        tag("p", step.words, class_="words") if step.words else "",
    )


def _quotas(report: Report) -> list[Html]:
    if not report.quotas:
        return []
    heads = ("resource", "used", "with tasks", "hard")
    return [_table(heads, map(_quota, report.quotas), class_="quota")]


def _quota(quota: Quota) -> Html:
    used = summary.share(quota.used, quota.hard)
    with_tasks = summary.share(quota.with_tasks, quota.hard)
    bar = Html()
    if used is not None and with_tasks is not None:
        bar = tag(
            "div",
            tag("span", style=f"width:{min(with_tasks, 1):.1%}", class_="with-tasks"),
            tag("span", style=f"width:{min(used, 1):.1%}", class_="used"),
            class_="meter full" if summary.full(quota) else "meter",
            aria_hidden="true",
        )
    part = f" ({with_tasks:.0%})" if with_tasks is not None else ""
    return tag(
        "tr",
        tag("th", quota.resource, bar, scope="row"),
        tag("td", quota.used),
        tag("td", quota.with_tasks + part),
        tag("td", quota.hard),
        class_="full" if summary.full(quota) else None,
    )


def _objects(report: Report) -> list[Html]:
    return [
        tag(
            "details",
            tag("summary", name, " ", _count(own)),
            *_parts(own),
            open="" if any(each.failed for each in own) else None,
        )
        for name, own in _grouped(report.objects, lambda each: each.component)
    ]


def _parts(objects: Sequence[ObjectState]) -> list[Html]:
    if not any(each.part for each in objects):
        return [_list(objects)]
    return [
        tag(
            "details",
            tag("summary", part or "shared", " ", _count(own)),
            _list(own),
            open="" if any(each.failed for each in own) else None,
        )
        for part, own in sorted(_grouped(objects, lambda each: each.part))
    ]


def _list(objects: Sequence[ObjectState]) -> Html:
    return tag("ul", *map(_object, objects))


def _object(each: ObjectState) -> Html:
    return tag(
        "li",
        _mark(True) if each.failed else "",
        f"{each.kind} ",
        tag("code", each.name),
        tag("span", f" {each.state}", class_="quiet") if each.state else "",
        class_="bad" if each.failed else None,
    )


def _count(objects: Sequence[ObjectState]) -> Html:
    failed = sum(each.failed for each in objects)
    told = f", {failed} not as it should be" if failed else ""
    style = "count bad" if failed else "count"
    return tag("span", amount(len(objects), "object") + told, class_=style)


def _policies(report: Report) -> list[Html]:
    if report.policies is None:
        return []
    items = [
        tag(
            "li",
            tag("h3", _mark(True), tag("code", each.rule)),
            tag("p", f"{each.subject}: {each.words}", class_="words"),
            tag("p", each.remedy),
            class_="card bad",
        )
        for each in report.policies.broken
    ]
    items += [
        tag("li", tag("h3", _mark(True), about), tag("p", words, class_="words"), class_="card bad")
        for about, words in report.pod_security.items()
    ]
    names = {each.rule for each in report.policies.broken}
    held = f"{report.policies.rules - len(names)} of {amount(report.policies.rules, 'rule')} hold"
    judged = amount(len(report.pod_security), "violation")
    told = [held, *summary.beside(report.policies), f"Pod Security restricted: {judged}"]
    return [tag("ul", *items, class_="cards") if items else Html(), tag("p", "; ".join(told))]


def _warnings(report: Report) -> list[Html]:
    items = [
        tag(
            "li",
            tag("span", text, class_="words"),
            tag("p", f"{amount(len(objects), 'object')}: {', '.join(objects)}", class_="quiet"),
        )
        for text, objects in summary.warnings(report)
    ]
    return [tag("ul", *items, class_="plain")] if items else []


def _caveats(report: Report) -> list[Html]:
    items = [tag("li", caveat) for caveat in report.caveats]
    return [tag("ul", *items, class_="plain")] if items else []


# What went wrong comes first: it is what the reader came for.
_SECTIONS: Mapping[str, Callable[[Report], list[Html]]] = {
    "Troubles": _troubles,
    "What the upgrade did": _changes,
    "Nodes and the pods on them": _nodes,
    "Tasks": _tasks,
    "What came up": _steps,
    "Quota": _quotas,
    "Policies": _policies,
    "Objects": _objects,
    "Warnings of the API server": _warnings,
    "Not as on your cluster": _caveats,
}


def _table(heads: Iterable[str], rows: Iterable[Html], class_: str | None = None) -> Html:
    return tag(
        "table",
        tag("thead", tag("tr", *(tag("th", head, scope="col") for head in heads))),
        tag("tbody", *rows),
        class_=class_,
    )


def _grouped(
    objects: Sequence[ObjectState], key: Callable[[ObjectState], str]
) -> list[tuple[str, list[ObjectState]]]:
    names = dict.fromkeys(map(key, objects))
    return [(name, [each for each in objects if key(each) == name]) for name in names]


def _mark(failed: bool) -> Html:
    mark, words = ("✗", "failed") if failed else ("✓", "well")
    return together(tag("span", mark, class_="no" if failed else "yes", title=words), _SPACE)


def _swatch(colour: str) -> Html:
    return tag("span", class_=f"swatch {colour}", aria_hidden="true")
