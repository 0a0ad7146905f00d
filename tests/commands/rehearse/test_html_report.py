"""The HTML page, parsed as a browser parses it."""

import re
from collections.abc import Callable, Iterator, Sequence
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
TROUBLES, CHANGES = "Objects not ready", "Changes of the upgrade"
REPORTS = [GOOD, BAD, UPGRADE, REFUSED, Report(stack="dev", cluster="none", chart="1.22.0")]


@dataclass
class Element:
    """An element of the page with its children."""

    name: str
    attributes: dict[str, str | None]
    children: list["Element | str"] = field(default_factory=list["Element | str"])

    @property
    def text(self) -> str:
        texts = (c if isinstance(c, str) else c.all_text for c in self.children)
        return re.sub(r"\s+", " ", "".join(texts)).strip()  # non-breaking blanks too

    @property
    def all_text(self) -> str:
        return "".join(c if isinstance(c, str) else c.all_text for c in self.children)

    def all(self, name: str, style: str = "") -> Iterator["Element"]:
        """The descendants with that name, and with that class if one is given, in order."""
        for child in self.children:
            if isinstance(child, Element):
                own = (child.attributes.get("class") or "").split()
                if child.name == name and (not style or style in own):
                    yield child
                yield from child.all(name, style)

    def one(self, name: str, style: str = "") -> "Element":
        (found,) = self.all(name, style)
        return found

    def number(self, attribute: str) -> float:
        return float(self.attributes[attribute] or "")


class Reader(HTMLParser):
    """A parser that fails if a tag is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("root", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        assert len(element.attributes) == len(attrs), f"{tag} has an attribute twice"
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().name == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

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
    """The shapes of pods by the pod's name."""
    return {g.one("title").text.split(":")[0]: g for g in drawing.all("g", "pod")}


def row(table: Element, name: str) -> Element:
    return next(r for r in table.all("tr") if next(r.all("th")).text.strip("✓✗ ") == name)


@pytest.mark.parametrize("report", REPORTS)
def test_every_tag_is_closed_and_every_id_is_used_once(report: Report) -> None:
    found = read(report)
    ids = [e.attributes["id"] for n in ("section", "pattern") for e in found.all(n)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("report", REPORTS)
def test_the_page_loads_no_file_and_has_no_script(report: Report) -> None:
    text = page(report)
    for loads in ("<script", "<link", "<img", "<iframe", "@import", "src=", "href=", "://w3"):
        assert loads not in text
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= {"#stripes"}


@pytest.mark.parametrize("report", REPORTS)
def test_no_heading_level_is_skipped(report: Report) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])", page(report))]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("report", [GOOD, BAD])
def test_every_table_has_heads_for_its_columns_and_rows(report: Report) -> None:
    tables = list(read(report).all("table"))
    assert len(tables) == 3
    for table in tables:
        assert {th.attributes["scope"] for th in table.one("thead").all("th")} == {"col"}
        for line in table.one("tbody").all("tr"):
            assert line.one("th").attributes["scope"] == "row"


HOSTILE = "</title></style><script>alert('1')</script> \"quoted\" & <b onload=x>\x1b\x00"


