"""The HTML page, as a browser and its reader take it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from airflow_k8s.commands.rehearse.html_report import page
from airflow_k8s.commands.rehearse.report import Node, Pod, Report
from tests.commands.rehearse.samples import BAD, GIB, GOOD, GPU_TAINT, MIB, REFUSED, UPGRADE
from tests.conftest import PROGRAM

VOID = {"meta"}
REPORTS = [GOOD, BAD, UPGRADE, REFUSED, Report(stack="dev", cluster="none", chart="1.22.0")]


@dataclass
class Element:
    """One of the page, with what is inside it."""

    name: str
    attributes: dict[str, str | None]
    inside: list["Element | str"] = field(default_factory=list["Element | str"])

    @property
    def text(self) -> str:
        inside = (each if isinstance(each, str) else each.text for each in self.inside)
        return re.sub(r"\s+", " ", "".join(inside))  # the blank that does not break too

    def all(self, name: str, style: str = "") -> Iterator["Element"]:
        """Those of the name, and of the class where one is given, in their order."""
        for each in self.inside:
            if isinstance(each, Element):
                own = (each.attributes.get("class") or "").split()
                if each.name == name and (not style or style in own):
                    yield each
                yield from each.all(name, style)

    def one(self, name: str, style: str = "") -> "Element":
        (found,) = self.all(name, style)
        return found

    def number(self, attribute: str) -> float:
        return float(self.attributes[attribute] or "")


class Reader(HTMLParser):
    """Fails where a tag is not closed by its own."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("root", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        assert len(element.attributes) == len(attrs), f"an attribute of {tag} is told twice"
        self._open[-1].inside.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().name == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)

    def close(self) -> None:
        super().close()
        assert self._open == [self.root], "a tag is left open"


def read(report: Report) -> Element:
    reader = Reader()
    reader.feed(page(report))
    reader.close()
    return reader.root.one("html")


def section(report: Report, name: str) -> Element:
    return next(s for s in read(report).all("section") if s.one("h2").text == name)


def sections(report: Report) -> list[str]:
    return [s.one("h2").text for s in read(report).all("section")]


def node(report: Report, name: str) -> Element:
    return next(f for f in read(report).all("figure", "node") if f.one("h4").text == name)


def pods(drawing: Element) -> dict[str, Element]:
    """What is drawn of each pod, by its name."""
    return {g.one("title").text.split(":")[0]: g for g in drawing.all("g", "pod")}


def row(table: Element, name: str) -> Element:
    return next(r for r in table.all("tr") if next(r.all("th")).text.strip("✓✗ ") == name)


@pytest.mark.parametrize("report", REPORTS)
def test_every_tag_is_closed_and_every_id_used_once(report: Report) -> None:
    found = read(report)
    ids = [e.attributes["id"] for n in ("section", "pattern") for e in found.all(n)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("report", REPORTS)
def test_the_page_needs_nothing_from_elsewhere_and_no_script(report: Report) -> None:
    text = page(report)
    for loads in ("<script", "<link", "<img", "<iframe", "@import", "src=", "href=", "://w3"):
        assert loads not in text
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= {"#stripes"}


@pytest.mark.parametrize("report", REPORTS)
def test_headings_leave_out_no_level(report: Report) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])", page(report))]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("report", [GOOD, BAD])
def test_every_table_says_what_its_columns_and_rows_are(report: Report) -> None:
    tables = list(read(report).all("table"))
    assert len(tables) == 3
    for table in tables:
        assert {th.attributes["scope"] for th in table.one("thead").all("th")} == {"col"}
        for each in table.one("tbody").all("tr"):
            assert each.one("th").attributes["scope"] == "row"


HOSTILE = "</title></style><script>alert('1')</script> \"quoted\" & <b onload=x>\x1b\x00"


def hostile(value: Any) -> Any:
    """The same with such a text behind every one in it; numbers and fixed words stay."""
    if is_dataclass(value) and not isinstance(value, type):
        kept = {"action", "outcome", "expected", "effect"}
        free = {f.name: hostile(getattr(value, f.name)) for f in fields(value)}
        return replace(value, **{key: each for key, each in free.items() if key not in kept})
    if isinstance(value, str):
        return value + HOSTILE
    if isinstance(value, dict):
        return {hostile(key): hostile(each) for key, each in value.items()}
    if isinstance(value, Sequence):
        return [hostile(each) for each in value]
    return value


