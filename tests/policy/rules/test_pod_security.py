"""Pod Security, level restricted: what Kubernetes would refuse is refused before it gets there.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.policy.rules.pod_security import (
    namespace_enforces_pod_security,
    pod_security_restricted,
)
from airflow_k8s.rendering.manifests import CHART, Object
from airflow_k8s.toolchain.command import CommandError
from airflow_k8s.toolchain.go_build import module_folder
from airflow_k8s.yaml_io import document
from tests.policy.samples import container, deployment, findings_of, made, scope, template

ENFORCE = "pod-security.kubernetes.io/enforce"
APPARMOR = "container.apparmor.security.beta.kubernetes.io"


def violations_of(*, annotations: dict[str, str] | None = None, **spec: Any) -> str:
    """What is wrong with a pod that is good but for this; empty where nothing is."""
    body = {"template": template(annotations=annotations, **spec)}
    found = findings_of(pod_security_restricted, scope([made("Job", "a", spec=body)]))
    return found[0].removeprefix("Job/a: ") if found else ""


def of_pod(**context: Any) -> str:
    good = template()["spec"]["securityContext"]
    return violations_of(securityContext=good | context)


def of_container(field: str = "containers", **context: Any) -> str:
    one = container(securityContext=container()["securityContext"] | context)
    fields: dict[str, Any] = {field: [one]}
    return violations_of(**fields)


def with_container(**fields: Any) -> str:
    return violations_of(containers=[container(**fields)])


def test_a_pod_without_security_contexts_is_rejected() -> None:
    assert violations_of(securityContext=None) == (
        "container main may run as root and container main has no seccomp profile"
    )


def test_the_good_pod_is_admitted() -> None:
    assert violations_of() == ""
    assert not findings_of(pod_security_restricted, scope([deployment()]))


@pytest.mark.parametrize("field", ["hostNetwork", "hostPID", "hostIPC"])
def test_namespaces_of_the_host_are_rejected(field: str) -> None:
    shared: dict[str, Any] = {field: True}
    assert violations_of(**shared) == field
    shared[field] = False
    assert violations_of(**shared) == ""


@pytest.mark.parametrize(
    "kind", ["hostPath", "nfs", "awsElasticBlockStore", "gitRepo", "iscsi", "glusterfs", "rbd"]
)
def test_a_host_path_or_driver_volume_is_rejected(kind: str) -> None:
    assert violations_of(volumes=[{"name": "v", kind: {}}]) == f"volume v of kind {kind}"


@pytest.mark.parametrize(
    "source",
    [
        {"configMap": {"name": "c"}},
        {"csi": {"driver": "d"}},
        {"downwardAPI": {}},
        {"emptyDir": {}},
        {"ephemeral": {}},
        {"image": {"reference": "ghcr.io/own/dags:1"}},
        {"persistentVolumeClaim": {"claimName": "c"}},
        {"projected": {}},
        {"secret": {"secretName": "s"}},
    ],
    ids=str,
)
def test_a_volume_of_an_allowed_kind_is_admitted(source: dict[str, Any]) -> None:
    assert violations_of(volumes=[{"name": "v", **source}]) == ""


@pytest.mark.parametrize(
    "name",
    [
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
    ],
)
def test_a_safe_sysctl_is_admitted(name: str) -> None:
    assert of_pod(sysctls=[{"name": name, "value": "0"}]) == ""


def test_another_sysctl_is_rejected() -> None:
    assert of_pod(sysctls=[{"name": "kernel.msgmax", "value": "0"}]) == "sysctl kernel.msgmax"


def test_a_privileged_container_is_rejected() -> None:
    assert of_container(privileged=True) == "container main is privileged"
    assert of_container(privileged=False) == ""


@pytest.mark.parametrize("given", [True, None])
def test_a_container_must_forbid_privilege_escalation(given: bool | None) -> None:
    assert of_container(allowPrivilegeEscalation=given) == (
        "container main allows privilege escalation"
    )


def test_a_container_without_a_security_context_is_rejected() -> None:
    assert with_container(securityContext=None) == (
        "container main allows privilege escalation and"
        " container main does not drop all capabilities"
    )


def test_a_container_must_drop_all_capabilities() -> None:
    refused = "container main does not drop all capabilities"
    assert of_container(capabilities={"drop": ["NET_RAW"]}) == refused
    assert of_container(capabilities=None) == refused


def test_one_capability_may_be_added() -> None:
    add = {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}
    assert of_container(capabilities=add) == ""
    more = {"drop": ["ALL"], "add": ["NET_BIND_SERVICE", "CHOWN"]}
    assert of_container(capabilities=more) == "container main adds capability CHOWN"


def test_a_proc_mount_other_than_the_default_is_rejected() -> None:
    assert of_container(procMount="Unmasked") == "container main has procMount Unmasked"
    assert of_container(procMount="Default") == ""


def test_a_pod_that_may_run_as_root_is_rejected() -> None:
    assert of_pod(runAsNonRoot=None) == "container main may run as root"
    assert of_container(runAsNonRoot=False) == "container main may run as root"
    both = of_pod(runAsNonRoot=False)
    assert both == "the pod may run as root and container main may run as root"


def test_run_as_non_root_of_a_container_replaces_a_missing_one_of_the_pod() -> None:
    own = container()["securityContext"] | {"runAsNonRoot": True}
    pod: dict[str, Any] = {"seccompProfile": {"type": "RuntimeDefault"}}
    assert violations_of(securityContext=pod, containers=[container(securityContext=own)]) == ""
    pod["runAsNonRoot"] = False
    assert violations_of(securityContext=pod, containers=[container(securityContext=own)]) == (
        "the pod may run as root"
    ), "Kubernetes refuses it even so"


def test_a_user_id_of_zero_is_rejected() -> None:
    assert of_pod(runAsUser=0) == "the pod runs as root"
    assert of_container(runAsUser=0) == "container main runs as root"


def test_a_group_id_of_zero_is_admitted() -> None:
    assert of_pod(runAsGroup=0, fsGroup=0) == "", "the files of Airflow's image belong to group 0"


def test_a_container_without_a_seccomp_profile_is_rejected() -> None:
    assert of_pod(seccompProfile=None) == "container main has no seccomp profile"
    unconfined = {"type": "Unconfined"}
    assert of_pod(seccompProfile=unconfined) == (
        "the pod has no seccomp profile and container main has no seccomp profile"
    )
    assert of_container(seccompProfile=unconfined) == "container main has no seccomp profile"
    own = {"type": "Localhost", "localhostProfile": "own.json"}
    assert of_container(seccompProfile=own) == ""


def test_the_seccomp_profile_of_a_container_replaces_a_missing_one_of_the_pod() -> None:
    profile = {"seccompProfile": {"type": "RuntimeDefault"}}
    own = container(securityContext=container()["securityContext"] | profile)
    assert violations_of(securityContext={"runAsNonRoot": True}, containers=[own]) == ""


def test_a_host_port_is_rejected() -> None:
    taken = [{"containerPort": 80, "hostPort": 80}]
    assert with_container(ports=taken) == "container main takes the host's port 80"
    assert with_container(ports=[{"containerPort": 80, "hostPort": 0}]) == ""


@pytest.mark.parametrize("probe", ["livenessProbe", "readinessProbe", "startupProbe"])
@pytest.mark.parametrize("handler", ["httpGet", "tcpSocket"])
def test_a_probe_of_another_host_is_rejected(probe: str, handler: str) -> None:
    elsewhere = {handler: {"host": "10.0.0.1", "port": 80}}
    assert with_container(**{probe: elsewhere}) == "container main has a probe of host 10.0.0.1"
    assert with_container(**{probe: {handler: {"port": 80}}}) == ""


@pytest.mark.parametrize("hook", ["postStart", "preStop"])
def test_a_lifecycle_hook_to_another_host_is_rejected(hook: str) -> None:
    elsewhere = {hook: {"httpGet": {"host": "10.0.0.1", "port": 80}}}
    assert with_container(lifecycle=elsewhere) == "container main has a probe of host 10.0.0.1"
    assert with_container(lifecycle={hook: {"exec": {"command": ["true"]}}}) == ""


@pytest.mark.parametrize(
    "options", [{"type": "spc_t"}, {"user": "system_u"}, {"role": "system_r"}], ids=str
)
def test_selinux_options_are_rejected(options: dict[str, str]) -> None:
    assert of_pod(seLinuxOptions=options) == "the pod has SELinux options"
    assert of_container(seLinuxOptions=options) == "container main has SELinux options"


@pytest.mark.parametrize("kind", ["", "container_t", "container_init_t", "container_kvm_t"])
def test_a_container_type_of_selinux_is_admitted(kind: str) -> None:
    assert of_pod(seLinuxOptions={"type": kind, "level": "s0:c1"}) == ""


def test_an_unconfined_apparmor_profile_is_rejected() -> None:
    unconfined = {"type": "Unconfined"}
    assert of_pod(appArmorProfile=unconfined) == (
        "the pod has an AppArmor profile that is not confined"
    )
    assert of_container(appArmorProfile=unconfined) == (
        "container main has an AppArmor profile that is not confined"
    )
    assert of_pod(appArmorProfile={"type": "RuntimeDefault"}) == ""
    assert of_container(appArmorProfile={"type": "Localhost", "localhostProfile": "own"}) == ""


def test_an_unconfined_apparmor_annotation_is_rejected() -> None:
    assert violations_of(annotations={f"{APPARMOR}/main": "unconfined"}) == (
        "container main has an AppArmor profile that is not confined"
    )
    for confined in ("runtime/default", "localhost/own", ""):
        assert violations_of(annotations={f"{APPARMOR}/main": confined}) == ""
    assert violations_of(annotations={"about/main": "unconfined"}) == ""


def test_a_host_process_is_rejected() -> None:
    of_the_host = {"hostProcess": True}
    assert of_pod(windowsOptions=of_the_host) == "the pod is a host process"
    assert of_container(windowsOptions=of_the_host) == "container main is a host process"


def test_an_init_container_is_checked() -> None:
    assert of_container("initContainers", privileged=True) == "container main is privileged"


def test_all_violations_of_a_pod_are_one_finding() -> None:
    found = violations_of(hostNetwork=True, hostPID=True, volumes=[{"name": "v", "hostPath": {}}])
    assert found == "hostNetwork, hostPID and volume v of kind hostPath"


def namespace(**labels: str) -> Object:
    given = {f"pod-security.kubernetes.io/{mode}": level for mode, level in labels.items()}
    return made("Namespace", "airflow", namespace="", labels=given)


def test_a_namespace_that_does_not_enforce_restricted_is_a_finding() -> None:
    judged = [
        findings_of(namespace_enforces_pod_security, scope([namespace(**labels)]))
        for labels in (
            {"enforce": "restricted"},
            {"enforce": "baseline", "warn": "restricted"},
            {"warn": "restricted"},
        )
    ]
    assert judged == [
        [],
        ["Namespace/airflow: it enforces baseline"],
        ["Namespace/airflow: it enforces nothing"],
    ]


def test_a_stack_without_its_namespace_is_a_finding() -> None:
    elsewhere = made("Namespace", "other", namespace="", labels={ENFORCE: "restricted"})
    for objects in ([], [elsewhere]):
        assert findings_of(namespace_enforces_pod_security, scope(objects)) == [
            "Namespace/airflow: the stack does not declare it"
        ], "whoever made it may have labelled it otherwise"


def examples(*, admitted: bool) -> list[tuple[str, Any]]:
    """Kubernetes' own pods for its tests of Pod Security, from the source that the control plane of
    rehearsals is built of."""
    module = Path(__file__).parents[3] / "airflow_k8s" / "toolchain" / "go" / "kubernetes"
    try:
        source = module_folder(module, "k8s.io/pod-security-admission", print)
    except CommandError as problem:
        pytest.skip(f"the source of Pod Security can't be had: {problem}")
    folder = source / "test/testdata/restricted/v1.30"  # the oldest that the platform runs on
    files = sorted((folder / ("pass" if admitted else "fail")).glob("*.yaml"))
    return [(each.stem, document(each.read_text())) for each in files]


def refused(pod: Any) -> bool:
    return bool(findings_of(pod_security_restricted, scope([Object("", "", CHART, pod)])))


def test_pods_that_kubernetes_rejects_in_its_own_tests_are_rejected() -> None:
    pods = examples(admitted=False)
    assert len(pods) > 50
    missed = [name for name, pod in pods if not refused(pod)]
    assert not missed, "the server would refuse pods that passed here"


def test_pods_that_kubernetes_admits_in_its_own_tests_are_admitted() -> None:
    pods = examples(admitted=True)
    assert len(pods) > 15
    assert [name for name, pod in pods if refused(pod)] == ["base_windows"], (
        "no pod of the platform runs on Windows"
    )
