"""Which field manager last wrote a field."""

from typing import Any

from airflow_k8s.commands.drift.field_managers import last_manager


def live(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"managedFields": list(entries)}}


def entry(manager: str, time: str, fields: dict[str, Any], **rest: str) -> dict[str, Any]:
    return {"manager": manager, "time": time, "fieldsV1": fields, **rest}


HELM = entry(
    "helm",
    "2026-11-01T00:00:00Z",
    {
        "f:metadata": {"f:labels": {".": {}, "f:app.kubernetes.io/name": {}}},
        "f:spec": {
            "f:replicas": {},
            "f:template": {
                "f:spec": {
                    "f:containers": {
                        'k:{"name":"scheduler"}': {
                            ".": {},
                            "f:name": {},
                            "f:env": {'k:{"name":"A"}': {".": {}, "f:name": {}, "f:value": {}}},
                            "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}}},
                        }
                    }
                }
            },
        },
    },
)
PERSON = entry("kubectl-edit", "2026-11-02T00:00:00Z", {"f:spec": {"f:replicas": {}}})
CONTAINER = "spec.template.spec.containers[scheduler]"


def test_of_several_managers_the_last_one_wrote_the_field() -> None:
    assert last_manager(live(HELM, PERSON), "spec.replicas") == "kubectl-edit, 2026-11-02T00:00:00Z"


def test_an_item_of_a_list_is_found_by_its_key_in_managed_fields() -> None:
    for path in (f"{CONTAINER}.env[A].value", f"{CONTAINER}.env[A]", f"{CONTAINER}.ports[80 TCP]"):
        assert last_manager(live(HELM), path).startswith("helm"), path


def test_a_label_with_dots_and_a_slash_is_one_key_of_the_path() -> None:
    path = "metadata.labels[app.kubernetes.io/name]"
    assert last_manager(live(HELM), path).startswith("helm")


def test_the_owner_of_a_complete_list_wrote_its_items() -> None:
    owner = entry("policies", "", {"f:spec": {"f:egress": {}}})
    assert last_manager(live(owner), "spec.egress[0].ports") == "policies"


def test_a_field_without_a_manager_has_no_name() -> None:
    assert last_manager(live(HELM), f"{CONTAINER}.env[B]") == ""
    assert last_manager({"metadata": {}}, "spec.replicas") == ""


def test_a_manager_of_the_status_is_ignored() -> None:
    status = entry("controller", "2026-11-03T00:00:00Z", PERSON["fieldsV1"], subresource="status")
    assert last_manager(live(PERSON, status), "spec.replicas").startswith("kubectl-edit")
