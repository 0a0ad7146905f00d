"""The report and the list of rules on the terminal, and the report as JSON."""

import json
from collections.abc import Callable, Iterable, Sequence
from io import StringIO

import pytest
from rich.console import Console, RenderableType

from airflow_k8s.commands.policy.as_json import as_json
from airflow_k8s.commands.policy.outcome import Judged, Outcome, Unjudged, failed
from airflow_k8s.commands.policy.terminal import report_lines, rule_lines, shortened
from airflow_k8s.policy.judging import STALE, Excused, Verdict, Violation
from airflow_k8s.policy.rule import Finding, Rule
from airflow_k8s.policy.rules import availability, containers
from airflow_k8s.stack.settings.policies import Level, Policies, PolicyException

PINNED, DIGEST = containers.image_pinned, containers.image_digest
EXCEPTION = PolicyException(
    rule="image-pinned",
    object="Deployment/airflow-*",
    reason="built by another team,\nwhich has no versions yet",
    expires="2027-03-31",
)
BROKEN_STACK = Unjudged(stack="dev", reason="Pulumi.dev.yaml: no such setting")


def violation(rule: Rule, subject: str, message: str, level: Level | None = None) -> Violation:
    return Violation(
        rule=rule, level=level or rule.level, finding=Finding(subject=subject, message=message)
    )


def excuse(subject: str, message: str) -> Excused:
    finding = Finding(subject=subject, message=message)
    return Excused(rule=PINNED, finding=finding, exception=EXCEPTION)


def judged(*violations: Violation, stack: str = "prod", excused: Sequence[Excused] = ()) -> Judged:
    """A stack in which two rules are on."""
    verdict = Verdict(
        judged=[(PINNED, "mandatory"), (DIGEST, "advisory")],
        violations=violations,
        excused=excused,
    )
    return Judged(stack=stack, verdict=verdict, objects=69, chart="1.22.0")


GOOD = judged()
BAD = judged(
    violation(DIGEST, "Job/migration", "airflow:3.2.2 has no digest"),
    violation(PINNED, "Deployment/statsd", "container statsd runs statsd"),
    violation(DIGEST, "Job/admin", "airflow:3.2.2 has no digest"),
    violation(STALE, "Setting/policies.exceptions[0]", "image-pinned for Job/x covers no finding"),
    excused=[
        excuse("Deployment/airflow-scheduler", "container a runs x"),
        excuse("Deployment/airflow-scheduler", "container b runs x"),
        excuse("Deployment/airflow-triggerer", "container a runs x"),
    ],
)


def read(outcomes: Sequence[Outcome], width: int = 10_000) -> list[str]:
    return printed(report_lines(outcomes), width)


def printed(lines: Iterable[RenderableType], width: int = 10_000) -> list[str]:
    console = Console(file=StringIO(), width=width, highlight=False, markup=False)
    with console.capture() as captured:
        for line in lines:
            console.print(line)
    return captured.get().splitlines()


def in_red(*outcomes: Outcome) -> str:
    console = Console(file=StringIO(), width=200, highlight=False, markup=False)
    return " ".join(
        segment.text.strip()
        for line in report_lines(outcomes)
        for segment in console.render(line)
        if segment.style and segment.style.color and segment.style.color.name == "red"
    )


def text(lines: Sequence[str]) -> str:
    """The lines without the spaces that pad table cells."""
    return "".join(f"{line.rstrip()}\n" for line in lines)


def test_the_report_of_a_stack_with_violations(golden: Callable[[str, str], None]) -> None:
    golden("report.txt", text(read([BAD])))


def test_the_report_of_a_stack_without_violations(golden: Callable[[str, str], None]) -> None:
    golden("report-good.txt", text(read([GOOD])))


def test_the_list_of_rules_has_levels_descriptions_and_remedies(
    golden: Callable[[str, str], None],
) -> None:
    policies = {"dev": Policies(), "prod": Policies(production=True)}
    golden("rules.txt", text(printed(rule_lines(policies))))


def test_the_messages_of_a_rule_start_in_one_column() -> None:
    shown = read(
        [
            judged(
                violation(DIGEST, "Job/a", "x has no digest"),
                violation(DIGEST, "Job/longer", "y has no digest"),
            )
        ]
    )
    columns = {line.index(" has no digest") for line in shown if " has no digest" in line}
    assert len(columns) == 1


@pytest.mark.parametrize("width", [40, 70, 100])
def test_a_narrow_terminal_wraps_lines_and_cuts_none(width: int) -> None:
    shown = read([BAD], width)
    assert max(map(len, shown)) <= width
    assert "containerstatsdrunsstatsd" in "".join("".join(shown).split())


