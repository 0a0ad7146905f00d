"""Reports written by hand: a good one, a bad one, an upgrade, and a refused upgrade."""

from collections.abc import Sequence
from dataclasses import replace

from airflow_k8s.commands.rehearse.report import (
    Action,
    Change,
    Effect,
    Node,
    ObjectState,
    Phase,
    Pod,
    PolicyResult,
    PolicyViolation,
    Quota,
    Report,
    Step,
    Task,
)
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.reasons import Reason

GIB = 1024**3
MIB = 1024**2
GPU_TAINT = "nvidia.com/gpu=present:NoSchedule"


def steps(
    component: str, started: float, *found: tuple[str, str], action: Action = "created"
) -> list[Step]:
    """Steps of half a second. Each one starts a tenth of a second after the one before."""
    return [
        Step(
            component=component,
            kind=kind,
            name=name,
            action=action,
            started=started + number / 10,
            seconds=0.5,
        )
        for number, (kind, name) in enumerate(found)
    ]


def pod(component: str, suffix: str, node: str, cpu: float, mib: int, gpus: int = 0) -> Pod:
    """A ready pod."""
    return Pod(
        name=f"airflow-{component.replace(' ', '-')}-{suffix}",
        component=component,
        node=node,
        ready=True,
        cpu=cpu,
        memory=mib * MIB,
        gpus=gpus,
    )


def states(component: str, part: str, *found: tuple[str, str, str]) -> list[ObjectState]:
    """Objects of one component and part."""
    return [
        ObjectState(component=component, part=part, kind=kind, name=name, state=state)
        for kind, name, state in found
    ]


PROD_NODES = (
    *(
        Node(name=f"cpu-{n}", pool="cpu", cpu=4, memory=16 * GIB, gpus=0, taints=())
        for n in range(1, 5)
    ),
    *(
        Node(name=f"gpu-{n}", pool="gpu", cpu=8, memory=32 * GIB, gpus=1, taints=(GPU_TAINT,))
        for n in range(1, 3)
    ),
)

PROD_PODS = (
    pod("database", "postgresql-1", "cpu-1", 0.5, 1024),
    pod("database", "postgresql-2", "cpu-2", 0.5, 1024),
    pod("database", "postgresql-3", "cpu-3", 0.5, 1024),
    pod("api-server", "7c5d8f6b9-2xkqp", "cpu-1", 0.5, 1024),
    pod("api-server", "7c5d8f6b9-9lhw4", "cpu-4", 0.5, 1024),
    pod("scheduler", "59f7d4c8b-7bq2m", "cpu-2", 0.51, 1056),
    pod("scheduler", "59f7d4c8b-tn5zv", "cpu-3", 0.51, 1056),
    pod("dag-processor", "6d9c7b5f4-kx8rd", "cpu-4", 0.525, 1088),
    pod("triggerer", "84b6f9d7c-4m2ps", "cpu-1", 0.275, 576),
    pod("triggerer", "84b6f9d7c-w9jc6", "cpu-2", 0.275, 576),
    pod("statsd", "5f8d6c9b7-hh3vz", "cpu-4", 0.025, 32),
    pod("light task", "1f", "cpu-3", 0.275, 576),
    pod("heavy task", "2b", "cpu-1", 2, 4096),
    pod("gpu task", "3c", "gpu-1", 0.275, 576, gpus=1),
)

