"""A rehearsal and Pulumi's engine, on one cluster, must give the same result.

Most tests continue with the two stacks that the first one deploys, so their order matters.
"""

import json
import re
from base64 import b64decode
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.commands.rehearse.annotations import LABEL
from airflow_k8s.commands.rehearse.changes import desired_content
from airflow_k8s.commands.rehearse.inventory import Inventory, NodePool, NodeTaint, StorageClass
from airflow_k8s.commands.rehearse.live_objects import live_objects
from airflow_k8s.commands.rehearse.report import Action, Report
from airflow_k8s.commands.rehearse.simulator import Simulator
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.poller import Poller
from tests.commands.rehearse.conftest import Environment, problems, step
from tests.engine.engine import Done, Engine, Update, missing
from tests.rendering.conftest import official_chart

MISSING = missing()
pytestmark = [
    pytest.mark.chart,
    pytest.mark.engine,
    pytest.mark.skipif(bool(MISSING), reason=MISSING),
]

# Namespaces. Both names have the same length, because Secrets contain them.
OURS, THEIRS = "by-rehearsal", "by-pulumi-up"
NODES = {OURS: "gpu-1", THEIRS: "gpu-2"}
CLUSTER = Inventory(
    nodes=(
        NodePool(name="cpu", cpu="16", memory="64Gi"),  # room for both stacks
        NodePool(
            name="gpu",
            count=2,
            gpus=1,
            taints=(NodeTaint(key="cloud.example/spot", effect="PreferNoSchedule"),),
        ),
    ),
    storage_classes=(
        StorageClass(
            name="standard", default=True, access_modes=("ReadWriteOnce", "ReadWriteMany")
        ),
    ),
)
SETTINGS: Mapping[str, Any] = {
    "dags": {"repo": "https://github.com/example/dags.git", "branch": "main", "subPath": "dags"},
    "pipeline": {
        "processorImage": "example/processor:1",
        "validatorImage": "example/validator:1",
        "s3Bucket": "example",
    },
    "data": {"accessMode": "ReadWriteMany"},
    "logs": {"volume": {"accessMode": "ReadWriteMany"}},
}
UPGRADE: Mapping[str, Any] = {
    "image": {"tag": "3.2.3"},
    "secrets": {"jwtSecret": {"rotation": 2}},
    "protect": True,
}
# Generated values, which differ between two deployments of the same stack: pattern -> replacement.
GENERATED: Mapping[str, str] = {
    r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b": "uid",
    r"\b[0-9a-f]{64}\b": "checksum of a text with the namespace",
    r'"pod-template-hash": "\w+"': '"pod-template-hash": ""',
    r"\b(kube-api-access)-\w{5}\b": r"\1",
    r"\b(\w+-job)-[0-9a-f]{8}\b": r"\1",
    r'"(clusterIP|nodeName)": "[\w.-]+"': r'"\1": ""',
    r'"clusterIPs": \["[\w.-]+"\]': '"clusterIPs": []',
    r"\b(gpu)-\d\b": r"\1",
}
PULUMI_ACTIONS: Mapping[Action, str] = {
    "created": "create",
    "updated": "update",
    "unchanged": "same",
    "replaced": "replace",
    "deleted": "delete",
    "read": "read",
}


@dataclass
class Both:
    """The same stack, deployed by a rehearsal and by Pulumi."""

    environment: Environment
    engine: Engine
    observer: Poller

    def rehearse(self, **changes: Any) -> Report:
        settings: dict[str, Any] = {**SETTINGS, "gpu": gpu(NODES[OURS]), **changes}
        return self.environment.rehearse("dev", namespace=OURS, inventory=CLUSTER, **settings)

    def up(self, **changes: Any) -> Update:
        update = self.engine.up(**changes)
        self.observer.next_state()  # raises the error of the poller if it failed
        return update

    def deploy(self, **changes: Any) -> Counter[Done]:
        """Deploys the stack by both, checks that they do the same, and returns what they did."""
        report, update = self.rehearse(**changes), self.up(**changes)
        assert not report.failed, problems(report)
        assert not update.failed, update.errors
        ours, theirs = steps_of(report), Counter(map(without_generated, update.done))
        assert ours == theirs, f"only the rehearsal: {ours - theirs}; only Pulumi: {theirs - ours}"
        return theirs

    def compare(self) -> int:
        """Checks that both namespaces have the same objects, and returns their number."""
        cluster = self.environment.cluster
        ours, theirs = comparable_objects(cluster, OURS), comparable_objects(cluster, THEIRS)
        assert {key: len(objects) for key, objects in ours.items()} == {
            key: len(objects) for key, objects in theirs.items()
        }
        for key, objects in ours.items():
            assert objects == theirs[key], key
        return sum(map(len, ours.values()))


