"""A platform as a tree that a person reads."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import groupby
from typing import Any

from rich.text import Text
from rich.tree import Tree

from airflow_k8s.kube import quantity
from airflow_k8s.kube.pods import Container, Pods
from airflow_k8s.rendering.manifests import TASK, Object
from airflow_k8s.rendering.rendered_stack import RenderedStack
from airflow_k8s.rendering.resources import Evaluation


def tree(platform: RenderedStack) -> Tree:
    """Every object by component, in the order in which an update makes them."""
    s = platform.settings
    root = Tree(
        Text.assemble(
            (f"{platform.stack}", "bold"),
            f"  context {s.cluster.context}, namespace {s.namespace}, chart airflow"
            f" {platform.chart.version}",
        )
    )
    order = creation_order(platform.evaluation)
    for name in sorted({*order, *(o.component for o in platform.objects)}, key=order.index):
        own = [o for o in platform.objects if o.component == name]
        branch = root.add(Text(name, "bold cyan"))
        for line in _needed(platform.evaluation, name):
            branch.add(line)
        if any(o.part for o in own):
            by_part = sorted(own, key=lambda o: (o.part, o.kind, o.name))
            for part, objects in groupby(by_part, key=lambda o: o.part):
                inner = branch.add(Text(part or "shared", "cyan"))
                for each in objects:
                    _add(inner, each)
        else:
            for each in own:
                _add(branch, each)
    return root


def summary(platform: RenderedStack) -> Iterator[Text]:
    """What the stack asks for, in a few lines."""
    idle = {r: running(platform.objects, r) for r in ("cpu", "memory")}
    yield Text(
        f"{len(platform.objects)} objects; while no task runs its pods ask for"
        f" {quantity.cpu(idle['cpu'])} CPU and {quantity.memory(idle['memory'])}"
    )
    tasks = platform.settings.tasks
    quota = next(o for o in platform.objects if o.kind == "ResourceQuota").manifest["spec"]["hard"]
    yield Text(
        f"up to {tasks.parallelism} tasks at once; the namespace admits requests of"
        f" {quota['requests.cpu']} CPU and {quota['requests.memory']}"
    )


def running(objects: Any, resource: str) -> Fraction:
    """What the pods that always run ask for together: cores or bytes."""
    total = Fraction(0)
    for each in objects:
        if each.pods and each.origin != TASK and each.kind not in ("Job", "CronJob"):
            total += each.pods.replicas * each.pods.request(resource)
    return total


def creation_order(evaluation: Evaluation) -> list[str]:
    """The names of the outermost components, each after those that it waits for."""
    by_urn = {r.urn: r for r in evaluation.resources}

    def outermost(urn: str) -> str:
        parent = by_urn[urn].parent
        return outermost(parent) if parent in by_urn else urn

    waits_for: dict[str, set[str]] = {}
    for r in evaluation.resources:
        own = outermost(r.urn)
        others = {outermost(urn) for urn in r.dependencies} - {own}
        waits_for.setdefault(own, set()).update(others)

    def depth(urn: str) -> int:
        return 1 + max((depth(other) for other in waits_for[urn]), default=0)

    components = [urn for urn in waits_for if not by_urn[urn].custom]
    return [by_urn[u].name for u in sorted(components, key=lambda u: (depth(u), u))]


def _needed(evaluation: Evaluation, component: str) -> Iterator[Text]:
    for r in evaluation.resources:
        if r.read and r.name.startswith(f"{component}-"):
            yield Text(f"must be there: {r.type.split(':')[-1]} {r.read}")


def _add(branch: Tree, each: Object) -> None:
    line = Text.assemble(("changes " if each.patch else ""), f"{each.kind} ", (each.name, "bold"))
    told = facts(each)
    if told:
        line.append(f"  {told}", "dim")
    if each.protect:
        line.append("  protected", "green")
    node = branch.add(line)
    if each.pods:
        for text in _pod_lines(each.pods, task=each.origin == TASK):
            node.add(Text(text))


def facts(each: Object) -> str:
    """What matters of an object, in a few words; empty for a kind of which nothing is told."""
    if each.pods and each.kind not in ("Job", "CronJob", "Pod"):
        return f"×{each.pods.replicas}"  # noqa: RUF001 as people write replicas
    return _FACTS.get(each.kind, lambda _: "")(each.manifest)


def _pod_lines(pods: Pods, *, task: bool) -> Iterator[str]:
    for container in pods.containers:
        yield f"{'first ' if container.before else ''}{container.name}  {_asks(container)}"
    secrets: dict[str, list[str]] = {}
    for reference in pods.references:
        if reference.kind == "Secret":
            secrets.setdefault(reference.name, []).append(reference.key)
    if secrets:
        yield "reads Secrets " + ", ".join(
            f"{name} ({', '.join(filter(None, dict.fromkeys(keys)))})" if any(keys) else name
            for name, keys in secrets.items()
        )
    holders = ", ".join(_token_holders(pods.template))
    if holders:
        yield f"has its account's token in {holders} alone"
    claims = [r.name for r in pods.references if r.kind == "Claim"]
    if claims:
        yield "mounts claims " + ", ".join(claims)
    if pods.node_selector or pods.tolerations or task:
        yield "runs on " + _where(pods)


def _token_holders(template: Mapping[str, Any]) -> Iterator[str]:
    """The containers that have a token by a volume rather than by the pod's account."""
    spec = template.get("spec") or {}
    tokens = {
        volume["name"]
        for volume in spec.get("volumes") or []
        for source in (volume.get("projected") or {}).get("sources") or []
        if "serviceAccountToken" in source
    }
    for container in spec.get("containers") or []:
        if tokens & {mount["name"] for mount in container.get("volumeMounts") or []}:
            yield container["name"]


