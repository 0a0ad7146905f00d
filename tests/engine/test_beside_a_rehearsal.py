"""A rehearsal beside Pulumi's own engine, on one cluster: both must lead to the same.

Most tests go on from the stack that the first one brings up twice, so their order counts.
"""

import json
import re
from base64 import b64decode
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.commands.rehearse.annotations import LABEL
from airflow_k8s.commands.rehearse.holdings import content, holdings
from airflow_k8s.commands.rehearse.inventory import Inventory, NodePool, NodeTaint, StorageClass
from airflow_k8s.commands.rehearse.report import Action, Report
from airflow_k8s.commands.rehearse.simulator import Simulator
from airflow_k8s.kube.cluster import Cluster
from airflow_k8s.kube.manifest import Manifest
from airflow_k8s.kube.poller import Poller
from tests.commands.rehearse.conftest import Environment, step, words
from tests.engine.engine import Done, Engine, Update, missing
from tests.rendering.conftest import official_chart

MISSING = missing()
pytestmark = [
    pytest.mark.chart,
    pytest.mark.engine,
    pytest.mark.skipif(bool(MISSING), reason=MISSING),
]

OURS, THEIRS = "by-rehearsal", "by-pulumi-up"  # namespaces; as long, since Secrets name them
NODES = {OURS: "gpu-1", THEIRS: "gpu-2"}
CLUSTER = Inventory(
    nodes=(
        NodePool(name="cpu", cpu="16", memory="64Gi"),  # room for both
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
# What differs from one cluster's object to another's, and stands for nothing that anybody decided.
CHANCE: Mapping[str, str] = {
    r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b": "uid",
    r"\b[0-9a-f]{64}\b": "checksum of what names the namespace",
    r'"pod-template-hash": "\w+"': '"pod-template-hash": ""',
    r"\b(kube-api-access)-\w{5}\b": r"\1",
    r"\b(\w+-job)-[0-9a-f]{8}\b": r"\1",
    r'"(clusterIP|nodeName)": "[\w.-]+"': r'"\1": ""',
    r'"clusterIPs": \["[\w.-]+"\]': '"clusterIPs": []',
    r"\b(gpu)-\d\b": r"\1",
}
IN_PULUMIS_WORDS: Mapping[Action, str] = {
    "created": "create",
    "updated": "update",
    "unchanged": "same",
    "replaced": "replace",
    "deleted": "delete",
    "read": "read",
}


@dataclass
class Both:
    """The same stack, rehearsed and brought up by Pulumi."""

    environment: Environment
    engine: Engine
    observer: Poller

    def rehearse(self, **changes: Any) -> Report:
        settings: dict[str, Any] = {**SETTINGS, "gpu": gpu(NODES[OURS]), **changes}
        return self.environment.rehearse("dev", namespace=OURS, inventory=CLUSTER, **settings)

    def up(self, **changes: Any) -> Update:
        update = self.engine.up(**changes)
        self.observer.next_state()  # raises what ended it, since without it no pod comes up
        return update

    def do(self, **changes: Any) -> Counter[Done]:
        """What both did, which is the same."""
        report, update = self.rehearse(**changes), self.up(**changes)
        assert not report.failed, words(report)
        assert not update.failed, update.errors
        ours, theirs = of_ours(report), Counter(map(without_chance, update.done))
        assert ours == theirs, f"ours alone: {ours - theirs}; Pulumi's alone: {theirs - ours}"
        return theirs

    def compare(self) -> int:
        """How many objects there are, the same on both sides."""
        cluster = self.environment.cluster
        ours, theirs = told(cluster, OURS), told(cluster, THEIRS)
        assert {key: len(each) for key, each in ours.items()} == {
            key: len(each) for key, each in theirs.items()
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


def told(cluster: Cluster, namespace: str) -> Mapping[tuple[str, str], list[Any]]:
    """Every object in the namespace, itself and the node of its GPUs, by kind and name."""
    found = [
        *(each.manifest for each in holdings(cluster, namespace)),
        cluster.get("v1", "Namespace", namespace),
        cluster.get("v1", "Node", NODES[namespace]),
    ]
    objects: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for each in found:
        if "deletionTimestamp" not in each["metadata"]:
            kind, name, decided = json.loads(plain(json.dumps(decided_in(each)), namespace))
            objects[kind, name].append(decided)
    return objects


def decided_in(each: Manifest) -> tuple[str, str, Mapping[str, Any]]:
    """Kind, name (a pod's is its owner's) and what somebody decided, of secrets their length."""
    kind, metadata = each["kind"], each["metadata"]
    decided = content(each)
    decided["metadata"]["labels"] = {
        key: text for key, text in decided["metadata"]["labels"].items() if key != LABEL
    }
    if kind == "Secret":
        decided["data"] = {key: len(b64decode(text)) for key, text in each["data"].items()}
    name = metadata["name"]
    for owner in metadata.get("ownerReferences", ()):
        name = owner["name"].removesuffix(f"-{metadata['labels'].get('pod-template-hash')}")
    return kind, name, decided


def plain(text: str, namespace: str = "") -> str:
    """The text without what is chance, or the namespace's name."""
    for pattern, instead in CHANCE.items():
        text = re.sub(pattern, instead, text)
    return text.replace(namespace, "namespace") if namespace else text


def without_chance(done: Done) -> Done:
    name = "namespace" if done.kind == "Namespace" else plain(done.name)
    return replace(done, name=name)


def of_ours(report: Report) -> Counter[Done]:
    """A rehearsal's steps as Pulumi tells them: a new name for the old one is a replacement."""
    done = Counter(
        without_chance(Done(kind=s.kind, name=s.name, action=IN_PULUMIS_WORDS[s.action]))
        for s in report.steps
    )
    for made in [each for each in done if each.action == "create"]:
        gone = replace(made, action="delete")
        if done[gone]:
            done -= Counter((made, gone))
            done[replace(made, action="replace")] += 1
    return done


def changed(done: Counter[Done]) -> set[Done]:
    return {each for each in done if each.action not in ("same", "read")}


def test_both_bring_up_the_same_objects(both: Both) -> None:
    done = both.do()
    compared = both.compare()
    print(f"{compared} objects are the same")  # noqa: T201 for `pytest -rP`
    assert compared > len(done) > 20


def test_both_change_the_same_in_an_upgrade_and_replace_the_same(both: Both) -> None:
    assert changed(both.do(**UPGRADE)) == {
        Done(kind="Secret", name="airflow-jwt-secret", action="update"),
        Done(kind="Job", name="migration-job", action="replace"),
        Done(kind="Job", name="admin-job", action="replace"),
        Done(kind="Release", name="airflow", action="update"),
    }
    both.compare()


def test_both_change_nothing_the_second_time(both: Both) -> None:
    assert not changed(both.do(**UPGRADE))


def test_both_refuse_to_replace_a_claim_that_is_protected(both: Both) -> None:
    changes = {**UPGRADE, "data": {"accessMode": "ReadWriteOnce"}}
    report, update = both.rehearse(**changes), both.up(**changes)
    refused = step(report, "PersistentVolumeClaim", "airflow-data-pvc")
    assert refused.action == "refused"
    assert "protected, and would be replaced because of spec.accessModes" in refused.words
    assert update.failed
    assert "unable to replace resource" in update.errors
    assert "PersistentVolumeClaim::data-claim" in update.errors
    # Where the engine stops the rehearsal goes on, and has told DAGs of the change.
    both.rehearse(**UPGRADE)
    both.up(**UPGRADE)
    both.compare()


def test_both_name_a_node_that_is_not_there_and_make_none(both: Both) -> None:
    changes = {**UPGRADE, "gpu": gpu("gpu-9")}
    report, update = both.rehearse(**changes), both.up(**changes)
    assert step(report, "Node", "gpu-9").words == "resource 'gpu-9' does not exist"
    assert update.failed
    assert "resource 'gpu-9' does not exist" in update.errors
    nodes = {each["metadata"]["name"] for each in both.environment.cluster.list("v1", "Node")}
    assert nodes == {"cpu-1", "gpu-1", "gpu-2"}
    both.compare()


def test_both_refuse_what_somebody_else_made(environment: Environment, tmp_path: Path) -> None:
    name = "made-by-hand"
    pulumi = engine(environment, tmp_path, name)
    by_hand = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    environment.cluster.create(by_hand)
    try:
        report = environment.rehearse("dev", namespace=name, inventory=CLUSTER, **SETTINGS)
        update = pulumi.up()
        assert step(report, "Namespace", name).words == f'Namespace "{name}" already exists'
        assert update.failed
        assert f'namespaces "{name}" already exists' in update.errors
        assert not holdings(environment.cluster, name)
    finally:
        environment.cluster.delete(by_hand)


def test_the_policy_pack_finds_nothing_mandatory_in_the_stack(
    environment: Environment, tmp_path: Path
) -> None:
    preview = engine(environment, tmp_path, "under-policies").preview()
    assert not preview.failed, preview.words
    assert "image-digest" in preview.remarked, "no rule was asked"
    assert not preview.broken


def test_the_policy_pack_sees_into_the_chart_before_anything_is_made(
    environment: Environment, tmp_path: Path
) -> None:
    values = {
        "scheduler": {"securityContexts": {"container": {"privileged": True}}},
        "images": {"statsd": {"tag": "latest"}},
        "workers": {"kubernetes": {"priorityClassName": "", "resources": {"limits": None}}},
    }
    preview = engine(environment, tmp_path, "under-policies").preview(values=values)
    assert preview.failed
    assert preview.broken == {"pod-security-restricted", "image-pinned", "container-resources"}
    assert "Deployment/airflow-scheduler: container scheduler is privileged" in preview.words
    assert environment.cluster.get("v1", "Namespace", "under-policies") is None


def test_an_exception_of_the_stack_counts_in_the_policy_pack(
    environment: Environment, tmp_path: Path
) -> None:
    excused = {
        "rule": "image-pinned",
        "object": "Deployment/airflow-statsd",
        "reason": "the exporter is being replaced",
        "expires": "2999-12-31",
    }
    preview = engine(environment, tmp_path, "under-policies").preview(
        values={"images": {"statsd": {"tag": "latest"}}}, policies={"exceptions": [excused]}
    )
    assert not preview.failed, preview.words