def gpu(node: str) -> dict[str, Any]:
    return {"mode": "nodes", "nodes": [node], "count": 1}


def engine(environment: Environment, folder: Path, namespace: str, **changes: Any) -> Engine:
    cluster, chart = environment.cluster, official_chart()
    assert cluster.kubeconfig is not None
    settings = {
        **SETTINGS,
        "namespace": namespace,
        "cluster": {"context": cluster.context},
        "chart": {"reference": str(chart.path), "repository": ""},
        **changes,
    }
    return Engine(folder, "dev", cluster.kubeconfig, settings)


@pytest.fixture(scope="module")
def both(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    pulumi = engine(environment, tmp_path_factory.mktemp("engine"), THEIRS, gpu=gpu(NODES[THEIRS]))
    cluster = environment.cluster
    environment.target(CLUSTER)
    simulator = Simulator(cluster, ())
    observer = Poller(cluster, simulator.kinds, seconds=0.25, on_poll=simulator.reconcile)
    with observer.running():
        observer.add_namespace(THEIRS)
        yield Both(environment, pulumi, observer)
    cluster.delete({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": THEIRS}})


def comparable_objects(cluster: Cluster, namespace: str) -> Mapping[tuple[str, str], list[Any]]:
    """(kind, name) -> objects: those of the namespace, the namespace itself, and its GPU node."""
    live = [found.manifest for found in live_objects(cluster, namespace)]
    scheduled = scheduled_jobs(live)
    found = [
        *(manifest for manifest in live if not scheduled & {name_of(manifest), *owners(manifest)}),
        cluster.get("v1", "Namespace", namespace),
        cluster.get("v1", "Node", NODES[namespace]),
    ]
    objects: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for manifest in found:
        if "deletionTimestamp" not in manifest["metadata"]:
            text = json.dumps(comparable(manifest))
            kind, name, fields = json.loads(without_generated_text(text, namespace))
            objects[kind, name].append(fields)
    return objects


def scheduled_jobs(objects: Sequence[Manifest]) -> set[str]:
    """The names of Jobs that a CronJob made: the clock decides when, not the deployment."""
    return {
        manifest["metadata"]["name"]
        for manifest in objects
        for owner in manifest["metadata"].get("ownerReferences", ())
        if owner["kind"] == "CronJob"
    }


def name_of(manifest: Manifest) -> str:
    return manifest["metadata"]["name"]


def owners(manifest: Manifest) -> list[str]:
    return [owner["name"] for owner in manifest["metadata"].get("ownerReferences", ())]


def comparable(manifest: Manifest) -> tuple[str, str, Mapping[str, Any]]:
    """Kind, name and the fields to compare.

    A pod has the name of its owner, and a Secret has the lengths of its texts.
    """
    kind, metadata = manifest["kind"], manifest["metadata"]
    fields = desired_content(manifest)
    fields["metadata"]["labels"] = {
        key: text for key, text in fields["metadata"]["labels"].items() if key != LABEL
    }
    if kind == "Secret":
        fields["data"] = {key: len(b64decode(text)) for key, text in manifest["data"].items()}
    name = metadata["name"]
    for owner in metadata.get("ownerReferences", ()):
        name = owner["name"].removesuffix(f"-{metadata['labels'].get('pod-template-hash')}")
    return kind, name, fields


def without_generated_text(text: str, namespace: str = "") -> str:
    """The text without generated values, and without the name of the namespace."""
    for pattern, replacement in GENERATED.items():
        text = re.sub(pattern, replacement, text)
    return text.replace(namespace, "namespace") if namespace else text


def without_generated(done: Done) -> Done:
    name = "namespace" if done.kind == "Namespace" else without_generated_text(done.name)
    return replace(done, name=name)


def steps_of(report: Report) -> Counter[Done]:
    """The steps of a rehearsal in Pulumi's terms: a creation and a deletion are a replacement."""
    done = Counter(
        without_generated(Done(kind=s.kind, name=s.name, action=PULUMI_ACTIONS[s.action]))
        for s in report.steps
    )
    for made in [item for item in done if item.action == "create"]:
        deleted = replace(made, action="delete")
        if done[deleted]:
            done -= Counter((made, deleted))
            done[replace(made, action="replace")] += 1
    return done


def changed(done: Counter[Done]) -> set[Done]:
    return {item for item in done if item.action not in ("same", "read")}


def test_both_create_the_same_objects(both: Both) -> None:
    done = both.deploy()
    compared = both.compare()
    print(f"{compared} objects are the same")  # noqa: T201 for `pytest -rP`
    assert compared > len(done) > 20


def test_both_make_the_same_changes_in_an_upgrade(both: Both) -> None:
    assert changed(both.deploy(**UPGRADE)) == {
        Done(kind="Secret", name="airflow-jwt-secret", action="update"),
        Done(kind="Job", name="migration-job", action="replace"),
        Done(kind="Job", name="admin-job", action="replace"),
        Done(kind="Release", name="airflow", action="update"),
    }
    both.compare()


def test_both_change_nothing_in_a_second_deployment(both: Both) -> None:
    assert not changed(both.deploy(**UPGRADE))


def test_both_refuse_to_replace_a_protected_claim(both: Both) -> None:
    changes = {**UPGRADE, "data": {"accessMode": "ReadWriteOnce"}}
    report, update = both.rehearse(**changes), both.up(**changes)
    refused = step(report, "PersistentVolumeClaim", "airflow-data-pvc")
    assert refused.action == "refused"
    assert "protected, and would be replaced because of spec.accessModes" in refused.message
    assert update.failed
    assert "unable to replace resource" in update.errors
    assert "PersistentVolumeClaim::data-claim" in update.errors
    # The engine stops at the claim. The rehearsal continues, and has changed the facts for DAGs.
    both.rehearse(**UPGRADE)
    both.up(**UPGRADE)
    both.compare()


def test_both_refuse_a_missing_node_and_create_none(both: Both) -> None:
    changes = {**UPGRADE, "gpu": gpu("gpu-9")}
    report, update = both.rehearse(**changes), both.up(**changes)
    assert step(report, "Node", "gpu-9").message == "resource 'gpu-9' does not exist"
    assert update.failed
    assert "resource 'gpu-9' does not exist" in update.errors
    nodes = {node["metadata"]["name"] for node in both.environment.cluster.list("v1", "Node")}
    assert nodes == {"cpu-1", "gpu-1", "gpu-2"}
    both.compare()


def test_both_refuse_a_namespace_that_they_did_not_create(
    environment: Environment, tmp_path: Path
) -> None:
    name = "made-by-hand"
    pulumi = engine(environment, tmp_path, name)
    by_hand = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    environment.cluster.create(by_hand)
    try:
        report = environment.rehearse("dev", namespace=name, inventory=CLUSTER, **SETTINGS)
        update = pulumi.up()
        assert step(report, "Namespace", name).message == f'Namespace "{name}" already exists'
        assert update.failed
        assert f'namespaces "{name}" already exists' in update.errors
        assert not live_objects(environment.cluster, name)
    finally:
        environment.cluster.delete(by_hand)


def test_the_policy_pack_finds_no_violation_of_a_mandatory_policy(
    environment: Environment, tmp_path: Path
) -> None:
    preview = engine(environment, tmp_path, "under-policies").preview()
    assert not preview.failed, preview.output
    assert "image-digest" in preview.advised, "no policy was checked"
    assert not preview.violated


def test_the_policy_pack_checks_the_objects_of_the_chart_in_a_preview(
    environment: Environment, tmp_path: Path
) -> None:
    values = {
        "scheduler": {"securityContexts": {"container": {"privileged": True}}},
        "images": {"statsd": {"tag": "latest"}},
        "workers": {"kubernetes": {"priorityClassName": "", "resources": {"limits": None}}},
    }
    preview = engine(environment, tmp_path, "under-policies").preview(values=values)
    assert preview.failed
    assert preview.violated == {"pod-security-restricted", "image-pinned", "container-resources"}
    assert "Deployment/airflow-scheduler: container scheduler is privileged" in preview.output
    assert environment.cluster.get("v1", "Namespace", "under-policies") is None


def test_the_policy_pack_respects_an_exception_of_the_stack(
    environment: Environment, tmp_path: Path
) -> None:
    exception = {
        "rule": "image-pinned",
        "object": "Deployment/airflow-statsd",
        "reason": "the exporter is being replaced",
        "expires": "2999-12-31",
    }
    preview = engine(environment, tmp_path, "under-policies").preview(
        values={"images": {"statsd": {"tag": "latest"}}}, policies={"exceptions": [exception]}
    )
    assert not preview.failed, preview.output
