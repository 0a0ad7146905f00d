"""What is read out of Pulumi's answers."""

from airflow_k8s.commands.deploy import pulumi_state
from tests.commands.deploy.recorded import LOCK, PASSWORD, STACK, entry, export, resource, update


def test_what_is_deployed_is_the_last_update_that_succeeded() -> None:
    found = pulumi_state.deployed([update(head="new"), update(head="old")])
    assert found
    assert (found.revision, found.dirty, found.failed_since) == ("new", False, 0)


def test_updates_that_failed_since_are_counted_since_parts_of_them_may_be_there() -> None:
    history = [update("failed", head="broken"), entry("preview", "succeeded"), update(head="good")]
    found = pulumi_state.deployed(history)
    assert found
    assert (found.revision, found.failed_since) == ("good", 1)
    assert "1 failed after it" in pulumi_state.told(found)


def test_work_that_was_not_committed_is_told() -> None:
    assert "not all that it was made from is committed" in pulumi_state.told(
        pulumi_state.deployed([update(dirty=True)])
    )


def test_a_stack_that_was_taken_down_has_nothing_deployed() -> None:
    assert pulumi_state.deployed([entry("destroy", "succeeded"), update()]) is None
    assert pulumi_state.deployed([]) is None
    assert pulumi_state.told(None) == "nothing"


def test_a_destroy_that_failed_took_nothing_for_sure() -> None:
    assert pulumi_state.deployed([entry("destroy", "failed"), update(head="old")]) is not None


def test_an_update_outside_of_git_has_no_revision() -> None:
    found = pulumi_state.deployed([entry("update", "succeeded")])
    assert found
    assert found.revision == ""
    assert "not from a git checkout" in pulumi_state.told(found)


def test_the_provider_of_secrets_is_the_one_of_the_stacks_file() -> None:
    key = {"secretsprovider": "awskms://alias/pulumi?region=eu-central-1", "encryptedkey": "x"}
    assert pulumi_state.secrets_provider(export(), key, "s3://b") == "awskms://alias/pulumi"
    salted = {"encryptionsalt": "v1:…"}
    assert pulumi_state.secrets_provider(export(provider=""), salted, "s3://b") == "passphrase"


def test_where_the_file_says_nothing_the_state_or_pulumi_cloud_does() -> None:
    assert pulumi_state.secrets_provider(export(provider="cloud"), {}, "s3://b") == "cloud"
    assert (
        pulumi_state.secrets_provider({"deployment": None}, {}, "https://api.pulumi.com")
        == "service"
    )
    assert pulumi_state.secrets_provider(export(provider=""), {}, "s3://b") == ""


def test_a_backends_address_is_shown_without_its_password() -> None:
    shown = pulumi_state.without_password("postgres://pulumi:secret@db.example.com/state")
    assert shown == "postgres://pulumi:…@db.example.com/state"
    assert pulumi_state.without_password("s3://bucket?region=x") == "s3://bucket?region=x"


def test_what_a_destroy_keeps_is_told_by_kind_and_name() -> None:
    held = export(
        STACK,
        PASSWORD,
        resource("Namespace", "airflow", protect=True),
        resource("PersistentVolumeClaim", "airflow-data-pvc", protect=True),
        resource("Role", "airflow-scheduler"),
    )
    assert [str(each) for each in pulumi_state.kept(held)] == [
        "Namespace airflow",
        "PersistentVolumeClaim airflow-data-pvc",
    ]
    assert [each.namespace for each in pulumi_state.kept(held)] == ["", "airflow"]
    assert pulumi_state.protects(held)
    assert pulumi_state.count(held) == 5


def test_generated_secrets_that_are_protected_need_the_option_too() -> None:
    held = export(STACK, PASSWORD)
    assert pulumi_state.kept(held) == []
    assert pulumi_state.protects(held)
    assert not pulumi_state.protects(export(STACK, resource("Role", "a")))


def test_a_stack_that_was_never_updated_holds_nothing() -> None:
    assert pulumi_state.count(export()) == 0
    assert pulumi_state.count({"version": 3, "deployment": None}) == 0


def test_what_an_update_was_at_when_it_was_killed_is_told_with_the_way_to_clear_it_up() -> None:
    operations = [
        {"resource": resource("Role", "a"), "type": "creating"},
        {"resource": resource("Role", "b"), "type": "updating"},
    ]
    making, changing = pulumi_state.interrupted(export(STACK, pending=operations), "dev")
    assert making.startswith("an update was killed at creating a:")
    assert "`pulumi refresh --clear-pending-creates --yes --stack dev`" in making
    assert changing.startswith("an update was killed at updating b: ARGS=--refresh")


def test_who_holds_a_lock_is_told_by_name_machine_and_time() -> None:
    assert pulumi_state.locked([LOCK]) == "root@vm (process 2101) since 2026-11-26T01:42:45"
    assert pulumi_state.locked([]) == ""
