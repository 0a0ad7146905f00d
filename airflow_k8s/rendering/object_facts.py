"""One line about an object: what matters most of its manifest, by kind."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from airflow_k8s.rendering.manifests import Object

_Manifest = Mapping[str, Any]


def object_facts(item: Object) -> str:
    """The most important fields of the object; empty for a kind that has no such line."""
    if item.pods and item.kind not in ("Job", "CronJob", "Pod"):
        return f"×{item.pods.replicas}"  # noqa: RUF001 the usual sign for replicas
    return _FACTS.get(item.kind, lambda _: "")(item.manifest)


def peer_label(peer: Mapping[str, Any]) -> str:
    """A peer of a NetworkPolicy rule: api-server, namespace kube-system, 10.0.0.0/8."""
    if "ipBlock" in peer:
        return str(peer["ipBlock"]["cidr"])
    if "namespaceSelector" in peer:
        labels = peer["namespaceSelector"].get("matchLabels") or {}
        return f"namespace {labels.get('kubernetes.io/metadata.name', '*')}"
    labels = peer["podSelector"].get("matchLabels") or {}
    named = [labels[key] for key in ("component", "app.kubernetes.io/component") if key in labels]
    return str(next(iter([*named, *labels.values()]), "*"))


def _pairs(pairs: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in sorted(pairs.items()))


def _claim(manifest: _Manifest) -> str:
    spec = manifest["spec"]
    storage_class = spec.get("storageClassName", "default storage class")
    return f"{spec['resources']['requests']['storage']}, {spec['accessModes'][0]}, {storage_class}"


def _node(manifest: _Manifest) -> str:
    taints = [
        f"{taint['key']}={taint.get('value', '')}:{taint['effect']}"
        for taint in manifest.get("spec", {}).get("taints", [])
    ]
    labels = [f"{key}={value}" for key, value in manifest["metadata"].get("labels", {}).items()]
    # The update keeps the node's other taints and labels, which are not known here.
    return f"adds taint {', '.join(taints)}" if taints else f"adds label {', '.join(labels)}"


def _node_pool(manifest: _Manifest) -> str:
    (taint,) = manifest["spec"]["template"]["spec"]["taints"]
    limits = _pairs(manifest["spec"]["limits"])
    return f"limits {limits}, taint {taint['key']}={taint['value']}:{taint['effect']}"


def _pod_security(manifest: _Manifest) -> str:
    level = manifest["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
    return f"enforces Pod Security {level}"


def _keys(manifest: _Manifest) -> str:
    return ", ".join(sorted({*manifest.get("stringData", {}), *manifest.get("data", {})}))


def _ports(manifest: _Manifest) -> str:
    ports = manifest["spec"]["ports"]
    return ", ".join(f"{port.get('name', '')} {port['port']}".strip() for port in ports)


def _hosts(manifest: _Manifest) -> str:
    return ", ".join(rule.get("host", "*") for rule in manifest["spec"].get("rules") or [])


def _verbs(manifest: _Manifest) -> str:
    return "; ".join(
        f"{' '.join(rule['verbs'])} {' '.join(rule.get('resources', []))}"
        for rule in manifest.get("rules") or []
    )


def _defaults(manifest: _Manifest) -> str:
    (limit, *_) = manifest["spec"]["limits"]
    requests, limits = limit.get("defaultRequest"), limit.get("default")
    facts = [
        f"default requests {_pairs(requests)}" if requests else "",
        f"default limits {_pairs(limits)}" if limits else "",
    ]
    return "; ".join(filter(None, facts))


def _budget(manifest: _Manifest) -> str:
    spec = manifest["spec"]
    return _pairs({key: spec[key] for key in ("minAvailable", "maxUnavailable") if key in spec})


def _flows(manifest: _Manifest) -> str:
    """What the policy allows, for example:

    ingress from worker on port 8080; egress to namespace kube-system on port 53
    """
    allowed = [
        f"{direction} {field} "
        + ", ".join(_peers_and_ports(rule, field) for rule in manifest["spec"][direction])
        for direction, field in (("ingress", "from"), ("egress", "to"))
        if manifest["spec"].get(direction)
    ]
    return "; ".join(allowed) or "denies all traffic"


def _peers_and_ports(rule: Mapping[str, Any], field: str) -> str:
    peers = [peer_label(peer) for peer in rule.get(field) or []] or ["anywhere"]
    ports = [str(port.get("port", "any")) for port in rule.get("ports") or []]
    return " ".join([" and ".join(peers), *ports_text(ports)])


def ports_text(ports: Iterable[str]) -> list[str]:
    """The ports as part of a sentence: on port 443 and 6443. An empty list without ports."""
    text = " and ".join(dict.fromkeys(ports))
    return [f"on port {text}"] if text else []


def _token(manifest: _Manifest) -> str:
    mounts = manifest.get("automountServiceAccountToken", True)
    return f"automountServiceAccountToken: {'true' if mounts else 'false'}"


def _subjects(manifest: _Manifest) -> str:
    """The role, and the accounts that have it."""
    subjects = ", ".join(f"{s['kind']} {s['name']}" for s in manifest.get("subjects") or [])
    role = manifest.get("roleRef") or {}
    return f"{role.get('kind', '')} {role.get('name', '')} for {subjects}".strip()


_FACTS: Mapping[str, Callable[[_Manifest], str]] = {
    "ConfigMap": _keys,
    "CronJob": lambda manifest: str(manifest["spec"]["schedule"]),
    "Ingress": _hosts,
    "LimitRange": _defaults,
    "Namespace": _pod_security,
    "NetworkPolicy": _flows,
    "Node": _node,
    "NodePool": _node_pool,
    "PersistentVolumeClaim": _claim,
    "PodDisruptionBudget": _budget,
    "ResourceQuota": lambda manifest: _pairs(manifest["spec"]["hard"]),
    "Role": _verbs,
    "RoleBinding": _subjects,
    "Secret": _keys,
    "Service": _ports,
    "ServiceAccount": _token,
}