def test_whatever_the_server_says_stays_text() -> None:
    report: Report = hostile(replace(BAD, changes=REFUSED.changes, warnings=GOOD.warnings))
    found = read(report)
    assert not list(found.all("script"))
    assert not [b for b in found.all("b") if b.attributes]
    assert len(list(found.all("style"))) == 1
    told = found.text
    for words in (BAD.troubles[0].message, BAD.tasks[1].words, BAD.steps[-3].words, GPU_TAINT):
        assert f"{words}</title></style><script>alert('1')</script> \"quoted\" & <b" in told
    assert not set(page(report)) & {"\x1b", "\x00"}


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (GOOD, "the stack comes up"),
        (BAD, "6 problems: this stack should not go to a cluster as it is"),
    ],
)
def test_the_verdict_is_in_the_title_and_at_the_top(report: Report, words: str) -> None:
    found = read(report)
    assert found.one("head").one("title").text == f"Rehearsal of prod: {words}"
    assert found.one("header").one("p", "verdict").text[2:] == words


def test_what_went_well_has_no_section_of_troubles() -> None:
    assert "Troubles" in sections(BAD)
    assert "Troubles" not in sections(GOOD)
    assert "✗" not in read(GOOD).text


def test_the_phases_are_parts_of_a_bar_and_told() -> None:
    header = read(GOOD).one("header")
    widths = [s.attributes["style"] for s in header.one("div", "bar").all("span")]
    assert widths[:2] == ["flex-grow:2.60", "flex-grow:6.70"]
    assert "control plane 6.7s" in header.one("ul", "legend").text
    assert "It took 25.8s" in header.text


@pytest.mark.parametrize("report", [GOOD, BAD])
def test_every_pod_is_on_its_node_and_on_no_other(report: Report) -> None:
    for each in report.nodes:
        expected = {pod.name for pod in report.pods if pod.node == each.name}
        drawing = node(report, each.name)
        assert set(pods(drawing)) == expected
        assert all(name in (drawing.one("svg").attributes["aria-label"] or "") for name in expected)


def test_a_pod_takes_the_part_of_its_node_that_it_requests() -> None:
    drawing = node(GOOD, "cpu-1")
    cpu, memory = drawing.all("rect", "tank")
    heavy = pods(drawing)["airflow-heavy-task-2b"]
    of_cpu, of_memory = heavy.all("rect", "block")
    assert of_cpu.number("height") == pytest.approx(cpu.number("height") / 2)
    assert of_memory.number("height") == pytest.approx(memory.number("height") / 4)
    assert "2 CPU, 4Gi (50% of CPU, 25% of memory)" in heavy.one("title").text
    assert "CPU 82% memory 41%" in " ".join(t.text for t in drawing.all("text", "axis"))


def test_pods_lie_on_each_other_without_a_gap_and_within_the_node() -> None:
    drawing = node(GOOD, "cpu-1")
    tank = next(drawing.all("rect", "tank"))
    blocks = [next(g.all("rect", "block")) for g in drawing.all("g", "pod")]
    floor = tank.number("height")
    for block in blocks:
        assert block.number("y") + block.number("height") == pytest.approx(floor, abs=0.11)
        floor = block.number("y")
    assert floor > 0


def crowded(count: int, cpu: float, most: float) -> Report:
    """A node of 4 CPU and 4 GiB with as many pods, the first of which has most of the memory."""
    one = Node(name="n", pool="p", cpu=4, memory=4 * GIB, gpus=0, taints=())
    many = [
        Pod(name=f"pod-{n}", component="c", node="n", ready=True, cpu=cpu, memory=MIB, gpus=0)
        for n in range(count)
    ]
    first = replace(many[0], memory=most * 4 * GIB)
    return replace(GOOD, nodes=[one], pods=[first, *many[1:]])


@pytest.mark.parametrize(
    ("count", "cpu", "most"),
    [(40, 0.1, 0), (40, 0.001, 0), (6, 4, 0.5), (3, 0, 0), (6, 0.5, 0.97), (40, 0.1, 0.8)],
)
def test_names_do_not_lie_over_each_other_and_stay_in_the_picture(
    count: int, cpu: float, most: float
) -> None:
    drawing = node(crowded(count, cpu, most), "n").one("svg")
    lines = sorted(next(g.all("text")).number("y") for g in drawing.all("g", "pod"))
    assert len(lines) == count
    assert all(b - a >= 12 for a, b in pairwise(lines))
    _, _, _, height = (drawing.attributes["viewbox"] or "").split()
    assert lines[0] >= 10
    assert lines[-1] <= float(height)
    assert all(rect.number("y") >= 0 for rect in drawing.all("rect", "block"))


def test_a_gpu_that_is_taken_is_drawn_and_told() -> None:
    drawing = node(GOOD, "gpu-1")
    assert [t.text for t in drawing.all("text", "axis")][4:] == ["GPU", "100%"]
    assert "1 of 1 GPU taken" in drawing.one("figcaption").text
    assert "GPU" not in " ".join(t.text for t in node(GOOD, "cpu-1").all("text", "axis"))


