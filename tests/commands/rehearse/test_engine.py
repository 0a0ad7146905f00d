"""Pulumi's engine and providers, played on a cluster that is made up."""

import base64
import copy
from collections.abc import Callable, Mapping
from typing import Any, cast

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random
import pytest

from airflow_k8s.commands.rehearse.engine import (
    Install,
    Outcome,
    SimulatedEngine,
    lost_taints,
    patch_manager,
    revealed,
)
from airflow_k8s.commands.rehearse.progress import Progress
from airflow_k8s.commands.rehearse.report import Step
from airflow_k8s.kube.cluster import ApiError, Cluster
from airflow_k8s.kube.poller import Poller
from airflow_k8s.kube.state import ClusterState
from airflow_k8s.rendering.evaluate import evaluate
from airflow_k8s.rendering.resources import RegisteredResource
from airflow_k8s.stack.settings.secret import Secret
from airflow_k8s.stack.stack_file import StackConfig

CONFIG = StackConfig(project="p", stack="dev", texts={})
HERE = "airflow"
LABEL = "rehearsal.airflow-platform/stack"
POD: Any = {"spec": {"containers": [{"name": "a", "image": "a:1"}]}}
WITHOUT_NAMESPACE = {"Namespace", "Node", "StorageClass"}
Key = tuple[str, str]


