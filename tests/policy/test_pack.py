"""The rules as policies of the engine: their inputs and their reports."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from airflow_k8s.policy.pack import PackContext, plain, policies
from airflow_k8s.policy.rule import UNKNOWN
from airflow_k8s.policy.rules import RULES
from airflow_k8s.rendering.resources import Evaluation, RegisteredResource
from airflow_k8s.stack.settings.secret import Secret
from tests.conftest import PROGRAM, evaluated, settings_of
from tests.rendering.conftest import official_chart

TODAY = date(2026, 11, 25)
LATEST: dict[str, Any] = {"image": {"tag": "latest"}}


def pack(stack: str = "dev", **changes: Any) -> dict[str, Policy]:
    context = PackContext(settings=settings_of(stack, **changes), program=PROGRAM, notify=print)
    return {policy.name: policy for policy in policies(context, TODAY)}


def as_the_engine_has_it(value: Any) -> Any:
    """In a preview: what is secret was not generated yet, and numbers have a fraction."""
    if isinstance(value, Secret):
        return UNKNOWN_STRING_VALUE
    if isinstance(value, Mapping):
        if value and all(isinstance(each, Secret) for each in value.values()):
            return UNKNOWN_STRING_VALUE  # the complete mapping
        return {key: as_the_engine_has_it(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_the_engine_has_it(each) for each in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def options(resource: RegisteredResource) -> PolicyResourceOptions:
    none = PolicyCustomTimeouts(0, 0, 0)
    return PolicyResourceOptions(resource.protect, [], None, [], none, [], resource.parent or None)


def reported(
    pack: Mapping[str, Policy], resources: Sequence[RegisteredResource]
) -> dict[str, list[tuple[str, str]]]:
    """The reports by policy: the name of the resource (empty for the stack) and the message."""
    messages: dict[str, list[tuple[str, str]]] = {}
    names = {r.urn: r.name for r in resources}
    handed = [
        (r, unknown_checking_proxy(as_the_engine_has_it(dict(r.inputs))))
        for r in resources
        if not r.read
    ]

    def report_of(policy: Policy) -> Any:
        def report(message: str, urn: str | None = None) -> None:
            messages.setdefault(policy.name, []).append((names.get(urn or "", ""), message))

        return report

    for r, inputs in handed:
        args = ResourceValidationArgs(r.type, inputs, r.urn, r.name, options(r), None)
        for policy in pack.values():
            if isinstance(policy, ResourceValidationPolicy):
                policy.validate(args, report_of(policy))
    # What the provider answers lacks what it does not know.
    every = [
        PolicyResource(r.type, {}, r.urn, r.name, options(r), None, None, [], {}) for r, _ in handed
    ]
    for policy in pack.values():
        if isinstance(policy, StackValidationPolicy):
            policy.validate(StackValidationArgs(every), report_of(policy))
    return messages


def mandatory(pack: Mapping[str, Policy], messages: Mapping[str, Any]) -> set[str]:
    return {n for n in messages if pack[n].enforcement_level is EnforcementLevel.MANDATORY}


def test_every_rule_is_a_policy_with_its_description() -> None:
    found = pack("prod")
    assert set(found) == {rule.name for rule in RULES} | {"exceptions-in-date"}
    for rule in RULES:
        assert found[rule.name].description == rule.description
        kind = StackValidationPolicy if rule.needs_complete_stack else ResourceValidationPolicy
        assert isinstance(found[rule.name], kind)


def test_the_policies_have_the_levels_of_the_stack() -> None:
    dev = pack(policies={"levels": {"image-digest": "mandatory", "no-hook": "off"}})
    assert dev["image-digest"].enforcement_level is EnforcementLevel.MANDATORY
    assert dev["no-hook"].enforcement_level is EnforcementLevel.DISABLED
    assert dev["replicas"].enforcement_level is EnforcementLevel.DISABLED, "it is for production"
    assert pack("prod")["replicas"].enforcement_level is EnforcementLevel.MANDATORY


@pytest.mark.chart
@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_preview_of_a_stack_as_committed_breaks_no_mandatory_policy(
    stack: str, request: pytest.FixtureRequest
) -> None:
    official_chart()
    evaluation: Evaluation = request.getfixturevalue(stack)
    found = pack(stack)
    messages = reported(found, evaluation.resources)
    assert mandatory(found, messages) == set()
    assert messages["image-digest"], "nothing was checked"


@pytest.mark.chart
def test_findings_in_the_chart_are_reported_for_the_release() -> None:
    official_chart()
    values = {"images": {"statsd": {"tag": "latest"}}}
    messages = reported(pack(values=values), evaluated("dev", values=values).resources)
    ((resource, message),) = messages["image-pinned"]
    assert resource == "airflow-release"
    assert message.splitlines() == [
        "Deployment/airflow-statsd: container statsd runs"
        " quay.io/prometheus/statsd-exporter:latest",
        "Add the tag of a version, or a digest, to the image.",
    ]


def test_findings_in_the_program_are_reported_for_the_resource() -> None:
    evaluation = evaluated("dev", **LATEST)
    own = [r for r in evaluation.resources if "Release" not in r.type]
    messages = reported(pack(**LATEST), own)
    assert {resource for resource, _ in messages["image-pinned"]} == {"migration-job", "admin-job"}


def test_an_exception_suppresses_its_finding() -> None:
    excused = {
        "rule": "image-pinned",
        "object": "Job/*",
        "reason": "for the time being",
        "expires": "2026-11-25",
    }
    own = [r for r in evaluated("dev", **LATEST).resources if "Release" not in r.type]
    allowed = pack(**LATEST, policies={"exceptions": [excused]})
    assert "image-pinned" not in reported(allowed, own)


def test_an_expired_exception_is_reported_and_suppresses_nothing() -> None:
    excused = {
        "rule": "image-pinned",
        "object": "Job/*",
        "reason": "for the time being",
        "expires": "2026-11-24",
    }
    own = [r for r in evaluated("dev", **LATEST).resources if "Release" not in r.type]
    messages = reported(pack(**LATEST, policies={"exceptions": [excused]}), own)
    assert "image-pinned" in messages
    assert "expired on 2026-11-24" in messages["exceptions-in-date"][0][1]


def test_no_secret_is_in_a_report(dev: Evaluation) -> None:
    own = [r for r in dev.resources if "Release" not in r.type]
    texts = {
        text.reveal()
        for r in own
        if r.type.endswith(":Secret")
        for text in r.inputs["stringData"].values()
    } - {"airflow"}
    assert texts
    messages = repr(reported(pack(), own))
    assert not [text for text in texts if text in messages]


def test_an_unknown_value_becomes_unknown() -> None:
    handed = unknown_checking_proxy({"a": [1.0, UNKNOWN_STRING_VALUE], "b": UNKNOWN_STRING_VALUE})
    assert plain(handed) == {"a": [1, UNKNOWN], "b": UNKNOWN}