PROD_STEPS = (
    *steps("prerequisites", 0, ("Node", "gpu-1"), ("Node", "gpu-2"), action="read"),
    *steps("prerequisites", 0.2, ("APIService", "v1.postgresql.cnpg.io"), action="read"),
    *steps(
        "gpu",
        0.8,
        *[("Node", "gpu-1"), ("Node", "gpu-1"), ("Node", "gpu-2"), ("Node", "gpu-2")],
        action="updated",
    ),
    *steps(
        "platform",
        0.8,
        ("Namespace", "airflow"),
        ("LimitRange", "airflow-platform"),
        ("ResourceQuota", "airflow-platform"),
    ),
    *steps(
        "secrets",
        1.4,
        ("Secret", "airflow-admin"),
        ("Secret", "airflow-api-secret-key"),
        ("Secret", "airflow-database"),
        ("Secret", "airflow-fernet-key"),
        ("Secret", "airflow-jwt-secret"),
        ("Secret", "airflow-metadata"),
        ("Secret", "api-secrets"),
        ("Secret", "pipeline-database"),
    ),
    *steps("data", 1.4, ("PersistentVolumeClaim", "airflow-data-pvc")),
    *steps("logs", 1.4, ("PersistentVolumeClaim", "airflow-logs")),
    *steps("database", 2.6, ("Cluster", "airflow-postgresql")),
    *steps("migration", 3.1, ("Job", "migration-job-4f1c")),
    *steps("admin", 3.6, ("Job", "admin-job-91be")),
    Step(
        component="airflow",
        kind="Release",
        name="airflow",
        action="created",
        started=3.6,
        seconds=8.4,
    ),
)

PROD_OBJECTS = (
    *states(
        "gpu", "", ("Node", "gpu-1", "labelled and tainted"), ("Node", "gpu-2", "labelled, tainted")
    ),
    *states(
        "platform",
        "",
        ("Namespace", "airflow", "active"),
        ("LimitRange", "airflow-platform", ""),
        ("ResourceQuota", "airflow-platform", ""),
    ),
    *states("secrets", "", *[("Secret", step.name, "") for step in PROD_STEPS[10:18]]),
    *states("data", "", ("PersistentVolumeClaim", "airflow-data-pvc", "bound, 100Gi")),
    *states("logs", "", ("PersistentVolumeClaim", "airflow-logs", "bound, 50Gi")),
    *states("database", "", ("Cluster", "airflow-postgresql", "3/3 ready")),
    *states("migration", "", ("Job", "migration-job-4f1c", "complete")),
    *states("admin", "", ("Job", "admin-job-91be", "complete")),
    *states(
        "airflow",
        "api-server",
        ("Deployment", "airflow-api-server", "2/2 ready"),
        ("PodDisruptionBudget", "airflow-api-server-pdb", ""),
        ("Service", "airflow-api-server", "2 addresses"),
        ("ServiceAccount", "airflow-api-server", ""),
    ),
    *states(
        "airflow",
        "scheduler",
        ("Deployment", "airflow-scheduler", "2/2 ready"),
        ("PodDisruptionBudget", "airflow-scheduler-pdb", ""),
        ("ServiceAccount", "airflow-scheduler", ""),
    ),
    *states("airflow", "dag-processor", ("Deployment", "airflow-dag-processor", "1/1 ready")),
    *states("airflow", "triggerer", ("Deployment", "airflow-triggerer", "2/2 ready")),
    *states("airflow", "statsd", ("Deployment", "airflow-statsd", "1/1 ready")),
    *states(
        "airflow",
        "",
        ("Role", "airflow-pod-launcher-role", ""),
        ("RoleBinding", "airflow-pod-launcher-rolebinding", ""),
    ),
)

PROD_TASKS = (
    Task(name="worker", outcome="runs", expected="runs", node="cpu-2", pool="cpu"),
    Task(name="light", outcome="runs", expected="runs", node="cpu-3", pool="cpu"),
    Task(name="heavy", outcome="runs", expected="runs", node="cpu-1", pool="cpu"),
    Task(name="gpu", outcome="runs", expected="runs", node="gpu-1", pool="gpu"),
    Task(
        name="GPU pod without toleration",
        outcome="pending",
        expected="pending",
        message="0/6 nodes are available: 2 node(s) had untolerated taint {nvidia.com/gpu:"
        " present}, 4 node(s) didn't match Pod's node affinity/selector. preemption: 0/6 nodes are"
        " available: 6 Preemption is not helpful for scheduling.",
    ),
)

PHASES = (
    Phase(name="program and chart", seconds=2.6),
    Phase(name="control plane", seconds=6.7),
    Phase(name="installation", seconds=12.04),
    Phase(name="tasks", seconds=3.3),
    Phase(name="report", seconds=1.2),
)

