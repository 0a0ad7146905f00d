"""Who last wrote a field, by what the server keeps of its managers."""

from typing import Any

from airflow_k8s.commands.drift.field_managers import written_by


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


def test_the_last_of_several_managers_wrote_it() -> None:
    assert written_by(live(HELM, PERSON), "spec.replicas") == "kubectl-edit, 2026-11-02T00:00:00Z"


def test_an_item_of_a_list_is_found_by_the_key_that_the_server_gives_it() -> None:
    for path in (f"{CONTAINER}.env[A].value", f"{CONTAINER}.env[A]", f"{CONTAINER}.ports[80 TCP]"):
        assert written_by(live(HELM), path).startswith("helm"), path


def test_a_label_with_dots_and_a_slash_is_one_step() -> None:
    path = "metadata.labels[app.kubernetes.io/name]"
    assert written_by(live(HELM), path).startswith("helm")


def test_who_owns_a_list_as_a_whole_wrote_what_is_in_it() -> None:
    whole = entry("policies", "", {"f:spec": {"f:egress": {}}})
    assert written_by(live(whole), "spec.egress[0].ports") == "policies"


def test_nobody_is_named_where_the_server_does_not_say() -> None:
    assert written_by(live(HELM), f"{CONTAINER}.env[B]") == ""
    assert written_by({"metadata": {}}, "spec.replicas") == ""


def test_who_writes_a_status_wrote_no_field() -> None:
    status = entry("controller", "2026-11-03T00:00:00Z", PERSON["fieldsV1"], subresource="status")
    assert written_by(live(PERSON, status), "spec.replicas").startswith("kubectl-edit")
