"""The simulated engine of Pulumi on a fake cluster."""

import base64
import copy
from collections.abc import Callable, Mapping
from typing import Any, cast

import pulumi
import pulumi_kubernetes as k8s
import pulumi_random as random
import pytest

from airflow_k8s.commands.rehearse.engine import Install, SimulatedEngine
from airflow_k8s.commands.rehearse.outcome import Outcome
from airflow_k8s.commands.rehearse.progress import Progress
from airflow_k8s.commands.rehearse.report import Step
from airflow_k8s.kube.cluster import ApiError, Cluster
from airflow_k8s.kube.poller import Poller
from airflow_k8s.kube.state import ClusterState
from airflow_k8s.rendering.evaluate import evaluate
from airflow_k8s.rendering.resources import RegisteredResource
from airflow_k8s.stack.stack_file import StackConfig

CONFIG = StackConfig(project="p", stack="dev", texts={})
NAMESPACE = "airflow"
LABEL = "rehearsal.airflow-platform/stack"
POD: Any = {"spec": {"containers": [{"name": "a", "image": "a:1"}]}}
WITHOUT_NAMESPACE = {"Namespace", "Node", "StorageClass"}
Key = tuple[str, str]


class FakeCluster:
    """Keeps what is applied. `refuses` has the errors for objects that it refuses, by name."""

    def __init__(self, salt: str = "salt") -> None:
        self.objects: dict[Key, dict[str, Any]] = {}
        self.put("Namespace", "kube-system", uid=salt)
        self.refuses: dict[str, ApiError] = {}
        self.changed: list[Key] = []
        self.dry_runs: list[Key] = []
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
        (self.dry_runs if dry_run else self.changed).append(key)
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
    """A poller of a state that does not change. `before_read` is called before every read."""

    def __init__(self) -> None:
        self.state = ClusterState(())
        self.idle_seconds = 0.0
        self.before_read: Callable[[], None] = lambda: None
        self.reads = 0

    def add_namespace(self, namespace: str) -> None:
        pass

    def reset_idle(self) -> None:
        pass

    def next_state(self) -> ClusterState:
        self.reads += 1
        assert self.reads < 50, "the engine waits forever"
        self.before_read()
        return self.state


def deployed(_resource: RegisteredResource, _gives_up: Callable[[], bool]) -> Outcome:
    return Outcome(action="created", state={"status": {"name": "airflow"}})


class Environment:
    """A fake cluster on which programs are applied one after the other."""

    def __init__(self, salt: str = "salt") -> None:
        self.cluster, self.poller = FakeCluster(salt), FakePoller()

    def up(
        self, program: Callable[[], None], *, only: str = "", install: Install = deployed
    ) -> dict[str, Step]:
        """The steps of the resources by the object's name."""
        self.progress = Progress()
        self.engine = SimulatedEngine(
            cast(Cluster, self.cluster),
            cast(Poller, self.poller),
            self.progress,
            stack="dev",
            install=install,
            idle_timeout=1,
            only=only,
        )
        self.evaluation = evaluate(program, CONFIG, self.engine)
        return {step.name: step for step in self.progress.steps()}


@pytest.fixture
def environment() -> Environment:
    return Environment()


def config_map(
    name: str, text: str = "", opts: pulumi.ResourceOptions | None = None
) -> k8s.core.v1.ConfigMap:
    metadata: Any = {"name": name, "namespace": NAMESPACE}
    return k8s.core.v1.ConfigMap(name, metadata=metadata, data={"a": text}, opts=opts)


def actions(steps: Mapping[str, Step]) -> dict[str, str]:
    return {name: step.action for name, step in steps.items()}