CAVEATS = (
    "simulated, not real: the nodes (pods are scheduled and counted, and no container runs)",
    "simulated, not real: CloudNativePG (its -rw Service and its condition Ready exist)",
)

GOOD = Report(
    stack="prod",
    cluster="an embedded Kubernetes 1.34.4 with 6 simulated nodes",
    chart="1.22.0",
    caveats=CAVEATS,
    phases=PHASES,
    steps=PROD_STEPS,
    nodes=PROD_NODES,
    pods=PROD_PODS,
    tasks=PROD_TASKS,
    quotas=(
        Quota(resource="limits.memory", used="19Gi", with_tasks="30Gi", hard="328448Mi"),
        Quota(resource="requests.cpu", used="4620m", with_tasks="7170m", hard="79355m"),
        Quota(resource="requests.memory", used="9504Mi", with_tasks="14752Mi", hard="163808Mi"),
        Quota(resource="requests.nvidia.com/gpu", used="0", with_tasks="1", hard="2"),
    ),
    warnings={
        # The API server sends the first warning twice: for the creation and for a later request.
        "Deployment airflow-scheduler": 2 * ['unknown field "spec.template.spec.hostUser"'],
        "Deployment airflow-triggerer": ['unknown field "spec.template.spec.hostUser"'],
        "Cluster airflow-postgresql": ["spec.monitoring.enablePodMonitor is deprecated"],
    },
    policies=PolicyResult(rules=32, advisory=46, excused=1),
    objects=PROD_OBJECTS,
    memory=812 * MIB,
)

_UNSCHEDULABLE = (
    "0/3 nodes are available: 1 Insufficient memory, 2 node(s) had untolerated taint"
    " {nvidia.com/gpu: present}. preemption: 0/3 nodes are available: 1 No preemption victims"
    " found for incoming pod, 2 Preemption is not helpful for scheduling."
)
_EXCEEDED = (
    'pods "heavy" is forbidden: exceeded quota: airflow-platform, requested: requests.cpu=2,'
    " used: requests.cpu=1185m, limited: requests.cpu=3"
)
_RESTRICTED = (
    'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container'
    ' "<statsd>" must set securityContext.allowPrivilegeEscalation=false)'
)


def _without(objects: Sequence[ObjectState], component: str) -> list[ObjectState]:
    return [item for item in objects if item.component != component]