def test_only_mandatory_violations_are_red() -> None:
    red = in_red(BAD)
    assert red == (
        "2 mandatory ✗ image-pinned  mandatory ✗ exceptions-in-date  mandatory"
        " ✗ prod has 2 mandatory violations"
    )
    assert in_red(GOOD) == ""


def test_a_long_list_of_subjects_shows_the_first_and_counts_the_others() -> None:
    assert shortened(["Job/a"]) == "Job/a"
    assert shortened(["Job/a", "Job/b", "Job/c"]) == "Job/a, Job/b and Job/c"
    assert shortened([f"Deployment/airflow-{n}" for n in range(10)]) == (
        "Deployment/airflow-0 and 9 more"
    )
    assert shortened(["Deployment/" + 60 * "x"]) == "Deployment/" + 60 * "x", "one is always named"


def test_the_summary_covers_all_stacks() -> None:
    dev = judged(stack="dev")
    assert read([dev, GOOD])[-1] == "✓ dev and prod violate no mandatory rule"
    assert read([dev, BAD])[-1] == "✗ prod has 2 mandatory violations"
    assert read([BROKEN_STACK, BAD])[-1] == (
        "✗ dev can't be checked and prod has 2 mandatory violations"
    )


def test_an_advisory_violation_does_not_fail_a_stack() -> None:
    advised = judged(violation(DIGEST, "Job/a", "x has no digest"))
    assert not failed([advised])
    assert read([advised])[-1].startswith("✓")


def test_a_stack_that_could_not_be_checked_counts_as_failed() -> None:
    assert failed([GOOD, BROKEN_STACK])
    assert failed([])
    assert read([])[-1] == "✗ no stack was checked"


def test_a_level_of_the_stack_replaces_the_level_of_the_rule() -> None:
    strict = judged(violation(DIGEST, "Job/a", "x has no digest", "mandatory"))
    assert "  ✗ image-digest  mandatory" in read([strict])


def test_control_characters_and_markup_in_messages_do_not_reach_the_terminal() -> None:
    shown = read([judged(violation(DIGEST, "Job/\x1b[2Ja", "[red]x[/red]\nhas none"))])
    assert "    Job/[2Ja  [red]x[/red] has none" in text(shown).splitlines()


def test_a_rule_is_listed_with_its_description_and_its_remedy() -> None:
    shown = text(printed(rule_lines({"dev": Policies()}))).splitlines()
    number = shown.index("image-pinned  mandatory")
    assert shown[number + 1 : number + 4] == [f"  {PINNED.description}", f"  → {PINNED.remedy}", ""]


def test_the_list_of_rules_shows_the_level_in_every_stack() -> None:
    policies = {
        "dev": Policies(levels={"image-digest": "mandatory"}),
        "prod": Policies(production=True),
    }
    shown = printed(rule_lines(policies))
    assert "image-digest  mandatory in dev, advisory in prod" in shown
    assert "replicas  off in dev, mandatory in prod  only for production" in shown
    assert availability.replicas.production_only


def test_the_rule_about_exceptions_has_a_fixed_level() -> None:
    policies = Policies(levels={"exceptions-in-date": "off"})
    assert "exceptions-in-date  mandatory" in printed(rule_lines({"dev": policies}))


def test_json_has_one_entry_per_finding() -> None:
    document = json.loads(as_json([BAD]))
    (stack,) = document["stacks"]
    assert document["failed"]
    assert stack["failed"]
    assert stack["judged"] == [
        {"rule": "image-pinned", "level": "mandatory"},
        {"rule": "image-digest", "level": "advisory"},
    ]
    assert stack["violations"][0] == {
        "level": "advisory",
        "rule": "image-digest",
        "subject": "Job/migration",
        "message": "airflow:3.2.2 has no digest",
    }
    assert len(stack["violations"]) == 4
    assert stack["excused"][1] == {
        "rule": "image-pinned",
        "subject": "Deployment/airflow-scheduler",
        "message": "container b runs x",
        "reason": EXCEPTION.reason,
        "expires": "2027-03-31",
    }


def test_json_has_the_reason_why_a_stack_could_not_be_checked() -> None:
    document = json.loads(as_json([BROKEN_STACK, GOOD]))
    assert document["failed"]
    assert document["stacks"][0] == {
        "stack": "dev",
        "failed": True,
        "reason": "Pulumi.dev.yaml: no such setting",
    }
    assert document["stacks"][1]["failed"] is False


def test_json_has_all_rules_with_their_remedies() -> None:
    rules = {each["name"]: each for each in json.loads(as_json([GOOD]))["rules"]}
    assert rules["image-pinned"] == {
        "name": "image-pinned",
        "level": "mandatory",
        "productionOnly": False,
        "description": PINNED.description,
        "remedy": PINNED.remedy,
    }
    assert "exceptions-in-date" in rules
