"""What a person reads on the terminal, while it happens and at its end."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import StringIO

import pytest
from rich.console import Console

from airflow_k8s.commands.rehearse.progress import Progress
from airflow_k8s.commands.rehearse.report import Report, Step, Task
from airflow_k8s.commands.rehearse.terminal import Plain, frame, live, report_lines
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.reasons import Reason
from tests.commands.rehearse.samples import BAD, GOOD, REFUSED, UPGRADE
from tests.commands.rehearse.test_progress import Clock, step


def read(report: Report, width: int = 100) -> str:
    console = Console(file=StringIO(), width=width, highlight=False, markup=False)
    with console.capture() as captured:
        for line in report_lines(report):
            console.print(line)
    return captured.get()


def lines(report: Report) -> list[str]:
    """With one blank between words, so that columns may be of any width."""
    return [" ".join(line.split()) for line in read(report, 1000).splitlines()]


def in_red(report: Report) -> str:
    """All that is printed in red."""
    console = Console(file=StringIO(), width=200, highlight=False, markup=False)
    return " ".join(
        segment.text
        for line in report_lines(report)
        for segment in console.render(line)
        if segment.style and segment.style.color and segment.style.color.name == "red"
    )


def squeezed(text: str) -> str:
    """Without what wrapping changes."""
    return "".join(text.split())


def server_words(report: Report) -> Iterator[str]:
    for each in (*report.steps, *report.tasks, *report.changes, *report.pods):
        yield each.words
    yield from (trouble.message for trouble in report.troubles)
    yield from (text for texts in report.warnings.values() for text in texts)
    yield from report.caveats
    yield report.stand_in_reason


def test_a_good_run_fits_on_one_screen() -> None:
    assert len(read(GOOD).splitlines()) <= 50


def test_the_last_line_is_the_verdict() -> None:
    assert read(GOOD).splitlines()[-1] == "✓ the stack comes up"
    assert read(BAD).splitlines()[-1] == (
        "✗ 6 problems: this stack should not go to a cluster as it is"
    )
    assert "2 problems:" in read(REFUSED).splitlines()[-1]


def test_a_stack_of_which_all_was_skipped_does_not_come_up() -> None:
    skipped = Step(component="data", kind="Job", name="job", action="skipped", seconds=0)
    assert "✗ 1 problem:" in read(replace(GOOD, steps=[skipped]))


@pytest.mark.parametrize("report", [GOOD, BAD, REFUSED])
@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_the_servers_words_are_wrapped_and_not_cut(report: Report, width: int) -> None:
    shown = read(report, width)
    assert max(map(len, shown.splitlines())) <= width
    for words in server_words(report):
        assert squeezed(words) in squeezed(shown)


def test_words_stay_in_their_column() -> None:
    shown = read(GOOD, 80).splitlines()
    number = next(n for n, line in enumerate(shown) if "stays pending" in line)
    column = shown[number].index("stays pending")
    assert shown[number + 1][:column].isspace()
    assert not shown[number + 1][column].isspace()


def test_each_component_tells_what_it_made_and_how_long_it_took() -> None:
    told = [
        "✓ gpu 0.8s 4 updated",
        "✓ platform 0.7s 3 created",
        "✓ secrets 1.2s 8 created",
        "✓ data 0.5s 1 created",
    ]
    shown = lines(GOOD)
    first = shown.index(told[0])
    assert shown[first : first + 4] == told, "in the order in which they came up"


def test_what_went_wrong_with_a_step_stands_beneath_its_component() -> None:
    shown = lines(BAD)
    number = shown.index("✗ migration 30.0s 1 not ready")
    assert shown[number + 1] == (
        "not ready Job migration-job-4f1c the Job was not complete after 30 s"
    )


def test_words_that_a_trouble_tells_are_not_told_again() -> None:
    words = "admission webhook said no"
    refused = Step(
        component="data", kind="Job", name="job", action="refused", seconds=1, words=words
    )
    trouble = Trouble(kind="Job", name="job", reason=Reason.REFUSED, message=words)
    assert read(replace(GOOD, steps=[refused], troubles=[trouble])).count(words) == 1


def test_pools_tell_how_full_they_are() -> None:
    shown = lines(GOOD)
    assert "cpu 4 13 6.9 of 16 (43%) 13.8 of 64 GiB (22%) none" in shown
    assert "gpu 2 1 0.28 of 16 (2%) 0.6 of 64 GiB (1%) 1 of 2" in shown


def test_pods_without_a_node_are_counted_and_in_red() -> None:
    assert "1 pod pending" in in_red(BAD)
    assert "pending" not in read(replace(GOOD, tasks=()))


def test_pods_on_nodes_that_nobody_listed_are_counted_too() -> None:
    assert "14 pods on other nodes" in read(replace(GOOD, nodes=()))


def test_a_task_tells_where_it_landed() -> None:
    assert "✓ heavy runs on cpu-1 (cpu)" in lines(GOOD)
    (pending,) = [line for line in lines(GOOD) if line.startswith("✓ plain pod on a GPU node")]
    assert "stays pending, as it should: 0/6 nodes are available" in pending


def test_a_task_that_went_otherwise_is_told_in_red() -> None:
    red = in_red(BAD)
    assert "is refused, but should run" in red
    assert "runs on gpu-2 (gpu), but should stay pending" in red
    assert "stays pending" not in in_red(GOOD)


def test_a_trouble_is_told_with_the_servers_words_and_the_setting() -> None:
    shown = lines(BAD)
    number = shown.index("✗ Pod airflow-scheduler-59f7d4c8b-tn5zv")
    assert shown[number + 1].startswith("0/3 nodes are available: 1 Insufficient memory")
    assert shown[number + 2] == "setting: scheduler.replicas, scheduler.resources.requests.memory"


def test_the_servers_words_are_not_drowned_in_red() -> None:
    assert "not ready Job migration-job-4f1c" in in_red(BAD)
    assert "the Job was not complete" not in in_red(BAD)
    assert "updates to statefulset" not in in_red(REFUSED)


def test_what_waiting_will_not_mend_says_so() -> None:
    assert "✗ ReplicaSet airflow-statsd-5f8d6c9b7 waiting will not mend it" in lines(BAD)


def test_the_loudest_changes_of_an_upgrade_come_first_and_in_red() -> None:
    shown = lines(REFUSED)
    first = shown.index("what the upgrade from v1.4.0 did") + 1
    effects = " ".join(line.split()[0] for line in shown[first : shown.index("", first)])
    assert effects == "refused replaced replaced left restarted updated updated added"
    assert "refused" in in_red(REFUSED)


def test_what_an_upgrade_did_alike_is_one_line() -> None:
    assert (
        "updated Deployment airflow-scheduler, Deployment airflow-triggerer: spec.template"
    ) in lines(UPGRADE)


def test_an_upgrade_that_loses_data_fails_without_being_refused() -> None:
    assert "replaced" in in_red(UPGRADE)
    assert "replaced PersistentVolumeClaim airflow-logs" in " ".join(lines(UPGRADE))
    assert read(UPGRADE).splitlines()[-1] == (
        "✗ the stack comes up, but 1 replacement would lose data"
    )


def test_a_replacement_that_loses_nothing_is_calm() -> None:
    harmless = [step for step in UPGRADE.steps if step.kind != "PersistentVolumeClaim"]
    changes = [c for c in UPGRADE.changes if c.kind == "Service"]
    calm = replace(UPGRADE, steps=harmless, changes=changes)
    assert in_red(calm) == ""
    assert "replaced Service airflow-statsd: replaced because of spec.clusterIP" in lines(calm)
    assert lines(calm)[-1] == "✓ the stack comes up"


def test_data_that_is_lost_without_an_upgrade_is_told_too() -> None:
    lost = replace(UPGRADE, changes=())
    assert "replaced PersistentVolumeClaim airflow-logs" in in_red(lost)
    assert "1 replacement would lose data" in lines(lost)[-1]


def test_a_quota_that_is_nearly_used_up_says_so() -> None:
    assert "requests.cpu 1185m 2960m 3 hardly a task more fits" in lines(BAD)
    assert "hardly" not in read(GOOD)


def test_a_warning_is_told_once_with_its_objects() -> None:
    shown = squeezed(read(GOOD))
    assert shown.count("hostUser") == 1
    assert (
        squeezed("2 objects: Deployment airflow-scheduler, Deployment airflow-triggerer") in shown
    )


def test_the_phases_add_up() -> None:
    assert "25.8s  program and chart 2.6s, control plane 6.7s" in read(GOOD)
    assert "the control plane took 812 MiB" in read(GOOD, 1000)


def test_a_stand_in_chart_and_a_kept_cluster_are_told() -> None:
    shown = read(BAD, 1000)
    assert "STAND-IN CHART" in shown
    assert "KUBECONFIG=build/rehearsal/kubeconfig" in shown
    assert "STAND-IN" not in read(GOOD)


def test_the_servers_words_do_not_steer_the_terminal() -> None:
    words = "\x1b[2Jgone [red]not markup[/red]\r\nsecond line"
    task = Task(name="t", outcome="refused", expected="runs", words=words)
    shown = read(replace(GOOD, tasks=[task]))
    assert "\x1b" not in shown
    assert "[red]not markup[/red]" in shown
    assert "second line" in shown


def shown_live(progress: Progress, width: int = 100) -> list[str]:
    console = Console(file=StringIO(), width=width)
    with console.capture() as captured:
        console.print(frame(progress.snapshot()))
    return [" ".join(line.split()) for line in captured.get().splitlines()]


@dataclass(frozen=True)
class ComingUp:
    """A rehearsal in which one component is there and one comes up."""

    progress: Progress
    clock: Clock

    def frame(self, width: int = 100) -> list[str]:
        return shown_live(self.progress, width)


@pytest.fixture
def under_way() -> Iterator[ComingUp]:
    clock = Clock()
    progress = Progress(clock)
    with progress.phase("bringing it up"):
        progress.begin("platform", "Job", "quota")
        clock.now += 1
        progress.end(step("platform", "quota"))
        progress.begin("airflow", "Release", "airflow")
        clock.now += 2.5
        yield ComingUp(progress, clock)


def test_a_component_that_comes_up_shows_its_time_and_what_it_waits_for(
    under_way: ComingUp,
) -> None:
    under_way.progress.waits("airflow", "Release", "airflow", "scheduler:\n 0 of 2 ready")
    phase, platform, airflow = under_way.frame()
    assert phase[2:] == "bringing it up 3.5s"
    assert platform == "✓ platform 1.0s 1 created"
    assert airflow[2:] == "airflow 2.5s Release airflow: scheduler: 0 of 2 ready"


def test_the_spinner_turns(under_way: ComingUp) -> None:
    before = under_way.frame()[-1]
    under_way.clock.now += 0.1
    assert under_way.frame()[-1][0] != before[0]


def test_a_component_keeps_to_one_line_while_it_comes_up(under_way: ComingUp) -> None:
    under_way.progress.waits("airflow", "Release", "airflow", 20 * "0 of 2 ready ")
    shown = under_way.frame(60)
    assert len(shown) == 3
    assert shown[-1].endswith("…")


def test_the_next_phase_takes_the_place_of_the_components() -> None:
    progress = Progress(Clock())
    with progress.phase("bringing it up"):
        progress.end(step("platform", "quota"))
    assert shown_live(progress) == ["bringing it up 0.0s", "✓ platform 0.0s 1 created"]
    with progress.phase("tasks"):
        assert shown_live(progress) == ["bringing it up 0.0s", "⠋ tasks 0.0s"]


def test_without_a_terminal_each_component_gets_one_line_once_it_is_through(
    under_way: ComingUp,
) -> None:
    progress, plain = under_way.progress, Plain()
    assert list(plain.new(progress.snapshot())) == ["  platform: 1 created, 1.0s"]
    assert list(plain.new(progress.snapshot())) == []
    progress.end(
        Step(component="airflow", kind="Release", name="airflow", action="refused", seconds=2.5)
    )
    assert list(plain.new(progress.snapshot())) == [], "something of it may still follow"
    under_way.clock.now += 1
    assert list(plain.new(progress.snapshot())) == [
        "  airflow: 1 refused, 2.5s; refused Release airflow"
    ]


def test_a_component_that_goes_on_after_all_gets_a_line_for_the_rest(under_way: ComingUp) -> None:
    progress, plain = under_way.progress, Plain()
    assert len(list(plain.new(progress.snapshot()))) == 1
    for name in ("limits", "more"):
        progress.end(step("platform", name))
    under_way.clock.now += 1
    (line,) = plain.new(progress.snapshot())
    assert line.startswith("  platform: 2 created")


def recorded(progress: Progress, console: Console) -> None:
    with live(progress, console), progress.phase("bringing it up"):
        progress.begin("platform", "Job", "quota")
        progress.end(step("platform", "quota"))


def test_a_pipe_gets_plain_lines() -> None:
    out = StringIO()
    recorded(Progress(Clock()), Console(file=out))
    assert out.getvalue().splitlines() == ["  platform: 1 created, 0.0s", "bringing it up  0.0s"]


def test_a_pipe_hears_of_a_component_before_all_is_over() -> None:
    out, progress = StringIO(), Progress()
    with live(progress, Console(file=out)), progress.phase("bringing it up"):
        progress.end(step("platform", "quota"))
        end = time.monotonic() + 20
        while "platform" not in out.getvalue():
            assert time.monotonic() < end, "nothing was told within 20 s"
            time.sleep(0.05)


def last_erased(text: str) -> bool:
    """Whether the last thing that was done to the terminal is to erase lines."""
    return text.rfind("\x1b[2K") > text.rfind("platform")


def test_the_live_lines_make_room_for_the_report() -> None:
    out = StringIO()
    recorded(Progress(), Console(file=out, force_terminal=True, width=80))
    assert "platform" in out.getvalue()
    assert last_erased(out.getvalue())


def interrupted(console: Console) -> None:
    progress = Progress()
    with live(progress, console), progress.phase("bringing it up"):
        progress.begin("platform", "Job", "quota")
        raise KeyboardInterrupt


def test_after_an_interruption_the_terminal_still_shows_how_far_it_came() -> None:
    out = StringIO()
    with pytest.raises(KeyboardInterrupt):
        interrupted(Console(file=out, force_terminal=True, width=80))
    assert "platform" in out.getvalue()
    assert not last_erased(out.getvalue())


def test_policies_tell_how_many_rules_hold_and_what_does_not() -> None:
    good, bad = lines(GOOD), lines(BAD)
    assert "✓ 32 of 32 rules hold" in good
    assert "46 remarks, 1 exception, make policy tells those of the stack" in good
    assert "✓ Pod Security restricted, judged by the API server: 0 violations" in good
    assert "✗ 31 of 32 rules hold" in bad
    assert (
        "✗ image-pinned Deployment/airflow-statsd: container statsd runs <exporter>:latest" in bad
    )
    assert "Name the image with a version's tag, or with a digest." in bad
    assert "✗ Pod Security restricted, judged by the API server: 1 violation" in bad
    assert "image-pinned" in in_red(BAD)


def test_policies_that_were_not_asked_are_not_told_as_held() -> None:
    assert not [line for line in lines(replace(GOOD, policies=None)) if "hold" in line]


def test_a_broken_rule_fails_the_rehearsal() -> None:
    assert BAD.policies
    report = replace(GOOD, policies=BAD.policies)
    assert report.failed
    assert lines(report)[-1] == "✗ 1 problem: this stack should not go to a cluster as it is"


def test_a_template_that_pod_security_warns_of_fails_the_rehearsal() -> None:
    report = replace(GOOD, pod_security={"Deployment d": "would violate PodSecurity"})
    assert report.failed