class FakeCluster:
    """Keeps what is applied. `refuses` says what it does not take, by name, and why."""

    def __init__(self, salt: str = "salt") -> None:
        self.objects: dict[Key, dict[str, Any]] = {}
        self.put("Namespace", "kube-system", uid=salt)
        self.refuses: dict[str, ApiError] = {}
        self.changed: list[Key] = []
        self.asked: list[Key] = []  # whether it would change
        self.deleted: list[Key] = []
        self.managers: dict[Key, str] = {}

    def put(self, kind: str, name: str, uid: str = "", **fields: Any) -> None:
        metadata = {"name": name, "uid": uid or f"uid-of-{name}"}
        self.objects[kind, name] = {
            "apiVersion": "v1",
            "kind": kind,
            "metadata": metadata,
            "spec": {},
            **fields,
        }

    def is_namespaced(self, _version: str, kind: str) -> bool:
        return kind not in WITHOUT_NAMESPACE

    def get(self, _version: str, kind: str, name: str, _namespace: str = "") -> Any:
        return copy.deepcopy(self.objects.get((kind, name)))

    def apply(
        self,
        manifest: Mapping[str, Any],
        *,
        manager: str,
        force: bool = False,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        key = manifest["kind"], manifest["metadata"]["name"]
        if key[1] in self.refuses:
            raise self.refuses[key[1]]
        (self.asked if dry_run else self.changed).append(key)
        if not force and "taints" in manifest.get("spec", {}):
            raise ApiError("conflict", code=409)
        before = self.objects.get(key, {})
        metadata = {"uid": f"uid-of-{key[1]}", **before.get("metadata", {}), **manifest["metadata"]}
        now = {**before, **manifest, "metadata": metadata}
        if not dry_run:
            self.objects[key] = copy.deepcopy(now)
            self.managers[key] = manager
        return now

    def delete(self, existing: Mapping[str, Any]) -> None:
        key = existing["kind"], existing["metadata"]["name"]
        self.deleted.append(key)
        del self.objects[key]


class FakePoller:
    """Shows a world that does not move; `meanwhile` is what happens before each look."""

    def __init__(self) -> None:
        self.world = ClusterState(())
        self.idle_seconds = 0.0
        self.meanwhile: Callable[[], None] = lambda: None
        self.looks = 0

    def add_namespace(self, namespace: str) -> None:
        pass

    def reset_idle(self) -> None:
        pass

    def next_state(self) -> ClusterState:
        self.looks += 1
        assert self.looks < 50, "it waits for ever"
        self.meanwhile()
        return self.world


def deployed(_resource: RegisteredResource, _hopeless: Callable[[], bool]) -> Outcome:
    return Outcome(action="created", state={"status": {"name": "airflow"}})


class Stage:
    """A cluster, and one rehearsal after the other on it."""

    def __init__(self, salt: str = "salt") -> None:
        self.cluster, self.observer = FakeCluster(salt), FakePoller()

    def up(
        self, program: Callable[[], None], *, only: str = "", install: Install = deployed
    ) -> dict[str, Step]:
        """What became of each resource, by the object's name."""
        self.progress = Progress()
        self.provider = SimulatedEngine(
            cast(Cluster, self.cluster),
            cast(Poller, self.observer),
            self.progress,
            stack="dev",
            install=install,
            idle_timeout=1,
            only=only,
        )
        self.evaluation = evaluate(program, CONFIG, self.provider)
        return {step.name: step for step in self.progress.steps()}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def config_map(
    name: str, text: str = "", opts: pulumi.ResourceOptions | None = None
) -> k8s.core.v1.ConfigMap:
    metadata: Any = {"name": name, "namespace": HERE}
    return k8s.core.v1.ConfigMap(name, metadata=metadata, data={"a": text}, opts=opts)


def actions(steps: Mapping[str, Step]) -> dict[str, str]:
    return {name: step.action for name, step in steps.items()}


class Part(pulumi.ComponentResource):
    """A component of one ConfigMap."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("p:p:Part", name, None, opts)
        config_map(f"{name}-map", opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({})


# What is made


def test_what_is_registered_is_made_and_marked_as_the_stacks(stage: Stage) -> None:
    steps = stage.up(lambda: pulumi.export("x", config_map("a").metadata["name"]))
    assert actions(steps) == {"a": "created"}
    made = stage.cluster.objects["ConfigMap", "a"]
    assert made["data"] == {"a": ""}
    assert made["metadata"]["labels"] == {LABEL: "dev"}
    assert stage.provider.made == {("ConfigMap", "a")}
    assert stage.evaluation.exports == {"x": "a"}


def test_a_step_is_told_by_its_outermost_component(stage: Stage) -> None:
    steps = stage.up(lambda: cast(None, Part("data")))
    assert (steps["data-map"].component, steps["data-map"].kind) == ("data", "ConfigMap")


def test_the_cluster_gets_the_text_of_a_secret_and_nobody_else_does(stage: Stage) -> None:
    def program() -> None:
        text = pulumi.Output.secret("hunter2")
        k8s.core.v1.Secret("s", metadata={"name": "s"}, string_data={"key": text})

    stage.up(program)
    made = stage.cluster.objects["Secret", "s"]
    assert base64.b64decode(made["data"]["key"]) == b"hunter2"
    assert "stringData" not in made, "the server would own both"
    assert "hunter2" not in repr(stage.evaluation)


def test_what_has_no_name_gets_another_when_a_change_takes_a_replacement(stage: Stage) -> None:
    def name_of(image: str, backoff: int = 6) -> str:
        template: Any = {"spec": {"containers": [{"name": "a", "image": image}]}}
        annotations = {"pulumi.com/skipAwait": "true"}
        stage.up(
            lambda: cast(
                None,
                k8s.batch.v1.Job(
                    "job",
                    metadata={"namespace": HERE, "annotations": annotations},
                    spec={"template": template, "backoff_limit": backoff},
                ),
            )
        )
        ((_, name),) = stage.provider.made
        return name

    first, again, other = name_of("a:1"), name_of("a:1"), name_of("a:2")
    assert first.startswith("job-")
    assert first == again
    assert first != other
    assert first == name_of("a:1", backoff=5), "which the server updates in place"


def test_generated_values_agree_between_two_evaluations_but_not_between_clusters() -> None:
    def texts(stage: Stage, rotation: int) -> list[str]:
        def program() -> None:
            keepers = {"rotation": str(rotation)}
            password = random.RandomPassword("p", length=20, keepers=keepers)
            key = random.RandomBytes("k", length=32, keepers=keepers)
            data: Any = {"p": password.result, "k": key.base64}
            k8s.core.v1.Secret("s", metadata={"name": "s"}, string_data=data)

        stage.cluster.objects.pop(("Secret", "s"), None)
        stage.up(program)
        return sorted(stage.cluster.objects["Secret", "s"]["data"].values())

    stage, elsewhere = Stage("one"), Stage("two")
    first = texts(stage, 1)
    assert len(set(first)) == 2
    assert first == texts(stage, 1)
    assert not set(first) & set(texts(elsewhere, 1))
    assert not set(first) & set(texts(stage, 2)), "a rotation makes new ones"


# What fails


def test_what_is_refused_is_told_and_all_else_goes_on(stage: Stage) -> None:
    def program() -> None:
        first = config_map("first")
        config_map("second", opts=pulumi.ResourceOptions(depends_on=[first]))
        third: Any = {"name": "third", "namespace": first.metadata["namespace"]}
        k8s.core.v1.ConfigMap("third", metadata=third)
        config_map("beside")

    stage.cluster.refuses = {"first": ApiError("exceeded quota")}
    steps = stage.up(program)
    assert actions(steps) == {
        "first": "refused",
        "second": "skipped",
        "third": "skipped",
        "beside": "created",
    }
    assert steps["first"].words == "exceeded quota"
    assert steps["second"].words == "first failed"
    assert stage.cluster.changed == [("ConfigMap", "beside")]


def test_what_depends_on_a_component_is_skipped_with_all_that_is_in_it(stage: Stage) -> None:
    def program() -> None:
        first = Part("first")
        second = Part("second", pulumi.ResourceOptions(depends_on=[first]))
        Part("third", pulumi.ResourceOptions(depends_on=[second]))
        Part("beside")

    stage.cluster.refuses = {"first-map": ApiError("no")}
    assert actions(stage.up(program)) == {
        "first-map": "refused",
        "second-map": "skipped",
        "third-map": "skipped",
        "beside-map": "created",
    }


def test_what_is_read_and_not_there_fails_what_needs_it(stage: Stage) -> None:
    def program() -> None:
        for name in ("there", "gone"):
            node = k8s.core.v1.Node.get(name, name)
            config_map(f"on-{name}", opts=pulumi.ResourceOptions(depends_on=[node]))

    stage.cluster.put("Node", "there")
    steps = stage.up(program)
    assert actions(steps) == {
        "there": "read",
        "on-there": "created",
        "gone": "refused",
        "on-gone": "skipped",
    }
    assert steps["gone"].words == "resource 'gone' does not exist"


# What is there already


def test_a_second_update_without_a_change_changes_nothing(stage: Stage) -> None:
    def program() -> None:
        config_map("a")

    stage.up(program)
    assert actions(stage.up(program)) == {"a": "unchanged"}


def test_what_somebody_else_made_is_not_taken_over(stage: Stage) -> None:
    stage.cluster.put("ConfigMap", "a", data={"a": "theirs"})
    step = stage.up(lambda: cast(None, config_map("a", "ours")))["a"]
    assert (step.action, step.words) == ("refused", 'ConfigMap "a" already exists')
    assert stage.cluster.objects["ConfigMap", "a"]["data"] == {"a": "theirs"}
    assert not stage.cluster.deleted


def secret(text: str, opts: pulumi.ResourceOptions | None = None) -> None:
    data = {"key": pulumi.Output.secret(text)}
    k8s.core.v1.Secret("s", metadata={"name": "s"}, string_data=data, opts=opts)


@pytest.mark.parametrize(("mutable", "action"), [(True, "updated"), (False, "replaced")])
def test_the_stacks_provider_says_whether_a_secret_changes_in_place(
    stage: Stage, mutable: bool, action: str
) -> None:
    def program(text: str) -> None:
        provider = k8s.Provider("cluster", enable_secret_mutable=mutable)
        secret(text, pulumi.ResourceOptions(provider=provider))

    stage.up(lambda: program("one"))
    assert actions(stage.up(lambda: program("two"))) == {"s": action}
    assert stage.cluster.deleted == ([] if mutable else [("Secret", "s")])


def test_a_replacement_says_why_and_what_it_costs(stage: Stage) -> None:
    def program(storage_class: str) -> None:
        spec: Any = {"storage_class_name": storage_class}
        annotations = {"pulumi.com/skipAwait": "true"}
        metadata: Any = {"name": "c", "namespace": HERE, "annotations": annotations}
        k8s.core.v1.PersistentVolumeClaim("c", metadata=metadata, spec=spec)

    stage.up(lambda: program("slow"))
    step = stage.up(lambda: program("fast"))["c"]
    assert step.loses_data
    assert step.words.startswith("replaced because of spec.storageClassName; DATA LOSS")


def test_what_is_protected_is_not_replaced_but_refused(stage: Stage) -> None:
    def program(text: str) -> None:
        config_map("a", text, opts=pulumi.ResourceOptions(protect=True))

    stage.up(lambda: program("one"))
    step = stage.up(lambda: program("two"))["a"]
    assert (step.action, stage.cluster.deleted) == ("refused", [])
    assert step.words == "it is protected, and would be replaced because of data"


def test_a_change_that_the_server_calls_invalid_is_judged_by_what_was_wanted(stage: Stage) -> None:
    stage.up(lambda: cast(None, config_map("a", "one")))
    apply = stage.cluster.apply

    def immutable(manifest: Mapping[str, Any], *, dry_run: bool = False, **rest: Any) -> Any:
        if dry_run:
            raise ApiError("field is immutable", code=422)
        return apply(manifest, **rest)

    stage.cluster.apply = immutable  # type: ignore[method-assign]
    assert actions(stage.up(lambda: cast(None, config_map("a", "two")))) == {"a": "replaced"}


# What has to become ready


def job() -> None:
    k8s.batch.v1.Job("j", metadata={"name": "j", "namespace": HERE}, spec={"template": POD})


def completed(status: str, kind: str = "Complete") -> dict[str, Any]:
    return {"conditions": [{"type": kind, "status": status, "message": "backoff limit"}]}


def test_a_job_is_waited_for_and_answered_as_it_ended(stage: Stage) -> None:
    def program() -> None:
        made = k8s.batch.v1.Job(
            "j", metadata={"name": "j", "namespace": HERE}, spec={"template": POD}
        )
        pulumi.export("ended", made.status.apply(lambda status: status and status.succeeded))

    def end() -> None:
        stage.cluster.objects["Job", "j"]["status"] = {"succeeded": 1, **completed("True")}

    stage.observer.meanwhile = end
    assert actions(stage.up(program)) == {"j": "created"}
    assert stage.evaluation.exports == {"ended": 1}


def failed_job() -> dict[str, Any]:
    metadata = {"name": "j", "namespace": HERE}
    return {"kind": "Job", "metadata": metadata, "spec": {}, "status": completed("True", "Failed")}


def test_one_that_nothing_helps_is_given_up_with_what_stood_in_its_way(stage: Stage) -> None:
    def fail() -> None:
        stage.observer.world = ClusterState([failed_job()] if stage.observer.looks > 1 else [])

    stage.observer.meanwhile = fail
    step = stage.up(job)["j"]
    assert (step.action, step.words) == ("not ready", "it waits for its pod")
    assert [(t.name, t.message) for t in stage.provider.troubles] == [("j", "backoff limit")]


def test_what_was_wrong_before_may_be_about_to_mend(stage: Stage) -> None:
    def end() -> None:
        if stage.observer.looks > 3:
            stage.cluster.objects["Job", "j"]["status"] = completed("True")

    stage.observer.world = ClusterState([failed_job()])
    stage.observer.meanwhile = end
    assert actions(stage.up(job)) == {"j": "created"}
    assert not stage.provider.troubles


def test_where_nothing_is_wrong_a_slow_one_gets_more_time(stage: Stage) -> None:
    looks: list[float] = []

    def wait() -> None:
        looks.append(stage.observer.idle_seconds)
        stage.observer.idle_seconds += 1

    stage.observer.meanwhile = wait
    assert actions(stage.up(job)) == {"j": "not ready"}
    assert max(looks) == 4, "five times the idle_timeout, which is one second"


def test_what_was_deleted_meanwhile_is_told(stage: Stage) -> None:
    stage.observer.meanwhile = lambda: cast(None, stage.cluster.objects.pop(("Job", "j"), None))
    assert stage.up(job)["j"].words == "it was deleted meanwhile"


# Nodes, and what else is outside


def taint(key: str) -> dict[str, str]:
    return {"key": key, "value": "v", "effect": "NoSchedule"}


def node_patch(*keys: str) -> None:
    annotations = {"pulumi.com/patchForce": "true"}
    k8s.core.v1.NodePatch(
        "taint",
        metadata={"name": "gpu-1", "annotations": annotations},
        spec=cast(Any, {"taints": [taint(key) for key in keys]}),
    )


def test_a_patch_leaves_no_mark_and_has_a_manager_of_its_own(stage: Stage) -> None:
    stage.cluster.put("Node", "gpu-1")
    assert actions(stage.up(lambda: node_patch("ours"))) == {"gpu-1": "updated"}
    assert stage.cluster.managers["Node", "gpu-1"] == "airflow-platform-rehearsal-taint"
    assert "labels" not in stage.cluster.objects["Node", "gpu-1"]["metadata"]


def test_a_patch_that_wipes_a_taint_of_others_is_told(stage: Stage) -> None:
    stage.cluster.put("Node", "gpu-1", spec={"taints": [taint("theirs")]})
    step = stage.up(lambda: node_patch("ours"))["gpu-1"]
    assert (step.action, step.words) == (
        "refused",
        "it wipes taints of others: theirs=v:NoSchedule",
    )
    stage.cluster.put("Node", "gpu-1", spec={"taints": [taint("theirs")]})
    assert actions(stage.up(lambda: node_patch("theirs", "ours"))) == {"gpu-1": "updated"}


def everywhere(text: str = "") -> None:
    k8s.core.v1.Namespace("n", metadata={"name": HERE})
    config_map("here", text)
    there: Any = {"name": "there", "namespace": "other"}
    k8s.core.v1.ConfigMap("there", metadata=there, data={"a": text})
    k8s.core.v1.Namespace("m", metadata={"name": "other"})
    k8s.storage.v1.StorageClass("fast", metadata={"name": "fast"}, provisioner="x")
    node_patch("ours")


def test_on_a_cluster_of_others_nothing_outside_the_namespace_is_changed(stage: Stage) -> None:
    stage.cluster.put("Node", "gpu-1")
    steps = stage.up(everywhere, only=HERE)
    assert actions(steps) == {
        HERE: "created",
        "here": "created",
        "there": "checked",
        "other": "checked",
        "fast": "checked",
        "gpu-1": "checked",
    }
    assert sorted(stage.cluster.changed) == [("ConfigMap", "here"), ("Namespace", HERE)]
    assert stage.cluster.objects["Node", "gpu-1"]["spec"] == {}


def test_nor_is_it_replaced(stage: Stage) -> None:
    stage.up(everywhere)
    stage.cluster.objects["ConfigMap", "there"]["data"] = {"a": "changed meanwhile"}
    steps = stage.up(lambda: everywhere("new"), only=HERE)
    assert steps["there"].action == "checked"
    assert steps["here"].action == "replaced"
    assert stage.cluster.deleted == [("ConfigMap", "here")]


def test_there_a_wiped_taint_is_told_too(stage: Stage) -> None:
    stage.cluster.put("Node", "gpu-1", spec={"taints": [taint("theirs")]})
    assert "theirs" in stage.up(everywhere, only=HERE)["gpu-1"].words
    assert stage.cluster.objects["Node", "gpu-1"]["spec"] == {"taints": [taint("theirs")]}


def release(namespace: str) -> None:
    k8s.helm.v3.Release("r", name="airflow", namespace=namespace, chart="airflow", values={})


def test_a_release_is_installed_and_its_state_heard(stage: Stage) -> None:
    installed: list[str] = []

    def install(resource: RegisteredResource, hopeless: Callable[[], bool]) -> Outcome:
        installed.append(resource.name)
        assert hopeless() is False
        return deployed(resource, hopeless)

    assert actions(stage.up(lambda: release(HERE), install=install)) == {"airflow": "created"}
    assert installed == ["r"]
    assert stage.provider.made == {("Release", "airflow")}


def test_a_release_outside_the_namespace_is_refused(stage: Stage) -> None:
    def install(_resource: RegisteredResource, _hopeless: Callable[[], bool]) -> Outcome:
        raise AssertionError("it was installed in a namespace of others")

    step = stage.up(lambda: release("other"), only=HERE, install=install)["airflow"]
    assert (step.action, step.words) == ("refused", f"it is outside of namespace {HERE}")


# By itself


def test_hidden_text_is_revealed_and_nulls_are_left_out() -> None:
    given = {"a": Secret("x"), "b": None, "c": [{"d": Secret("y"), "e": None}], "f": 0}
    assert revealed(given) == {"a": "x", "c": [{"d": "y"}], "f": 0}


@pytest.mark.parametrize(
    ("retained", "manager"),
    [
        (False, "airflow-platform-rehearsal-gpu-label"),
        (True, "airflow-platform-rehearsal-gpu-label-retained"),
    ],
)
def test_the_manager_of_a_patch_says_whether_its_fields_stay(retained: bool, manager: str) -> None:
    patch = RegisteredResource(
        type="kubernetes:core/v1:NodePatch",
        name="gpu-label",
        urn="urn",
        parent="",
        inputs={},
        custom=True,
        retain_on_delete=retained,
    )
    assert patch_manager(patch) == manager


def node(*taints: dict[str, str]) -> dict[str, Any]:
    return {"spec": {"taints": list(taints)}}


def test_key_and_effect_tell_taints_apart() -> None:
    other_value, other_effect = taint("a") | {"value": "w"}, taint("a") | {"effect": "NoExecute"}
    assert lost_taints(node(taint("a")), node(other_value)) == ""
    assert lost_taints(node(taint("a")), node(other_effect)) == "a=v:NoSchedule"
    assert lost_taints(node(taint("a"), taint("b")), {}) == "a=v:NoSchedule, b=v:NoSchedule"
    assert lost_taints({"spec": {}}, node(taint("a"))) == ""
    bare = {"key": "cloud.example/spot", "effect": "PreferNoSchedule"}
    assert lost_taints(node(bare), node()) == "cloud.example/spot:PreferNoSchedule"
