"""Pod Security Standards, level restricted, evaluated on pod templates before an update.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from collections.abc import Iterator
from typing import Any

from airflow_k8s.console.text import joined
from airflow_k8s.kube.containers import containers_of
from airflow_k8s.policy.rule import Finding, Scope, finding_for, rule

_VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
}
_SECCOMP = ("RuntimeDefault", "Localhost")
_APPARMOR = ("RuntimeDefault", "Localhost", None)
_APPARMOR_OF = "container.apparmor.security.beta.kubernetes.io/"  # before Kubernetes 1.30
_SELINUX_TYPES = (
    "",
    "container_t",
    "container_init_t",
    "container_kvm_t",
    "container_engine_t",
    None,
)
_SYSCTLS = {
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
}


@rule(remedy="Keep the security contexts of airflow_k8s/stack/chart/security.py, also in values.")
def pod_security_restricted(scope: Scope) -> Iterator[Finding]:
    """Every pod conforms to Pod Security level restricted: the namespace admits no other."""
    for subject, template in scope.pod_templates():
        wrong = list(dict.fromkeys([*violations(template["spec"]), *_annotations(template)]))
        if wrong:
            yield finding_for(subject, joined(wrong))


@rule(
    needs_complete_stack=True,
    remedy="Label the namespace pod-security.kubernetes.io/enforce: restricted.",
)
def namespace_enforces_pod_security(scope: Scope) -> Iterator[Finding]:
    """The namespace makes Kubernetes reject pods that do not conform to level restricted."""
    wanted = scope.settings.namespace
    found = [namespace for namespace in scope.of_kind("Namespace") if namespace.name == wanted]
    if not found:
        yield Finding(subject=f"Namespace/{wanted}", message="the stack does not declare it")
    for namespace in found:
        enforced = (namespace.manifest["metadata"].get("labels") or {}).get(
            "pod-security.kubernetes.io/enforce"
        )
        if enforced != "restricted":
            yield finding_for(namespace, f"it enforces {enforced or 'nothing'}")


def violations(spec: Any) -> Iterator[str]:
    """The messages about a pod's spec that level restricted rejects."""
    pod = spec.get("securityContext") or {}
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(field):
            yield field
    for volume in spec.get("volumes") or ():
        kinds = volume.keys() - {"name"} - _VOLUMES
        yield from (f"volume {volume['name']} of kind {kind}" for kind in sorted(kinds))
    for sysctl in pod.get("sysctls") or ():
        if sysctl["name"] not in _SYSCTLS:
            yield f"sysctl {sysctl['name']}"
    yield from _options(pod, "the pod")
    if pod.get("runAsUser") == 0:
        yield "the pod runs as root"
    if pod.get("runAsNonRoot") is False:
        yield "the pod may run as root"
    if (pod.get("seccompProfile") or {}).get("type", "RuntimeDefault") not in _SECCOMP:
        yield "the pod has no seccomp profile"
    for container in containers_of(spec):
        yield from _container(container, pod)


def _container(container: Any, pod: Any) -> Iterator[str]:
    own = container.get("securityContext") or {}
    name = f"container {container['name']}"
    if own.get("privileged"):
        yield f"{name} is privileged"
    if own.get("allowPrivilegeEscalation") is not False:
        yield f"{name} allows privilege escalation"
    capabilities = own.get("capabilities") or {}
    if "ALL" not in (capabilities.get("drop") or ()):
        yield f"{name} does not drop all capabilities"
    for added in capabilities.get("add") or ():
        if added != "NET_BIND_SERVICE":
            yield f"{name} adds capability {added}"
    if own.get("procMount", "Default") != "Default":
        yield f"{name} has procMount {own['procMount']}"
    if own.get("runAsNonRoot", pod.get("runAsNonRoot")) is not True:
        yield f"{name} may run as root"
    if own.get("runAsUser") == 0:
        yield f"{name} runs as root"
    seccomp = own.get("seccompProfile") or pod.get("seccompProfile") or {}
    if seccomp.get("type") not in _SECCOMP:
        yield f"{name} has no seccomp profile"
    for port in container.get("ports") or ():
        if port.get("hostPort"):
            yield f"{name} takes the host's port {port['hostPort']}"
    for handler in _handlers(container):
        if handler.get("host"):
            yield f"{name} has a probe of host {handler['host']}"
    yield from _options(own, name)


def _options(context: Any, whose: str) -> Iterator[str]:
    """Forbidden options of a security context of a pod or a container."""
    selinux = context.get("seLinuxOptions") or {}
    if selinux.get("type") not in _SELINUX_TYPES or selinux.get("user") or selinux.get("role"):
        yield f"{whose} has SELinux options"
    if (context.get("appArmorProfile") or {}).get("type") not in _APPARMOR:
        yield f"{whose} has an AppArmor profile that is not confined"
    if (context.get("windowsOptions") or {}).get("hostProcess"):
        yield f"{whose} is a host process"


def _annotations(template: Any) -> Iterator[str]:
    for key, text in (template["metadata"].get("annotations") or {}).items():
        confined = not text or text == "runtime/default" or text.startswith("localhost/")
        if key.startswith(_APPARMOR_OF) and not confined:
            name = key.removeprefix(_APPARMOR_OF)
            yield f"container {name} has an AppArmor profile that is not confined"


def _handlers(container: Any) -> Iterator[Any]:
    hooks = container.get("lifecycle") or {}
    probes = (container.get(f"{kind}Probe") or {} for kind in ("liveness", "readiness", "startup"))
    for action in (*probes, *hooks.values()):
        for kind in ("httpGet", "tcpSocket"):
            yield action.get(kind) or {}
