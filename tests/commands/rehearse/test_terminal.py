"""The report on the terminal."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from airflow_k8s.commands.rehearse.report import Report, Step, Task
from airflow_k8s.commands.rehearse.terminal import report_lines
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.reasons import Reason
from tests.commands.rehearse.samples import BAD, GOOD, REFUSED, UPGRADE


def read(report: Report, width: int = 100) -> str:
    console = Console(file=StringIO(), width=width, highlight=False, markup=False)
    with console.capture() as captured:
        for line in report_lines(report):
            console.print(line)
    return captured.get()


def lines(report: Report) -> list[str]:
    """The lines with one blank between words, so that columns may have any width."""
    return [" ".join(line.split()) for line in read(report, 1000).splitlines()]


def in_red(report: Report) -> str:
    """All text that is printed in red."""
    console = Console(file=StringIO(), width=200, highlight=False, markup=False)
    return " ".join(
        segment.text
        for line in report_lines(report)
        for segment in console.render(line)
        if segment.style and segment.style.color and segment.style.color.name == "red"
    )


def squeezed(text: str) -> str:
    """The text without blanks and line breaks."""
    return "".join(text.split())


def server_messages(report: Report) -> Iterator[str]:
    for item in (*report.steps, *report.tasks, *report.changes, *report.pods):
        yield item.message
    yield from (trouble.message for trouble in report.troubles)
    yield from (text for texts in report.warnings.values() for text in texts)
    yield from report.caveats
    yield report.stand_in_reason


@pytest.mark.parametrize(
    ("name", "report"),
    [("good", GOOD), ("bad", BAD), ("upgrade", UPGRADE), ("refused", REFUSED)],
)
def test_the_report_is_the_golden_one(
    golden: Callable[[str, str], None], name: str, report: Report
) -> None:
    shown = [line.rstrip() for line in read(report).splitlines()]
    golden(f"report-{name}.txt", "\n".join(shown) + "\n")


def test_a_good_report_fits_on_one_screen() -> None:
    assert len(read(GOOD).splitlines()) <= 50


@pytest.mark.parametrize(
    ("report", "mark", "number"), [(GOOD, "✓", ""), (BAD, "✗", "6"), (REFUSED, "✗", "2")]
)
def test_the_last_line_is_the_verdict(report: Report, mark: str, number: str) -> None:
    last = read(report).splitlines()[-1]
    assert last.startswith(f"{mark} {number}")


def test_a_stack_whose_steps_were_all_skipped_fails() -> None:
    skipped = Step(component="data", kind="Job", name="job", action="skipped", seconds=0)
    assert "✗ 1 problem:" in read(replace(GOOD, steps=[skipped]))


@pytest.mark.parametrize("report", [GOOD, BAD, REFUSED])
@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_messages_of_the_server_are_wrapped_and_not_cut(report: Report, width: int) -> None:
    shown = read(report, width)
    assert max(map(len, shown.splitlines())) <= width
    for message in server_messages(report):
        assert squeezed(message) in squeezed(shown)


def test_a_message_stays_in_its_column() -> None:
    shown = read(GOOD, 80).splitlines()
    number = next(n for n, line in enumerate(shown) if "stays pending" in line)
    column = shown[number].index("stays pending")
    assert shown[number + 1][:column].isspace()
    assert not shown[number + 1][column].isspace()


def test_every_component_has_a_line_with_its_time_and_its_actions() -> None:
    expected = [
        "✓ gpu 0.8s 4 updated",
        "✓ platform 0.7s 3 created",
        "✓ secrets 1.2s 8 created",
        "✓ data 0.5s 1 created",
    ]
    shown = lines(GOOD)
    first = shown.index(expected[0])
    assert shown[first : first + 4] == expected, "in the order of their first step"


def test_a_failed_step_is_shown_below_its_component() -> None:
    shown = lines(BAD)
    number = shown.index("✗ migration 30.0s 1 not ready")
    assert shown[number + 1] == (
        "not ready Job migration-job-4f1c the Job was not complete after 30 s"
    )


def test_a_message_that_a_trouble_has_is_shown_once() -> None:
    message = "admission webhook refused it"
    refused = Step(
        component="data", kind="Job", name="job", action="refused", seconds=1, message=message
    )
    trouble = Trouble(kind="Job", name="job", reason=Reason.REFUSED, message=message)
    assert read(replace(GOOD, steps=[refused], troubles=[trouble])).count(message) == 1


def test_a_pool_has_a_line_with_its_requests() -> None:
    shown = lines(GOOD)
    assert "cpu 4 13 6.9 of 16 (43%) 13.8 of 64 GiB (22%) none" in shown
    assert "gpu 2 1 0.28 of 16 (2%) 0.6 of 64 GiB (1%) 1 of 2" in shown


def test_pending_pods_are_counted_in_red() -> None:
    assert "1 pod pending" in in_red(BAD)
    assert "pending" not in read(replace(GOOD, tasks=()))


def test_pods_on_nodes_that_are_not_listed_are_counted() -> None:
    assert "14 pods on other nodes" in read(replace(GOOD, nodes=()))


def test_a_task_has_a_line_with_its_node_and_pool() -> None:
    assert "✓ heavy runs on cpu-1 (cpu)" in lines(GOOD)
    (pending,) = [line for line in lines(GOOD) if line.startswith("✓ GPU pod without toleration")]
    assert "stays pending, as expected: 0/6 nodes are available" in pending


def test_a_task_with_an_unexpected_outcome_is_red() -> None:
    red = in_red(BAD)
    assert "is refused, but should run" in red
    assert "runs on gpu-2 (gpu), but should stay pending" in red
    assert "stays pending" not in in_red(GOOD)


def test_a_trouble_is_shown_with_the_message_of_the_server_and_the_setting() -> None:
    shown = lines(BAD)
    number = shown.index("✗ Pod airflow-scheduler-59f7d4c8b-tn5zv")
    assert shown[number + 1].startswith("0/3 nodes are available: 1 Insufficient memory")
    assert shown[number + 2] == "setting: scheduler.replicas, scheduler.resources.requests.memory"


def test_messages_of_the_server_are_not_red() -> None:
    assert "not ready Job migration-job-4f1c" in in_red(BAD)
    assert "the Job was not complete" not in in_red(BAD)
    assert "updates to statefulset" not in in_red(REFUSED)


def test_a_fatal_trouble_is_marked() -> None:
    assert "✗ ReplicaSet airflow-statsd-5f8d6c9b7 does not recover by itself" in lines(BAD)


def test_the_most_severe_changes_of_an_upgrade_come_first_and_are_red() -> None:
    shown = lines(REFUSED)
    first = shown.index("changes of the upgrade from v1.4.0") + 1
    effects = " ".join(line.split()[0] for line in shown[first : shown.index("", first)])
    assert effects == "refused replaced replaced orphaned restarted updated updated added"
    assert "refused" in in_red(REFUSED)


def test_changes_with_the_same_message_share_one_line() -> None:
    assert (
        "updated Deployment airflow-scheduler, Deployment airflow-triggerer: spec.template"
    ) in lines(UPGRADE)


def test_an_upgrade_that_loses_data_fails_without_being_refused() -> None:
    assert "replaced" in in_red(UPGRADE)
    assert "replaced PersistentVolumeClaim airflow-logs" in " ".join(lines(UPGRADE))
    assert "1 replacement would lose data" in read(UPGRADE).splitlines()[-1]


def test_a_replacement_without_data_loss_is_not_red() -> None:
    harmless = [step for step in UPGRADE.steps if step.kind != "PersistentVolumeClaim"]
    changes = [c for c in UPGRADE.changes if c.kind == "Service"]
    report = replace(UPGRADE, steps=harmless, changes=changes)
    assert in_red(report) == ""
    assert "replaced Service airflow-statsd: replaced because of spec.clusterIP" in lines(report)
    assert lines(report)[-1].startswith("✓")


def test_data_loss_without_an_upgrade_is_shown_too() -> None:
    lost = replace(UPGRADE, changes=())
    assert "replaced PersistentVolumeClaim airflow-logs" in in_red(lost)
    assert "1 replacement would lose data" in lines(lost)[-1]


def test_a_nearly_exhausted_quota_has_a_note() -> None:
    assert "requests.cpu 1185m 2960m 3 90 % or more is used" in lines(BAD)
    assert "90 %" not in read(GOOD)


def test_a_warning_is_shown_once_with_its_objects() -> None:
    shown = squeezed(read(GOOD))
    assert shown.count("hostUser") == 1
    assert (
        squeezed("2 objects: Deployment airflow-scheduler, Deployment airflow-triggerer") in shown
    )


def test_the_total_time_is_the_sum_of_the_phases() -> None:
    assert "25.8s  program and chart 2.6s, control plane 6.7s" in read(GOOD)
    assert "812 MiB" in read(GOOD, 1000)


def test_a_stand_in_chart_and_a_kept_cluster_are_shown() -> None:
    shown = read(BAD, 1000)
    assert "STAND-IN CHART" in shown
    assert "KUBECONFIG=build/rehearsal/kubeconfig" in shown
    assert "STAND-IN" not in read(GOOD)


def test_messages_of_the_server_do_not_control_the_terminal() -> None:
    message = "\x1b[2Jgone [red]not markup[/red]\r\nsecond line"
    task = Task(name="t", outcome="refused", expected="runs", message=message)
    shown = read(replace(GOOD, tasks=[task]))
    assert "\x1b" not in shown
    assert "[red]not markup[/red]" in shown
    assert "second line" in shown


def test_policies_show_how_many_rules_pass_and_every_violation() -> None:
    good, bad = lines(GOOD), lines(BAD)
    assert "✓ all 32 rules pass" in good
    assert any(line.startswith("46 advisory findings, 1 exception") for line in good)
    assert "✓ Pod Security restricted, checked by the API server: 0 violations" in good
    assert "✗ 1 of 32 rules is violated" in bad
    assert (
        "✗ image-pinned Deployment/airflow-statsd: container statsd runs <exporter>:latest" in bad
    )
    assert "Name the image with a version's tag, or with a digest." in bad
    assert "✗ Pod Security restricted, checked by the API server: 1 violation" in bad
    assert "image-pinned" in in_red(BAD)


def test_policies_that_were_not_checked_are_not_shown() -> None:
    assert not [line for line in lines(replace(GOOD, policies=None)) if "rules" in line]


def test_a_policy_violation_fails_the_rehearsal() -> None:
    assert BAD.policies
    report = replace(GOOD, policies=BAD.policies)
    assert report.failed
    assert lines(report)[-1].startswith("✗ 1 problem (1 rule):")


def test_a_pod_security_violation_fails_the_rehearsal() -> None:
    report = replace(GOOD, pod_security={"Deployment d": "would violate PodSecurity"})
    assert report.failed