def _asks(container: Container) -> str:
    asked = " / ".join(str(container.requests.get(r, "-")) for r in ("cpu", "memory"))
    limits = " / ".join(f"{v}" for _, v in sorted(container.limits.items()))
    return f"{asked}, at most {limits or 'anything'}  {container.image}"


def _where(pods: Pods) -> str:
    selected = ", ".join(f"{k}={v}" for k, v in pods.node_selector.items())
    tolerated = ", ".join(f"{t.get('key', '*')}={t.get('value', '*')}" for t in pods.tolerations)
    nodes = f"nodes with {selected}" if selected else "any node"
    return f"{nodes}, tainted {tolerated} too" if tolerated else f"{nodes} without a taint"


def _pairs(pairs: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in sorted(pairs.items()))


def _claim(m: Mapping[str, Any]) -> str:
    spec = m["spec"]
    storage_class = spec.get("storageClassName", "the default class")
    return f"{spec['resources']['requests']['storage']}, {spec['accessModes'][0]}, {storage_class}"


def _node(m: Mapping[str, Any]) -> str:
    taints = [
        f"{t['key']}={t.get('value', '')}:{t['effect']}"
        for t in m.get("spec", {}).get("taints", [])
    ]
    labels = [f"{k}={v}" for k, v in m["metadata"].get("labels", {}).items()]
    # An update joins it with the taints that the node has; here no node is asked.
    return f"taint {', '.join(taints)}, among its own" if taints else f"label {', '.join(labels)}"


def _pool(m: Mapping[str, Any]) -> str:
    (taint,) = m["spec"]["template"]["spec"]["taints"]
    limits = _pairs(m["spec"]["limits"])
    return f"up to {limits}, taint {taint['key']}={taint['value']}:{taint['effect']}"


def _security(m: Mapping[str, Any]) -> str:
    level = m["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
    return f"admits {level} pods only"


def _keys(m: Mapping[str, Any]) -> str:
    return ", ".join(sorted({*m.get("stringData", {}), *m.get("data", {})}))


def _ports(m: Mapping[str, Any]) -> str:
    return ", ".join(f"{p.get('name', '')} {p['port']}".strip() for p in m["spec"]["ports"])


def _hosts(m: Mapping[str, Any]) -> str:
    return ", ".join(rule.get("host", "*") for rule in m["spec"].get("rules") or [])


def _verbs(m: Mapping[str, Any]) -> str:
    rules = m.get("rules") or []
    return "; ".join(f"{' '.join(r['verbs'])} {' '.join(r.get('resources', []))}" for r in rules)


def _defaults(m: Mapping[str, Any]) -> str:
    (limit, *_) = m["spec"]["limits"]
    asked, most = limit.get("defaultRequest"), limit.get("default")
    told = [
        f"by default {_pairs(asked)}" if asked else "",
        f"at most {_pairs(most)}" if most else "",
    ]
    return ", ".join(filter(None, told))


def _budget(m: Mapping[str, Any]) -> str:
    return _pairs(
        {key: m["spec"][key] for key in ("minAvailable", "maxUnavailable") if key in m["spec"]}
    )


def _ways(m: Mapping[str, Any]) -> str:
    """What it lets through: in from worker 8080; out to namespace kube-system 53."""
    told = [
        f"{verb} {', '.join(_peers_and_ports(rule, field) for rule in m['spec'][direction])}"
        for direction, field, verb in (("ingress", "from", "in from"), ("egress", "to", "out to"))
        if m["spec"].get(direction)
    ]
    return "; ".join(told) or "denies all"


def _peers_and_ports(rule: Mapping[str, Any], field: str) -> str:
    peers = " ".join(map(peer_label, rule.get(field) or [])) or "anywhere"
    ports = dict.fromkeys(str(each.get("port", "any port")) for each in rule.get("ports") or [])
    return f"{peers} {' '.join(ports)}".strip()


def peer_label(peer: Mapping[str, Any]) -> str:
    """An end of a rule as people name it: api-server, namespace kube-system, 10.0.0.0/8."""
    if "ipBlock" in peer:
        return str(peer["ipBlock"]["cidr"])
    if "namespaceSelector" in peer:
        labels = peer["namespaceSelector"].get("matchLabels") or {}
        return f"namespace {labels.get('kubernetes.io/metadata.name', '*')}"
    labels = peer["podSelector"].get("matchLabels") or {}
    named = [labels[key] for key in ("component", "app.kubernetes.io/component") if key in labels]
    return str(next(iter([*named, *labels.values()]), "*"))


_FACTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "ConfigMap": _keys,
    "CronJob": lambda m: str(m["spec"]["schedule"]),
    "Ingress": _hosts,
    "LimitRange": _defaults,
    "Namespace": _security,
    "NetworkPolicy": _ways,
    "Node": _node,
    "NodePool": _pool,
    "PersistentVolumeClaim": _claim,
    "PodDisruptionBudget": _budget,
    "ResourceQuota": lambda m: _pairs(m["spec"]["hard"]),
    "Role": _verbs,
    "RoleBinding": lambda m: " ".join(s["name"] for s in m.get("subjects") or []),
    "Secret": _keys,
    "Service": _ports,
    "ServiceAccount": lambda m: (
        "gives its pods a token"
        if m.get("automountServiceAccountToken", True)
        else "gives no token"
    ),
}