def test_nodes_stand_in_their_pool_with_their_taints() -> None:
    cpu, gpu = read(GOOD).all("div", "pool")
    assert [h.text for h in cpu.all("h4")] == ["cpu-1", "cpu-2", "cpu-3", "cpu-4"]
    assert "4 nodes, 13 pods; requested: 6.9 of 16 CPU, 13.8 of 64 GiB" in cpu.one("h3").text
    assert [t.text for t in gpu.all("ul", "taints")] == [f"taint {GPU_TAINT}"] * 2
    assert not list(cpu.all("ul", "taints"))


def test_a_node_names_the_tasks_that_landed_on_it() -> None:
    assert "tried here: heavy" in node(GOOD, "cpu-1").one("figcaption").text
    assert "tried here: gpu" in node(GOOD, "gpu-1").one("figcaption").text
    assert "tried here" not in node(GOOD, "gpu-2").text


def test_a_pod_that_is_not_ready_is_marked_by_more_than_a_colour() -> None:
    drawn = pods(node(BAD, "cpu-1"))
    stuck = drawn["migration-job-4f1c-zx9k2"]
    assert "✗ migration" in stuck.one("text").text
    assert "not ready: ContainersNotReady" in stuck.one("title").text
    assert "✗" not in drawn["airflow-scheduler-59f7d4c8b-7bq2m"].text


def test_pending_pods_have_a_box_of_their_own_that_says_why() -> None:
    box = list(read(BAD).all("div", "pool"))[-1]
    assert box.one("h3").text == "Pending: no node took them"
    assert "airflow-scheduler-59f7d4c8b-tn5zv requests 510m CPU, 1056Mi" in box.text
    assert "1 Insufficient memory" in box.text
    assert "Pending" not in section(GOOD, "Nodes and the pods on them").text


def test_pods_on_nodes_that_nobody_listed_are_not_lost() -> None:
    shown = section(replace(GOOD, nodes=()), "Nodes and the pods on them").text
    assert all(pod.name in shown for pod in GOOD.pods)


def test_a_task_that_failed_says_so() -> None:
    table = section(BAD, "Tasks")
    assert "is refused, but should run" in row(table, "heavy").text
    assert "exceeded quota: airflow-platform" in row(table, "heavy").text
    assert "✗" in row(table, "plain pod on a GPU node").text
    assert "runs on cpu-1 (cpu)" in row(table, "light").text
    assert "✗" not in row(table, "light").text


def test_a_trouble_names_the_setting_behind_it() -> None:
    first, second = section(BAD, "Troubles").all("li", "card")
    assert first.one("h3").text.endswith("Pod airflow-scheduler-59f7d4c8b-tn5zv")
    assert first.one("p", "setting").text == (
        "setting: scheduler.replicas, scheduler.resources.requests.memory"
    )
    assert "Waiting will not mend it." in second.text
    assert "Waiting" not in first.text


def test_a_step_that_failed_is_told_beneath_its_component() -> None:
    table = section(BAD, "What came up")
    assert "the Job was not complete after 30 s" in row(table, "migration").text
    assert "8 created" in row(table, "secrets").text


def test_components_stand_in_time_from_the_first_step_on() -> None:
    later = [replace(step, started=step.started + 100) for step in GOOD.steps]
    table = section(replace(GOOD, steps=later), "What came up")
    first, last = (row(table, name).one("div", "span") for name in ("prerequisites", "airflow"))
    assert first.one("span").attributes["style"] == "margin-left:0.0%;width:5.8%"
    assert last.one("span").attributes["style"] == "margin-left:30.0%;width:70.0%"


def test_what_an_upgrade_refuses_or_loses_comes_first_and_is_loud() -> None:
    effects = list(section(REFUSED, "What the upgrade did").all("div", "effect"))
    assert [next(e.all("h3")).text.split()[0] for e in effects] == [
        "refused",
        "replaced",
        "left",
        "restarted",
        "updated",
        "added",
    ]
    loud = [li.text for effect in effects for li in effect.all("li", "loud")]
    assert ["✗" in text for text in loud] == [True, True]
    assert "airflow-triggerer" in loud[0]
    assert "airflow-logs" in loud[1]
    assert "DATA LOSS: the claim is deleted with its volume" in loud[1]


def test_an_upgrade_that_loses_nothing_is_calm() -> None:
    harmless = [change for change in UPGRADE.changes if change.kind != "PersistentVolumeClaim"]
    shown = section(replace(UPGRADE, changes=harmless), "What the upgrade did")
    assert not list(shown.all("li", "loud"))
    assert not list(shown.all("div", "bad"))
    assert "replaced because of spec.clusterIP" in shown.text