class Part(pulumi.ComponentResource):
    """A component of one ConfigMap."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("p:p:Part", name, None, opts)
        config_map(f"{name}-map", opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({})


# Creation


def test_a_registered_object_is_created_with_the_label_of_the_stack(
    environment: Environment,
) -> None:
    steps = environment.up(lambda: pulumi.export("x", config_map("a").metadata["name"]))
    assert actions(steps) == {"a": "created"}
    made = environment.cluster.objects["ConfigMap", "a"]
    assert made["data"] == {"a": ""}
    assert made["metadata"]["labels"] == {LABEL: "dev"}
    assert environment.engine.declared == {("ConfigMap", "a")}
    assert environment.evaluation.exports == {"x": "a"}


def test_a_step_has_the_name_of_its_outermost_component(environment: Environment) -> None:
    steps = environment.up(lambda: cast(None, Part("data")))
    assert (steps["data-map"].component, steps["data-map"].kind) == ("data", "ConfigMap")


def test_the_cluster_gets_the_plain_text_of_a_secret_and_the_evaluation_does_not(
    environment: Environment,
) -> None:
    def program() -> None:
        text = pulumi.Output.secret("hunter2")
        k8s.core.v1.Secret("s", metadata={"name": "s"}, string_data={"key": text})

    environment.up(program)
    made = environment.cluster.objects["Secret", "s"]
    assert base64.b64decode(made["data"]["key"]) == b"hunter2"
    assert "stringData" not in made, "the server would own both fields"
    assert "hunter2" not in repr(environment.evaluation)


def test_a_generated_name_changes_if_the_change_requires_a_replacement(
    environment: Environment,
) -> None:
    def name_of(image: str, backoff: int = 6) -> str:
        template: Any = {"spec": {"containers": [{"name": "a", "image": image}]}}
        annotations = {"pulumi.com/skipAwait": "true"}
        environment.up(
            lambda: cast(
                None,
                k8s.batch.v1.Job(
                    "job",
                    metadata={"namespace": NAMESPACE, "annotations": annotations},
                    spec={"template": template, "backoff_limit": backoff},
                ),
            )
        )
        ((_, name),) = environment.engine.declared
        return name

    first, again, other = name_of("a:1"), name_of("a:1"), name_of("a:2")
    assert first.startswith("job-")
    assert first == again
    assert first != other
    assert first == name_of("a:1", backoff=5), "the server updates this field in place"


def test_generated_values_are_stable_on_one_cluster_and_differ_between_clusters() -> None:
    def texts(environment: Environment, rotation: int) -> list[str]:
        def program() -> None:
            keepers = {"rotation": str(rotation)}
            password = random.RandomPassword("p", length=20, keepers=keepers)
            key = random.RandomBytes("k", length=32, keepers=keepers)
            data: Any = {"p": password.result, "k": key.base64}
            k8s.core.v1.Secret("s", metadata={"name": "s"}, string_data=data)

        environment.cluster.objects.pop(("Secret", "s"), None)
        environment.up(program)
        return sorted(environment.cluster.objects["Secret", "s"]["data"].values())

    environment, elsewhere = Environment("one"), Environment("two")
    first = texts(environment, 1)
    assert len(set(first)) == 2
    assert first == texts(environment, 1)
    assert not set(first) & set(texts(elsewhere, 1))
    assert not set(first) & set(texts(environment, 2)), "a rotation generates new values"


# Failures


def test_a_refused_object_fails_and_independent_objects_are_created(
    environment: Environment,
) -> None:
    def program() -> None:
        first = config_map("first")
        config_map("second", opts=pulumi.ResourceOptions(depends_on=[first]))
        third: Any = {"name": "third", "namespace": first.metadata["namespace"]}
        k8s.core.v1.ConfigMap("third", metadata=third)
        config_map("beside")

    environment.cluster.refuses = {"first": ApiError("exceeded quota")}
    steps = environment.up(program)
    assert actions(steps) == {
        "first": "refused",
        "second": "skipped",
        "third": "skipped",
        "beside": "created",
    }
    assert steps["first"].message == "exceeded quota"
    assert steps["second"].message == "first failed"
    assert environment.cluster.changed == [("ConfigMap", "beside")]


def test_a_component_that_depends_on_a_failed_one_is_skipped_with_its_children(
    environment: Environment,
) -> None:
    def program() -> None:
        first = Part("first")
        second = Part("second", pulumi.ResourceOptions(depends_on=[first]))
        Part("third", pulumi.ResourceOptions(depends_on=[second]))
        Part("beside")

    environment.cluster.refuses = {"first-map": ApiError("no")}
    assert actions(environment.up(program)) == {
        "first-map": "refused",
        "second-map": "skipped",
        "third-map": "skipped",
        "beside-map": "created",
    }


def test_a_missing_object_that_is_read_fails_its_dependents(environment: Environment) -> None:
    def program() -> None:
        for name in ("existing", "missing"):
            node = k8s.core.v1.Node.get(name, name)
            config_map(f"on-{name}", opts=pulumi.ResourceOptions(depends_on=[node]))

    environment.cluster.put("Node", "existing")
    steps = environment.up(program)
    assert actions(steps) == {
        "existing": "read",
        "on-existing": "created",
        "missing": "refused",
        "on-missing": "skipped",
    }
    assert steps["missing"].message == "resource 'missing' does not exist"


# Existing objects


def test_an_update_without_a_change_has_the_action_unchanged(environment: Environment) -> None:
    def program() -> None:
        config_map("a")

    environment.up(program)
    assert actions(environment.up(program)) == {"a": "unchanged"}


def test_an_unmanaged_object_is_not_adopted(environment: Environment) -> None:
    environment.cluster.put("ConfigMap", "a", data={"a": "other"})
    step = environment.up(lambda: cast(None, config_map("a", "mine")))["a"]
    assert (step.action, step.message) == ("refused", 'ConfigMap "a" already exists')
    assert environment.cluster.objects["ConfigMap", "a"]["data"] == {"a": "other"}
    assert not environment.cluster.deleted


def secret(text: str, opts: pulumi.ResourceOptions | None = None) -> None:
    data = {"key": pulumi.Output.secret(text)}
    k8s.core.v1.Secret("s", metadata={"name": "s"}, string_data=data, opts=opts)


@pytest.mark.parametrize(("mutable", "action"), [(True, "updated"), (False, "replaced")])
def test_the_provider_option_decides_whether_a_secret_changes_in_place(
    environment: Environment, mutable: bool, action: str
) -> None:
    def program(text: str) -> None:
        provider = k8s.Provider("cluster", enable_secret_mutable=mutable)
        secret(text, pulumi.ResourceOptions(provider=provider))

    environment.up(lambda: program("one"))
    assert actions(environment.up(lambda: program("two"))) == {"s": action}
    assert environment.cluster.deleted == ([] if mutable else [("Secret", "s")])


def test_a_replacement_has_its_reason_and_its_data_loss(environment: Environment) -> None:
    def program(storage_class: str) -> None:
        spec: Any = {"storage_class_name": storage_class}
        annotations = {"pulumi.com/skipAwait": "true"}
        metadata: Any = {"name": "c", "namespace": NAMESPACE, "annotations": annotations}
        k8s.core.v1.PersistentVolumeClaim("c", metadata=metadata, spec=spec)

    environment.up(lambda: program("slow"))
    step = environment.up(lambda: program("fast"))["c"]
    assert step.message.startswith("replaced because of spec.storageClassName; DATA LOSS")
    assert step.loses_data


def test_a_replaced_config_map_loses_no_data(environment: Environment) -> None:
    environment.up(lambda: cast(None, config_map("a", "one")))
    step = environment.up(lambda: cast(None, config_map("a", "two")))["a"]
    assert (step.action, step.loses_data) == ("replaced", False)


def test_the_replacement_of_a_protected_object_is_refused(environment: Environment) -> None:
    def program(text: str) -> None:
        config_map("a", text, opts=pulumi.ResourceOptions(protect=True))

    environment.up(lambda: program("one"))
    step = environment.up(lambda: program("two"))["a"]
    assert (step.action, environment.cluster.deleted) == ("refused", [])
    assert step.message == "it is protected, and would be replaced because of data"


def test_a_change_that_the_dry_run_refuses_as_invalid_is_compared_without_it(
    environment: Environment,
) -> None:
    environment.up(lambda: cast(None, config_map("a", "one")))
    apply = environment.cluster.apply

    def immutable(manifest: Mapping[str, Any], *, dry_run: bool = False, **rest: Any) -> Any:
        if dry_run:
            raise ApiError("field is immutable", code=422)
        return apply(manifest, **rest)

    environment.cluster.apply = immutable  # type: ignore[method-assign]
    assert actions(environment.up(lambda: cast(None, config_map("a", "two")))) == {"a": "replaced"}


# Readiness


def job() -> None:
    k8s.batch.v1.Job("j", metadata={"name": "j", "namespace": NAMESPACE}, spec={"template": POD})


def completed(status: str, kind: str = "Complete") -> dict[str, Any]:
    return {"conditions": [{"type": kind, "status": status, "message": "backoff limit"}]}


def test_the_engine_waits_for_a_job_and_returns_its_final_state(environment: Environment) -> None:
    def program() -> None:
        made = k8s.batch.v1.Job(
            "j", metadata={"name": "j", "namespace": NAMESPACE}, spec={"template": POD}
        )
        pulumi.export("ended", made.status.apply(lambda status: status and status.succeeded))

    def end() -> None:
        environment.cluster.objects["Job", "j"]["status"] = {"succeeded": 1, **completed("True")}

    environment.poller.before_read = end
    assert actions(environment.up(program)) == {"j": "created"}
    assert environment.evaluation.exports == {"ended": 1}


def failed_job() -> dict[str, Any]:
    metadata = {"name": "j", "namespace": NAMESPACE}
    return {"kind": "Job", "metadata": metadata, "spec": {}, "status": completed("True", "Failed")}


def test_waiting_for_a_failed_job_ends_with_its_trouble(environment: Environment) -> None:
    def fail() -> None:
        environment.poller.state = ClusterState(
            [failed_job()] if environment.poller.reads > 1 else []
        )

    environment.poller.before_read = fail
    step = environment.up(job)["j"]
    assert (step.action, step.message) == ("not ready", "it waits for its pod")
    assert [(t.name, t.message) for t in environment.engine.troubles] == [("j", "backoff limit")]


def test_a_trouble_that_existed_before_does_not_end_the_wait(environment: Environment) -> None:
    def end() -> None:
        if environment.poller.reads > 3:
            environment.cluster.objects["Job", "j"]["status"] = completed("True")

    environment.poller.state = ClusterState([failed_job()])
    environment.poller.before_read = end
    assert actions(environment.up(job)) == {"j": "created"}
    assert not environment.engine.troubles


def test_without_a_trouble_the_idle_timeout_is_longer(environment: Environment) -> None:
    idle_times: list[float] = []

    def wait() -> None:
        idle_times.append(environment.poller.idle_seconds)
        environment.poller.idle_seconds += 1

    environment.poller.before_read = wait
    assert actions(environment.up(job)) == {"j": "not ready"}
    assert max(idle_times) == 4, "five times the idle timeout of one second"


def test_an_object_that_is_deleted_during_the_wait_is_not_ready(environment: Environment) -> None:
    environment.poller.before_read = lambda: cast(
        None, environment.cluster.objects.pop(("Job", "j"), None)
    )
    assert environment.up(job)["j"].message == "it was deleted in the meantime"


# Nodes, and objects outside the namespace


def taint(key: str) -> dict[str, str]:
    return {"key": key, "value": "v", "effect": "NoSchedule"}


def node_patch(*keys: str) -> None:
    annotations = {"pulumi.com/patchForce": "true"}
    k8s.core.v1.NodePatch(
        "taint",
        metadata={"name": "gpu-1", "annotations": annotations},
        spec=cast(Any, {"taints": [taint(key) for key in keys]}),
    )


def test_a_patch_sets_no_label_and_has_its_own_field_manager(environment: Environment) -> None:
    environment.cluster.put("Node", "gpu-1")
    assert actions(environment.up(lambda: node_patch("mine"))) == {"gpu-1": "updated"}
    assert environment.cluster.managers["Node", "gpu-1"] == "airflow-platform-rehearsal-taint"
    assert "labels" not in environment.cluster.objects["Node", "gpu-1"]["metadata"]


def test_a_patch_that_removes_an_unmanaged_taint_is_refused(environment: Environment) -> None:
    environment.cluster.put("Node", "gpu-1", spec={"taints": [taint("other")]})
    step = environment.up(lambda: node_patch("mine"))["gpu-1"]
    assert (step.action, step.message) == (
        "refused",
        "it removes taints that the stack does not manage: other=v:NoSchedule",
    )
    environment.cluster.put("Node", "gpu-1", spec={"taints": [taint("other")]})
    assert actions(environment.up(lambda: node_patch("other", "mine"))) == {"gpu-1": "updated"}


def everywhere(text: str = "") -> None:
    k8s.core.v1.Namespace("n", metadata={"name": NAMESPACE})
    config_map("here", text)
    elsewhere: Any = {"name": "outside", "namespace": "other"}
    k8s.core.v1.ConfigMap("outside", metadata=elsewhere, data={"a": text})
    k8s.core.v1.Namespace("m", metadata={"name": "other"})
    k8s.storage.v1.StorageClass("fast", metadata={"name": "fast"}, provisioner="x")
    node_patch("mine")


def test_objects_outside_the_only_namespace_are_checked_and_not_changed(
    environment: Environment,
) -> None:
    environment.cluster.put("Node", "gpu-1")
    steps = environment.up(everywhere, only=NAMESPACE)
    assert actions(steps) == {
        NAMESPACE: "created",
        "here": "created",
        "outside": "checked",
        "other": "checked",
        "fast": "checked",
        "gpu-1": "checked",
    }
    assert sorted(environment.cluster.changed) == [("ConfigMap", "here"), ("Namespace", NAMESPACE)]
    assert environment.cluster.objects["Node", "gpu-1"]["spec"] == {}


def test_objects_outside_the_only_namespace_are_not_replaced(environment: Environment) -> None:
    environment.up(everywhere)
    environment.cluster.objects["ConfigMap", "outside"]["data"] = {"a": "changed in the meantime"}
    steps = environment.up(lambda: everywhere("new"), only=NAMESPACE)
    assert steps["outside"].action == "checked"
    assert steps["here"].action == "replaced"
    assert environment.cluster.deleted == [("ConfigMap", "here")]


def test_a_dry_run_of_a_patch_that_removes_an_unmanaged_taint_is_refused(
    environment: Environment,
) -> None:
    environment.cluster.put("Node", "gpu-1", spec={"taints": [taint("other")]})
    assert "other" in environment.up(everywhere, only=NAMESPACE)["gpu-1"].message
    assert environment.cluster.objects["Node", "gpu-1"]["spec"] == {"taints": [taint("other")]}


def release(namespace: str) -> None:
    k8s.helm.v3.Release("r", name="airflow", namespace=namespace, chart="airflow", values={})


def test_a_release_is_installed_by_the_given_function(environment: Environment) -> None:
    installed: list[str] = []

    def install(resource: RegisteredResource, gives_up: Callable[[], bool]) -> Outcome:
        installed.append(resource.name)
        assert gives_up() is False
        return deployed(resource, gives_up)

    assert actions(environment.up(lambda: release(NAMESPACE), install=install)) == {
        "airflow": "created"
    }
    assert installed == ["r"]
    assert environment.engine.declared == {("Release", "airflow")}


def test_a_release_outside_the_namespace_is_refused(environment: Environment) -> None:
    def install(_resource: RegisteredResource, _gives_up: Callable[[], bool]) -> Outcome:
        raise AssertionError("it was installed outside the namespace")

    step = environment.up(lambda: release("other"), only=NAMESPACE, install=install)["airflow"]
    assert (step.action, step.message) == ("refused", f"it is outside namespace {NAMESPACE}")
