"""Rules, findings, and the scope that rules check."""

from collections.abc import Iterator

from airflow_k8s.policy.rule import (
    UNKNOWN,
    Finding,
    Scope,
    all_images,
    finding_for,
    has_key,
    rule,
)
from airflow_k8s.policy.rules import RULES
from tests.policy.samples import container, deployment, made, release, scope, template


def test_a_function_becomes_a_rule_with_its_name() -> None:
    @rule(remedy="Mend it.")
    def nothing_is_broken(_scope: Scope) -> Iterator[Finding]:
        """Nothing
        is broken."""
        yield Finding(subject="Pod/a", message="it is")

    assert nothing_is_broken.name == "nothing-is-broken"
    assert nothing_is_broken.description == "Nothing is broken."
    assert nothing_is_broken.remedy == "Mend it."
    assert [each.message for each in nothing_is_broken.judge(scope())] == ["it is"]
    assert nothing_is_broken.level == "mandatory", "a rule that says nothing else would not count"
    assert not nothing_is_broken.needs_complete_stack
    assert not nothing_is_broken.production_only


def test_a_rule_has_the_level_and_the_flags_of_its_decorator() -> None:
    @rule(remedy="", level="advisory", needs_complete_stack=True, production_only=True)
    def small(_scope: Scope) -> Iterator[Finding]:
        yield from ()

    assert (small.level, small.needs_complete_stack, small.production_only) == (
        "advisory",
        True,
        True,
    )
    assert small.description == ""


def test_every_rule_has_a_description_and_a_remedy() -> None:
    for each in RULES:
        assert each.description.endswith("."), f"{each.name} has no sentence as description"
        assert each.remedy.endswith("."), f"{each.name} has no sentence as remedy"
    assert len({each.name for each in RULES}) == len(RULES), "an exception would mean two rules"


def test_a_finding_has_the_qualified_name_of_its_object() -> None:
    unnamed = made("Job", "")
    unnamed.manifest["metadata"].pop("name")
    unnamed.manifest["metadata"]["generateName"] = "migration-job-"
    assert finding_for(deployment(), "x").subject == "Deployment/airflow-scheduler"
    assert finding_for(unnamed, "x").subject == "Job/migration-job-*"
    assert finding_for(release(), "x").subject == "Release/airflow-release"


def test_the_pods_of_an_operator_have_no_template_but_an_image() -> None:
    cluster = made(
        "Cluster",
        "db",
        spec={
            "instances": 3,
            "imageName": "ghcr.io/pg:17",
            "resources": {},
            "bootstrap": {"initdb": {"secret": {"name": "login"}}},
        },
    )
    judged = scope([cluster, deployment()])
    assert [each.name for each, _ in judged.pod_templates()] == ["airflow-scheduler"]
    assert [text for _, _, text in all_images(judged)] == ["ghcr.io/pg:17", "ghcr.io/own/app:1.0.0"]


def test_images_of_init_containers_are_included() -> None:
    first = container(name="first", image="docker.io/first:1")
    (found, _) = all_images(scope([deployment(initContainers=[first])]))
    assert found[1:] == ("first", "docker.io/first:1")


def test_a_cron_job_has_the_pod_template_of_its_job() -> None:
    body = {"jobTemplate": {"spec": {"template": template()}}}
    assert [o.name for o, _ in scope([made("CronJob", "nightly", spec=body)]).pod_templates()] == [
        "nightly"
    ]


def test_a_secret_has_the_keys_of_data_and_string_data() -> None:
    both = made("Secret", "own", stringData={"a": "hidden"}, data={"b": "aGlkZGVu"})
    assert has_key(both, "a")
    assert has_key(both, "b")
    assert not has_key(both, "c")
    assert not has_key(made("Secret", "own", stringData=None, data=None), "a")


def test_a_secret_that_is_unknown_in_a_preview_may_have_any_key() -> None:
    assert has_key(made("Secret", "own", stringData=UNKNOWN), "a"), (
        "every first preview would be refused"
    )