BAD = Report(
    stack="prod",
    cluster="an embedded Kubernetes 1.34.4 with 3 simulated nodes",
    chart="1.13.1",
    stand_in_reason="https://airflow.apache.org can't be reached",
    caveats=CAVEATS,
    phases=PHASES,
    steps=(
        *PROD_STEPS[:-3],
        Step(
            component="migration",
            kind="Job",
            name="migration-job-4f1c",
            action="not ready",
            started=3.1,
            seconds=30,
            message="the Job was not complete after 30 s",
        ),
        Step(component="admin", kind="Job", name="admin-job-91be", action="skipped", seconds=0),
        Step(component="airflow", kind="Release", name="airflow", action="skipped", seconds=0),
    ),
    troubles=(
        Trouble(
            kind="Pod",
            name="airflow-scheduler-59f7d4c8b-tn5zv",
            reason=Reason.INSUFFICIENT_RESOURCES,
            message=_UNSCHEDULABLE,
            setting="scheduler.replicas, scheduler.resources.requests.memory",
        ),
        Trouble(
            kind="ReplicaSet",
            name="airflow-statsd-5f8d6c9b7",
            reason=Reason.POD_SECURITY,
            message=_RESTRICTED,
            setting="values.statsd.securityContexts",
            fatal=True,
        ),
    ),
    nodes=(PROD_NODES[0], *PROD_NODES[4:]),
    pods=(
        pod("database", "postgresql-1", "cpu-1", 0.5, 1024),
        pod("scheduler", "59f7d4c8b-7bq2m", "cpu-1", 0.51, 1056),
        Pod(
            name="migration-job-4f1c-zx9k2",
            component="migration",
            node="cpu-1",
            ready=False,
            cpu=0.1,
            memory=512 * MIB,
            gpus=0,
            message="ContainersNotReady: containers with unready status: [migration]",
        ),
        Pod(
            name="airflow-scheduler-59f7d4c8b-tn5zv",
            component="scheduler",
            node="",
            ready=False,
            cpu=0.51,
            memory=1056 * MIB,
            gpus=0,
            message=_UNSCHEDULABLE,
        ),
    ),
    tasks=(
        Task(name="light", outcome="runs", expected="runs", node="cpu-1", pool="cpu"),
        Task(name="heavy", outcome="refused", expected="runs", message=_EXCEEDED),
        Task(
            name="GPU pod without toleration",
            outcome="runs",
            expected="pending",
            node="gpu-2",
            pool="gpu",
        ),
    ),
    quotas=(
        Quota(resource="requests.cpu", used="1185m", with_tasks="2960m", hard="3"),
        Quota(resource="count/pods", used="4", with_tasks="1e1", hard="1e2"),
    ),
    policies=PolicyResult(
        rules=32,
        violations=[
            PolicyViolation(
                rule="image-pinned",
                subject="Deployment/airflow-statsd",
                message="container statsd runs <exporter>:latest",
                remedy="Name the image with a version's tag, or with a digest.",
            )
        ],
        advisory=3,
    ),
    pod_security={"ReplicaSet airflow-statsd-5f8d6c9b7": _RESTRICTED},
    objects=(
        *_without(PROD_OBJECTS, "airflow"),
        ObjectState(
            component="airflow",
            part="scheduler",
            kind="Deployment",
            name="airflow-scheduler",
            state="1/2 ready",
            failed=True,
        ),
    ),
    kubeconfig="build/rehearsal/kubeconfig",
    memory=640 * MIB,
)

_LOST = (
    "replaced because of spec.storageClassName; DATA LOSS: the claim is deleted with its volume,"
    " and created again empty"
)

UPGRADE = Report(
    stack="dev",
    cluster="an embedded Kubernetes 1.34.4 with 3 simulated nodes",
    chart="1.22.0",
    revision="v1.4.0",
    phases=PHASES,
    steps=(
        *steps("platform", 0, ("Namespace", "airflow"), action="unchanged"),
        Step(
            component="logs",
            kind="PersistentVolumeClaim",
            name="airflow-logs",
            action="replaced",
            started=0.4,
            seconds=1.5,
            message=_LOST,
            loses_data=True,
        ),
        Step(
            component="airflow",
            kind="Service",
            name="airflow-statsd",
            action="replaced",
            started=2.0,
            seconds=0.2,
            message="replaced because of spec.clusterIP",
        ),
    ),
    nodes=PROD_NODES[:1],
    pods=PROD_PODS[:1],
    changes=(
        Change(effect=Effect.ADDED, kind="ConfigMap", name="airflow-statsd"),
        *(
            Change(effect=Effect.UPDATED, kind="Deployment", name=name, message="spec.template")
            for name in ("airflow-scheduler", "airflow-triggerer")
        ),
        Change(effect=Effect.UPDATED, kind="ConfigMap", name="airflow-config"),
        Change(effect=Effect.RESTARTED, kind="component", name="scheduler"),
        Change(
            effect=Effect.REPLACED,
            kind="Service",
            name="airflow-statsd",
            message="replaced because of spec.clusterIP",
        ),
        Change(
            effect=Effect.REPLACED,
            kind="PersistentVolumeClaim",
            name="airflow-logs",
            message=_LOST,
            loses_data=True,
        ),
        Change(effect=Effect.ORPHANED, kind="Secret", name="airflow-broker-url"),
    ),
    memory=700 * MIB,
)

REFUSED = replace(
    UPGRADE,
    changes=(
        *UPGRADE.changes,
        Change(
            effect=Effect.REFUSED,
            kind="StatefulSet",
            name="airflow-triggerer",
            message="updates to statefulset spec for fields other than 'replicas' are forbidden",
        ),
    ),
)