def hostile(value: Any) -> Any:
    """A copy with HOSTILE after every text in it. Numbers and fixed values stay."""
    if is_dataclass(value) and not isinstance(value, type):
        kept = {"action", "outcome", "expected", "effect"}
        free = {f.name: hostile(getattr(value, f.name)) for f in fields(value)}
        return replace(value, **{key: item for key, item in free.items() if key not in kept})
    if isinstance(value, str):
        return value + HOSTILE
    if isinstance(value, dict):
        return {hostile(key): hostile(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [hostile(item) for item in value]
    return value


def test_texts_of_the_server_are_escaped() -> None:
    report: Report = hostile(replace(BAD, changes=REFUSED.changes, warnings=GOOD.warnings))
    found = read(report)
    assert not list(found.all("script"))
    assert not [b for b in found.all("b") if b.attributes]
    assert len(list(found.all("style"))) == 1
    text = found.text
    for message in (
        BAD.troubles[0].message,
        BAD.tasks[1].message,
        BAD.steps[-3].message,
        GPU_TAINT,
    ):
        assert f"{message}</title></style><script>alert('1')</script> \"quoted\" & <b" in text
    assert not set(page(report)) & {"\x1b", "\x00"}


@pytest.mark.parametrize(
    ("report", "verdict"),
    [
        (GOOD, "the stack comes up"),
        (BAD, "6 problems (3 objects, 2 tasks, 1 rule): do not deploy this stack"),
    ],
)
def test_the_verdict_is_in_the_title_and_at_the_top(report: Report, verdict: str) -> None:
    found = read(report)
    title = found.one("head").one("title").text
    assert title.startswith(f"Rehearsal of prod: {verdict}")
    assert found.one("header").one("p", "verdict").text[2:] == title.partition(": ")[2]


def test_a_good_report_has_no_section_of_troubles() -> None:
    assert TROUBLES in sections(BAD)
    assert TROUBLES not in sections(GOOD)
    assert "✗" not in read(GOOD).text


def test_the_phases_are_parts_of_a_bar_with_a_legend() -> None:
    header = read(GOOD).one("header")
    widths = [s.attributes["style"] for s in header.one("div", "bar").all("span")]
    assert widths[:2] == ["flex-grow:2.60", "flex-grow:6.70"]
    assert "control plane 6.7s" in header.one("ul", "legend").text
    assert "25.8s" in header.text


@pytest.mark.parametrize("report", [GOOD, BAD])
def test_every_pod_is_drawn_on_its_node_only(report: Report) -> None:
    for listed in report.nodes:
        expected = {pod.name for pod in report.pods if pod.node == listed.name}
        drawing = node(report, listed.name)
        assert set(pods(drawing)) == expected
        assert all(name in (drawing.one("svg").attributes["aria-label"] or "") for name in expected)


def test_the_height_of_a_pod_is_its_share_of_the_node() -> None:
    drawing = node(GOOD, "cpu-1")
    cpu, memory = drawing.all("rect", "column")
    heavy = pods(drawing)["airflow-heavy-task-2b"]
    of_cpu, of_memory = heavy.all("rect", "block")
    assert of_cpu.number("height") == pytest.approx(cpu.number("height") / 2)
    assert of_memory.number("height") == pytest.approx(memory.number("height") / 4)
    assert "2 CPU, 4Gi (50% of CPU, 25% of memory)" in heavy.one("title").text
    assert "CPU 82% memory 41%" in " ".join(t.text for t in drawing.all("text", "axis"))


def test_pods_are_stacked_without_gaps_within_the_column() -> None:
    drawing = node(GOOD, "cpu-1")
    tank = next(drawing.all("rect", "column"))
    blocks = [next(g.all("rect", "block")) for g in drawing.all("g", "pod")]
    floor = tank.number("height")
    for block in blocks:
        assert block.number("y") + block.number("height") == pytest.approx(floor, abs=0.11)
        floor = block.number("y")
    assert floor > 0


def crowded(count: int, cpu: float, most: float) -> Report:
    """A node of 4 CPU and 4 GiB with `count` pods. The first one requests `most` of the memory."""
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
def test_names_of_pods_do_not_overlap_and_stay_in_the_chart(
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


def test_a_used_gpu_is_drawn_and_named() -> None:
    drawing = node(GOOD, "gpu-1")
    assert [t.text for t in drawing.all("text", "axis")][4:] == ["GPU", "100%"]
    assert "1 of 1 GPU used" in drawing.one("figcaption").text
    assert "GPU" not in " ".join(t.text for t in node(GOOD, "cpu-1").all("text", "axis"))


def test_nodes_are_shown_in_their_pool_with_their_taints() -> None:
    cpu, gpu = read(GOOD).all("div", "pool")
    assert [h.text for h in cpu.all("h4")] == ["cpu-1", "cpu-2", "cpu-3", "cpu-4"]
    assert "4 nodes, 13 pods; requested: 6.9 of 16 CPU, 13.8 of 64 GiB" in cpu.one("h3").text
    assert [t.text for t in gpu.all("ul", "taints")] == [f"taint {GPU_TAINT}"] * 2
    assert not list(cpu.all("ul", "taints"))


def test_a_node_names_the_tasks_that_were_tried_on_it() -> None:
    assert "tasks tried on it: heavy" in node(GOOD, "cpu-1").one("figcaption").text
    assert "tasks tried on it: gpu" in node(GOOD, "gpu-1").one("figcaption").text
    assert "tried on it" not in node(GOOD, "gpu-2").text


def test_a_pod_that_is_not_ready_has_a_mark_and_a_reason() -> None:
    drawn = pods(node(BAD, "cpu-1"))
    stuck = drawn["migration-job-4f1c-zx9k2"]
    assert "✗ migration" in stuck.one("text").text
    assert "not ready: ContainersNotReady" in stuck.one("title").text
    assert "✗" not in drawn["airflow-scheduler-59f7d4c8b-7bq2m"].text


def test_pending_pods_are_in_a_separate_box_with_the_reason() -> None:
    box = list(read(BAD).all("div", "pool"))[-1]
    assert box.one("h3").text.startswith("Pending")
    assert "airflow-scheduler-59f7d4c8b-tn5zv requests 510m CPU, 1056Mi" in box.text
    assert "1 Insufficient memory" in box.text
    assert "Pending" not in section(GOOD, "Nodes and pods").text


def test_pods_on_nodes_that_are_not_listed_are_shown() -> None:
    shown = section(replace(GOOD, nodes=()), "Nodes and pods").text
    assert all(pod.name in shown for pod in GOOD.pods)


def test_a_failed_task_is_marked_and_has_the_reason() -> None:
    table = section(BAD, "Tasks")
    assert "is refused, but should run" in row(table, "heavy").text
    assert "exceeded quota: airflow-platform" in row(table, "heavy").text
    assert "✗" in row(table, "GPU pod without toleration").text
    assert "runs on cpu-1 (cpu)" in row(table, "light").text
    assert "✗" not in row(table, "light").text


def test_a_trouble_names_the_setting_that_causes_it() -> None:
    first, second = section(BAD, TROUBLES).all("li", "card")
    assert first.one("h3").text.endswith("Pod airflow-scheduler-59f7d4c8b-tn5zv")
    assert first.one("p", "setting").text == (
        "setting: scheduler.replicas, scheduler.resources.requests.memory"
    )
    assert "Waiting" in second.text
    assert "Waiting" not in first.text


def test_a_failed_step_is_shown_with_its_component() -> None:
    table = section(BAD, "Components")
    assert "the Job was not complete after 30 s" in row(table, "migration").text
    assert "8 created" in row(table, "secrets").text


def test_the_time_axis_of_components_starts_with_the_first_step() -> None:
    later = [replace(step, started=step.started + 100) for step in GOOD.steps]
    table = section(replace(GOOD, steps=later), "Components")
    first, last = (row(table, name).one("div", "span") for name in ("prerequisites", "airflow"))
    assert first.one("span").attributes["style"] == "margin-left:0.0%;width:5.8%"
    assert last.one("span").attributes["style"] == "margin-left:30.0%;width:70.0%"


def test_refusals_and_data_loss_of_an_upgrade_come_first_and_are_highlighted() -> None:
    effects = list(section(REFUSED, CHANGES).all("div", "effect"))
    assert [next(e.all("h3")).text.split()[0] for e in effects] == [
        "refused",
        "replaced",
        "orphaned",
        "restarted",
        "updated",
        "added",
    ]
    severe = [li.text for effect in effects for li in effect.all("li", "severe")]
    assert ["✗" in text for text in severe] == [True, True]
    assert "airflow-triggerer" in severe[0]
    assert "airflow-logs" in severe[1]
    assert "DATA LOSS: the claim is deleted with its volume" in severe[1]


def test_a_replacement_without_data_loss_is_not_highlighted() -> None:
    harmless = [change for change in UPGRADE.changes if change.kind != "PersistentVolumeClaim"]
    shown = section(replace(UPGRADE, changes=harmless), CHANGES)
    assert not list(shown.all("li", "severe"))
    assert not list(shown.all("div", "bad"))
    assert "replaced because of spec.clusterIP" in shown.text


def test_changes_with_the_same_message_are_grouped() -> None:
    (updated,) = [
        e for e in section(UPGRADE, CHANGES).all("div", "effect") if e.one("h3").text == "updated 3"
    ]
    assert [li.text for li in updated.all("li")] == [
        "Deployment airflow-scheduler Deployment airflow-triggerer spec.template",
        "ConfigMap airflow-config",
    ]


def test_the_length_of_a_quota_bar_is_the_used_part() -> None:
    table = section(GOOD, "Quota")
    gpus = row(table, "requests.nvidia.com/gpu")
    assert gpus.one("span", "with-tasks").attributes["style"] == "width:50.0%"
    assert gpus.one("span", "used").attributes["style"] == "width:0.0%"
    assert [td.text for td in gpus.all("td")] == ["0", "1 (50%)", "2"]


def test_a_nearly_exhausted_quota_is_highlighted() -> None:
    table = section(BAD, "Quota")
    assert list(table.all("tr", "full")) == [row(table, "requests.cpu")]
    assert [td.text for td in row(table, "count/pods").all("td")] == ["4", "1e1 (10%)", "1e2"]


def test_the_object_tree_is_open_where_an_object_failed() -> None:
    bad = [d for d in section(BAD, "Objects").all("details") if "open" in d.attributes]
    assert [next(d.all("summary")).text.split()[0] for d in bad] == ["airflow", "scheduler"]
    assert "✗ Deployment airflow-scheduler 1/2 ready" in bad[0].text
    good = section(GOOD, "Objects")
    assert not [d for d in good.all("details") if "open" in d.attributes]


def test_every_object_is_in_the_tree_under_its_component_and_part() -> None:
    tree = section(GOOD, "Objects")
    for state in GOOD.objects:
        (component,) = [
            d
            for d in tree.all("details")
            if next(d.all("summary")).text.startswith(state.component + " ")
        ]
        assert f"{state.kind} {state.name}" in component.text
        if state.part:
            part = [d for d in component.all("details") if state.part in d.one("summary").text]
            assert f"{state.kind} {state.name}" in part[0].text


def test_a_warning_is_shown_once_with_all_its_objects() -> None:
    warnings = section(GOOD, "Warnings of the API server").text
    assert warnings.count("hostUser") == 1
    assert "2 objects: Deployment airflow-scheduler, Deployment airflow-triggerer" in warnings


def test_caveats_are_shown() -> None:
    assert "simulated, not real: CloudNativePG" in section(GOOD, "Simulated or left out").text


def test_a_stand_in_chart_and_a_kept_cluster_are_shown() -> None:
    header = read(BAD).one("header").text
    assert "Stand-in chart. The stack's own chart was not used" in header
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
        ("quiet", "column"),
        ("quiet", "bad-ground"),
        ("good", "good-ground"),
        ("good", "card"),
        ("bad", "bad-ground"),
        ("bad", "ground"),
        ("bad", "card"),
        ("warn", "warn-ground"),
    ],
)
def test_text_has_enough_contrast_in_light_and_dark_mode(
    text: str, ground: str, dark: bool
) -> None:
    file = PROGRAM / "airflow_k8s" / "commands" / "rehearse" / "templates" / "page.css"
    css = file.read_text(encoding="utf-8")
    light_root, dark_root = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): (#\w+)", dark_root if dark else light_root))
    darker, brighter = sorted(luminance(colours[name]) for name in (text, ground))
    assert (brighter + 0.05) / (darker + 0.05) >= 4.5, "WCAG 2 AA"


def test_policies_show_how_many_rules_pass_and_every_violation() -> None:
    good, bad = (read(report).one("main").text for report in (GOOD, BAD))
    assert "all 32 rules pass; 46 advisory findings; 1 exception;" in good
    assert "Pod Security restricted: 0 violations" in good
    assert "image-pinned" in bad
    assert "container statsd runs <exporter>:latest" in bad
    assert "Name the image with a version's tag" in bad
    assert "1 of 32 rules is violated" in bad
    assert "Pod Security restricted: 1 violation" in bad
    without = read(replace(GOOD, policies=None)).one("main").text
    assert "rules pass" not in without, "they were not checked"


@pytest.mark.parametrize(
    ("name", "report"), [("good", GOOD), ("bad", BAD), ("upgrade", UPGRADE), ("refused", REFUSED)]
)
def test_the_text_of_the_page_is_the_golden_one(
    golden: Callable[[str, str], None], name: str, report: Report
) -> None:
    lines = read(report).one("body").all_text.replace("\xa0", " ").splitlines()
    texts = [" ".join(line.split()) for line in lines]
    golden(f"page-{name}.txt", "\n".join(text for text in texts if text) + "\n")
