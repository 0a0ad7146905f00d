"""What a person reads of the verdicts on the terminal, and other programs in JSON."""

import json
from collections.abc import Iterable, Sequence
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


def violation(rule: Rule, subject: str, words: str, level: Level | None = None) -> Violation:
    return Violation(
        rule=rule, level=level or rule.level, finding=Finding(subject=subject, message=words)
    )


def excuse(subject: str, words: str) -> Excused:
    finding = Finding(subject=subject, message=words)
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
    violation(STALE, "Setting/policies.exceptions[0]", "image-pinned of Job/x excuses nothing"),
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


def test_all_of_a_stack_reads_so() -> None:
    assert read([BAD]) == [
        "prod: 2 rules over 69 objects, 2 mandatory, 2 advisory, 3 excused",
        "",
        "  ✗ image-pinned  mandatory",
        "    Deployment/statsd  container statsd runs statsd",
        f"    → {PINNED.remedy}",
        "",
        "  ✗ exceptions-in-date  mandatory",
        "    Setting/policies.exceptions[0]  image-pinned of Job/x excuses nothing",
        f"    → {STALE.remedy}",
        "",
        "  ! image-digest  advisory",
        "    Job/migration and Job/admin  airflow:3.2.2 has no digest",
        f"    → {DIGEST.remedy}",
        "",
        "  excused",
        "    Deployment/airflow-scheduler and 1 more  image-pinned, until 2027-03-31:"
        " built by another team, which has no versions yet",
        "",
        "✗ prod has 2 mandatory violations",
    ]


def test_what_is_said_stands_in_one_column() -> None:
    shown = read(
        [
            judged(
                violation(DIGEST, "Job/a", "x has no digest"),
                violation(DIGEST, "Job/longer", "y has no digest"),
            )
        ]
    )
    assert "    Job/a       x has no digest" in shown
    assert "    Job/longer  y has no digest" in shown


@pytest.mark.parametrize("width", [40, 70, 100])
def test_on_a_narrow_terminal_lines_are_wrapped_and_not_cut(width: int) -> None:
    shown = read([BAD], width)
    assert max(map(len, shown)) <= width
    assert "containerstatsdrunsstatsd" in "".join("".join(shown).split())


def test_a_good_stack_is_two_lines() -> None:
    assert read([GOOD]) == [
        "prod: 2 rules over 69 objects, 0 mandatory, 0 advisory, 0 excused",
        "",
        "✓ prod breaks no mandatory rule",
    ]


def test_only_what_is_mandatory_is_red() -> None:
    red = in_red(BAD)
    assert red == (
        "2 mandatory ✗ image-pinned mandatory ✗ exceptions-in-date mandatory"
        " ✗ prod has 2 mandatory violations"
    )
    assert in_red(GOOD) == ""


def test_a_long_list_names_the_first_and_counts_the_others() -> None:
    assert shortened(["Job/a"]) == "Job/a"
    assert shortened(["Job/a", "Job/b", "Job/c"]) == "Job/a, Job/b and Job/c"
    assert shortened([f"Deployment/airflow-{n}" for n in range(10)]) == (
        "Deployment/airflow-0 and 9 more"
    )
    assert shortened(["Deployment/" + 60 * "x"]) == "Deployment/" + 60 * "x", "one is always named"


def test_the_verdict_is_over_all_stacks() -> None:
    dev = judged(stack="dev")
    assert read([dev, GOOD])[-1] == "✓ dev and prod break no mandatory rule"
    assert read([dev, BAD])[-1] == "✗ prod has 2 mandatory violations"
    assert read([BROKEN_STACK, BAD])[-1] == (
        "✗ dev can't be judged and prod has 2 mandatory violations"
    )


def test_advice_stops_nobody() -> None:
    advised = judged(violation(DIGEST, "Job/a", "x has no digest"))
    assert not failed([advised])
    assert read([advised])[-1].startswith("✓")


def test_what_could_not_be_judged_has_not_passed() -> None:
    assert failed([GOOD, BROKEN_STACK])
    assert failed([])
    assert read([])[-1] == "✗ no stack was judged"


def test_a_level_that_the_stack_sets_is_the_one_that_counts() -> None:
    strict = judged(violation(DIGEST, "Job/a", "x has no digest", "mandatory"))
    assert "  ✗ image-digest  mandatory" in read([strict])


def test_what_others_wrote_does_not_steer_the_terminal() -> None:
    shown = read([judged(violation(DIGEST, "Job/\x1b[2Ja", "[red]x[/red]\nhas none"))])
    assert "    Job/[2Ja  [red]x[/red] has none" in shown


def test_the_rules_are_listed_with_what_they_want_and_what_to_do() -> None:
    shown = printed(rule_lines({"dev": Policies()}))
    number = shown.index("image-pinned  mandatory")
    assert shown[number + 1 : number + 4] == [f"  {PINNED.description}", f"  → {PINNED.remedy}", ""]


def test_a_rule_tells_where_it_is_at_another_level() -> None:
    policies = {
        "dev": Policies(levels={"image-digest": "mandatory"}),
        "prod": Policies(production=True),
    }
    shown = printed(rule_lines(policies))
    assert "image-digest  mandatory in dev, advisory in prod" in shown
    assert "replicas  off in dev, mandatory in prod  for production alone" in shown
    assert availability.replicas.production_only


def test_the_rule_on_exceptions_has_no_other_level() -> None:
    policies = Policies(levels={"exceptions-in-date": "off"})
    assert "exceptions-in-date  mandatory" in printed(rule_lines({"dev": policies}))


def test_json_tells_every_finding_by_itself() -> None:
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


def test_json_tells_why_a_stack_could_not_be_judged() -> None:
    document = json.loads(as_json([BROKEN_STACK, GOOD]))
    assert document["failed"]
    assert document["stacks"][0] == {
        "stack": "dev",
        "failed": True,
        "reason": "Pulumi.dev.yaml: no such setting",
    }
    assert document["stacks"][1]["failed"] is False


def test_json_explains_every_rule() -> None:
    rules = {each["name"]: each for each in json.loads(as_json([GOOD]))["rules"]}
    assert rules["image-pinned"] == {
        "name": "image-pinned",
        "level": "mandatory",
        "productionOnly": False,
        "description": PINNED.description,
        "remedy": PINNED.remedy,
    }
    assert "exceptions-in-date" in rules
