"""The contents of a simulated cluster."""

from airflow_k8s.commands.rehearse.bootstrap import open_definition


def test_an_open_definition_accepts_all_fields_and_has_a_status_subresource() -> None:
    definition = open_definition("postgresql.cnpg.io", "v1", "Cluster", "clusters")
    assert definition["metadata"]["name"] == "clusters.postgresql.cnpg.io"
    spec = definition["spec"]
    assert (spec["group"], spec["scope"]) == ("postgresql.cnpg.io", "Namespaced")
    assert spec["names"] == {"kind": "Cluster", "plural": "clusters"}
    (version,) = spec["versions"]
    assert version["name"] == "v1"
    assert version["served"]
    assert version["storage"]
    assert version["subresources"] == {"status": {}}, "the operator sets the condition Ready"
    schema = version["schema"]["openAPIV3Schema"]
    assert schema == {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
