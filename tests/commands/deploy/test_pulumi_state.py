"""Pulumi's documents about a stack."""

from airflow_k8s.commands.deploy import pulumi_state
from tests.commands.deploy.recorded import PASSWORD, STACK, entry, export, resource, update


def test_the_deployed_update_is_the_last_that_succeeded() -> None:
    found = pulumi_state.deployed([update(head="new"), update(head="old")])
    assert found
    assert (found.revision, found.dirty, found.failed_since) == ("new", False, 0)


def test_updates_that_failed_since_are_counted() -> None:
    history = [update("failed", head="broken"), entry("preview", "succeeded"), update(head="good")]
    found = pulumi_state.deployed(history)
    assert found
    assert (found.revision, found.failed_since) == ("good", 1)
    assert "1 failed after it" in pulumi_state.describe(found)


def test_changes_that_were_not_committed_are_reported() -> None:
    assert "not committed" in pulumi_state.describe(pulumi_state.deployed([update(dirty=True)]))


def test_a_destroyed_stack_has_nothing_deployed() -> None:
    assert pulumi_state.deployed([entry("destroy", "succeeded"), update()]) is None
    assert pulumi_state.deployed([]) is None
    assert pulumi_state.describe(None) == "nothing"


def test_a_failed_destroy_leaves_the_stack_deployed() -> None:
    assert pulumi_state.deployed([entry("destroy", "failed"), update(head="old")]) is not None


def test_an_update_outside_of_git_has_no_revision() -> None:
    found = pulumi_state.deployed([entry("update", "succeeded")])
    assert found
    assert found.revision == ""
    assert "not from a git checkout" in pulumi_state.describe(found)


def test_the_provider_of_secrets_is_that_of_the_stack_file() -> None:
    key = {"secretsprovider": "awskms://alias/pulumi?region=eu-central-1", "encryptedkey": "x"}
    assert pulumi_state.secrets_provider(export(), key, "s3://b") == "awskms://alias/pulumi"
    salted = {"encryptionsalt": "v1:…"}
    assert pulumi_state.secrets_provider(export(provider=""), salted, "s3://b") == "passphrase"


def test_the_provider_of_secrets_is_that_of_the_state_or_pulumi_cloud_without_one_in_the_file() -> (
    None
):
    assert pulumi_state.secrets_provider(export(provider="cloud"), {}, "s3://b") == "cloud"
    assert (
        pulumi_state.secrets_provider({"deployment": None}, {}, "https://api.pulumi.com")
        == "service"
    )
    assert pulumi_state.secrets_provider(export(provider=""), {}, "s3://b") == ""


def test_the_address_of_a_backend_is_printed_without_its_password() -> None:
    shown = pulumi_state.without_password("postgres://pulumi:secret@db.example.com/state")
    assert shown == "postgres://pulumi:…@db.example.com/state"
    assert pulumi_state.without_password("s3://bucket?region=x") == "s3://bucket?region=x"


def test_protected_objects_have_kind_name_and_namespace() -> None:
    state = export(
        STACK,
        PASSWORD,
        resource("Namespace", "airflow", protect=True),
        resource("PersistentVolumeClaim", "airflow-data-pvc", protect=True),
        resource("Role", "airflow-scheduler"),
    )
    assert [str(found) for found in pulumi_state.protected_objects(state)] == [
        "Namespace airflow",
        "PersistentVolumeClaim airflow-data-pvc",
    ]
    assert [found.namespace for found in pulumi_state.protected_objects(state)] == ["", "airflow"]
    assert pulumi_state.protects_anything(state)
    assert pulumi_state.count(state) == 5


def test_a_protected_secret_counts_though_it_is_no_object_of_the_cluster() -> None:
    state = export(STACK, PASSWORD)
    assert pulumi_state.protected_objects(state) == []
    assert pulumi_state.protects_anything(state)
    assert not pulumi_state.protects_anything(export(STACK, resource("Role", "a")))


def test_a_stack_that_was_never_updated_has_no_resources() -> None:
    assert pulumi_state.count(export()) == 0
    assert pulumi_state.count({"version": 3, "deployment": None}) == 0


def test_the_operations_of_a_killed_update_are_reported_with_their_remedy() -> None:
    operations = [
        {"resource": resource("Role", "a"), "type": "creating"},
        {"resource": resource("Role", "b"), "type": "updating"},
    ]
    creating, updating = pulumi_state.interrupted_operations(
        export(STACK, pending=operations), "dev"
    )
    assert creating.startswith("an update was killed while it was creating a:")
    assert "`pulumi refresh --clear-pending-creates --yes --stack dev`" in creating
    assert updating.startswith("an update was killed while it was updating b: --refresh")