def test_what_an_upgrade_did_alike_is_told_together() -> None:
    (updated,) = [
        e
        for e in section(UPGRADE, "What the upgrade did").all("div", "effect")
        if e.one("h3").text == "updated 3"
    ]
    assert [li.text for li in updated.all("li")] == [
        "Deployment airflow-schedulerDeployment airflow-triggererspec.template",
        "ConfigMap airflow-config",
    ]


def test_a_quota_is_a_bar_as_long_as_what_is_used() -> None:
    table = section(GOOD, "Quota")
    gpus = row(table, "requests.nvidia.com/gpu")
    assert gpus.one("span", "with-tasks").attributes["style"] == "width:50.0%"
    assert gpus.one("span", "used").attributes["style"] == "width:0.0%"
    assert [td.text for td in gpus.all("td")] == ["0", "1 (50%)", "2"]


def test_a_quota_that_is_nearly_used_up_stands_out() -> None:
    table = section(BAD, "Quota")
    assert list(table.all("tr", "full")) == [row(table, "requests.cpu")]
    assert [td.text for td in row(table, "count/pods").all("td")] == ["4", "1e1 (10%)", "1e2"]


def test_the_object_tree_is_open_where_something_failed() -> None:
    bad = [d for d in section(BAD, "Objects").all("details") if "open" in d.attributes]
    assert [next(d.all("summary")).text.split()[0] for d in bad] == ["airflow", "scheduler"]
    assert "✗ Deployment airflow-scheduler 1/2 ready" in bad[0].text
    good = section(GOOD, "Objects")
    assert not [d for d in good.all("details") if "open" in d.attributes]


def test_every_object_is_in_the_tree_under_its_component_and_part() -> None:
    tree = section(GOOD, "Objects")
    for each in GOOD.objects:
        (component,) = [
            d
            for d in tree.all("details")
            if next(d.all("summary")).text.startswith(each.component + " ")
        ]
        assert f"{each.kind} {each.name}" in component.text
        if each.part:
            part = [d for d in component.all("details") if each.part in d.one("summary").text]
            assert f"{each.kind} {each.name}" in part[0].text


def test_a_warning_is_told_once_with_all_its_objects() -> None:
    warnings = section(GOOD, "Warnings of the API server").text
    assert warnings.count("hostUser") == 1
    assert "2 objects: Deployment airflow-scheduler, Deployment airflow-triggerer" in warnings


def test_what_was_played_is_told() -> None:
    assert "CloudNativePG's operator is played" in section(GOOD, "Not as on your cluster").text


def test_a_stand_in_chart_and_a_kept_cluster_are_told() -> None:
    header = read(BAD).one("header").text
    assert "Stand-in chart. Not the chart that the stack names" in header
    assert "build/rehearsal/kubeconfig" in header
    assert "Stand-in" not in read(GOOD).one("header").text


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(2 * d for d in digits)
    channels = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "card"),
        ("ink", "bad-ground"),
        ("quiet", "ground"),
        ("quiet", "card"),
        ("quiet", "tank"),
        ("quiet", "bad-ground"),
        ("good", "good-ground"),
        ("good", "card"),
        ("bad", "bad-ground"),
        ("bad", "ground"),
        ("bad", "card"),
        ("warn", "warn-ground"),
    ],
)
def test_text_stands_out_from_its_ground_by_light_and_in_the_dark(
    text: str, ground: str, dark: bool
) -> None:
    file = PROGRAM / "airflow_k8s" / "commands" / "rehearse" / "page.css"
    css = file.read_text(encoding="utf-8")
    light_root, dark_root = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): (#\w+)", dark_root if dark else light_root))
    darker, brighter = sorted(luminance(colours[name]) for name in (text, ground))
    assert (brighter + 0.05) / (darker + 0.05) >= 4.5, "WCAG 2 AA"


def test_policies_tell_how_many_rules_hold_and_what_does_not() -> None:
    good, bad = (read(report).one("main").text for report in (GOOD, BAD))
    assert (
        "32 of 32 rules hold; 46 remarks; 1 exception; make policy tells those of the stack" in good
    )
    assert "Pod Security restricted: 0 violations" in good
    assert "image-pinned" in bad
    assert "container statsd runs <exporter>:latest" in bad
    assert "Name the image with a version's tag" in bad
    assert "31 of 32 rules hold" in bad
    assert "Pod Security restricted: 1 violation" in bad
    without = read(replace(GOOD, policies=None)).one("main").text
    assert "rules hold" not in without, "they were not asked"
