"""Which pods restart and why, which Jobs run, what the next tasks' pods have otherwise."""

from collections.abc import Iterator, Mapping, Sequence

from airflow_k8s.commands.diff.impact.consequence import Consequence
from airflow_k8s.commands.diff.pairs import ObjectChange
from airflow_k8s.kube.fields import ABSENT, FieldChange, in_words, parts
from airflow_k8s.rendering.manifests import PROGRAM, TASK, Object
from airflow_k8s.stack.settings import names

_ROLLED = ("Deployment", "StatefulSet", "DaemonSet")
_HOOK = "helm.sh/hook"
# Of a Job that the program declares, what makes it run again: see rehearsal/replacement.py.
_RUNS_AGAIN = (
    "metadata.name",
    "metadata.namespace",
    "spec.completions",
    "spec.parallelism",
    "spec.selector",
    "spec.template",
)
_OPERATORS = ("Cluster",)  # whose pods an operator makes
_MOST = 4  # reasons that are told one by one


def pods(changes: Sequence[ObjectChange]) -> Iterator[Consequence]:
    """What happens to pods, by the objects that they come from."""
    for change in changes:
        before, after = change.before, change.after
        if change.object.origin == TASK:
            yield from _task_pod(change)
        elif change.object.name == names.DAG_FACTS and change.object.kind == "ConfigMap":
            yield from _told_to_dags(change)
        elif change.object.kind == "Job":
            yield from _job(change)
        elif change.object.kind == "CronJob":
            yield from _cron(change)
        elif after is None or before is None:
            yield from _come_or_gone(change)
        elif after.kind in (*_ROLLED, *_OPERATORS):
            yield from _rolled(change, before, after)


def reasons(fields: Sequence[FieldChange], below: str) -> str:
    """Why pods are made anew, in a few words: what differs below that path in their template."""
    prefix = f"{below}." if below else ""
    paths = [
        (parts(each.path.removeprefix(prefix)), each)
        for each in fields
        if each.path.startswith(prefix) or each.path == below
    ]
    variables: dict[str, list[str]] = {}
    for path, _ in paths:
        match path:
            case ["spec", "containers" | "initContainers", name, "env", variable, *_]:
                variables.setdefault(name, []).append(variable)
            case _:
                pass
    found = dict.fromkeys(
        _reason(path, each, variables)
        for path, each in sorted(paths, key=lambda pair: _rank(pair[0]))
    )
    told = list(found)[:_MOST]
    more = len(found) - len(told)
    return ", ".join(told) + (f" and {more} more" if more else "")


def _rolled(change: ObjectChange, before: Object, after: Object) -> Iterator[Consequence]:
    was, now = _replicas(before), _replicas(after)
    if was != now:
        yield Consequence(
            kind="scaled", subject=after.qualified_name, words=f"from {_pods(was)} to {now}"
        )
    if before.namespace != after.namespace or _waits(after):
        return  # it goes here and comes there, which is told; or somebody has to make it happen
    fields = [each for each in change.fields if not _is_no_template(after, each)]
    why = reasons(fields, "spec" if after.kind in _OPERATORS else "spec.template")
    if why and min(was, now):
        subject = f"{after.qualified_name} ({_pods(min(was, now))})"
        yield Consequence(kind="restarts", subject=subject, words=f"{why}{_how(after, now)}")


def _waits(after: Object) -> bool:
    spec = after.manifest["spec"]
    strategy = (spec.get("updateStrategy") or {}).get("type")
    return bool(spec.get("paused")) or strategy == "OnDelete"


def _is_no_template(after: Object, field: FieldChange) -> bool:
    """Of a Cluster of CloudNativePG its size alone restarts nothing."""
    return after.kind in _OPERATORS and field.path.startswith(("spec.instances", "spec.storage"))


def _how(after: Object, replicas: int) -> str:
    if after.kind in _OPERATORS:
        return "; its operator decides which instances, one by one"
    spec = after.manifest["spec"]
    if after.kind == "StatefulSet":
        return "; it is away until the new one is ready" if replicas == 1 else "; one by one"
    strategy = spec.get("strategy") or {}
    rolling = strategy.get("rollingUpdate") or {}
    if strategy.get("type") == "Recreate":
        return "; the old ones end before the new ones start"
    if rolling.get("maxUnavailable") == 0:
        return "; new ones are ready before old ones end"
    return ""


def _come_or_gone(change: ObjectChange) -> Iterator[Consequence]:
    each = change.object
    if each.kind in (*_ROLLED, *_OPERATORS):
        count = _replicas(each)
        words = f"{_pods(count)} more" if change.what == "added" else f"{_pods(count)} fewer"
        yield Consequence(kind="scaled", subject=each.qualified_name, words=words)


def _job(change: ObjectChange) -> Iterator[Consequence]:
    each = change.object
    is_hook = _HOOK in (each.manifest["metadata"].get("annotations") or {})
    if change.what == "added":
        yield Consequence(kind="reruns", subject=each.qualified_name, words="it is new, and runs")
    elif change.what == "changed" and (
        (each.origin == PROGRAM and change.touched(*_RUNS_AGAIN)) or is_hook
    ):
        why = reasons(change.fields, "spec.template") or reasons(change.fields, "")
        yield Consequence(kind="reruns", subject=each.qualified_name, words=why)


def _cron(change: ObjectChange) -> Iterator[Consequence]:
    """Nothing restarts; it runs otherwise the next time."""
    fields = [each for each in change.fields if each.path.startswith("spec.")]
    if change.what != "changed" or not fields:
        return
    told = [
        f"{parts(each.path)[-1]}: {in_words(each.before)} → {in_words(each.after)}"
        for each in fields
        if not each.path.startswith("spec.jobTemplate")
    ]
    why = reasons(fields, "spec.jobTemplate.spec.template")
    words = f"from its next run on: {', '.join([*told, *([why] if why else [])])}"
    yield Consequence(kind="reruns", subject=change.object.qualified_name, words=words)


def _task_pod(change: ObjectChange) -> Iterator[Consequence]:
    if change.what == "changed":
        why = reasons(change.fields, "")
        yield Consequence(kind="task pod", subject="worker pod", words=why)


def _told_to_dags(change: ObjectChange) -> Iterator[Consequence]:
    """What pods that tasks start are made of."""
    told = [
        f"{' '.join(parts(each.path)[2:])}: {in_words(each.before)} → {in_words(each.after)}"
        for each in change.fields
        if each.path.startswith("data[")
    ]
    if change.what == "changed" and told:
        yield Consequence(kind="task pod", subject="pods of DAGs", words=", ".join(told))


def _replicas(each: Object) -> int:
    return each.pods.replicas if each.pods else 0


def _pods(count: int) -> str:
    return f"{count} pod{'' if count == 1 else 's'}"


def _rank(path: Sequence[str]) -> int:
    """What a reviewer asks for first comes first."""
    words = [names.ROTATIONS, "image", "resources", "env", "command", "args"]
    return next((n for n, word in enumerate(words) if word in path), len(words))


def _reason(
    path: Sequence[str], change: FieldChange, variables: Mapping[str, Sequence[str]]
) -> str:
    """In a person's words, where there are better ones than the path; `variables` are all that
    differ, by container."""
    match list(path):
        case ["metadata", "annotations", key] if key == names.ROTATIONS:
            return _rotated(change)
        case ["metadata", "annotations", key] if key.startswith("checksum/"):
            return f"the chart's {key.removeprefix('checksum/')} differs"
        case ["metadata", "annotations" | "labels" as what, key]:
            return f"{what[:-1]} {key}"
        case ["spec", "containers" | "initContainers", name, "image"]:
            return f"image of {name}: {_image(change)}"
        case ["spec", "containers" | "initContainers", name, "env", *_] if name in variables:
            return _variables(name, list(dict.fromkeys(variables[name])))
        case [
            "spec",
            "containers" | "initContainers",
            name,
            "resources",
            "requests" | "limits" as what,
            amount,
        ]:
            kind = "limit" if what == "limits" else "request"
            sides = f"{in_words(change.before)} → {in_words(change.after)}"
            return f"{amount} {kind} of {name}: {sides}"
        case ["spec", "containers" | "initContainers", name]:
            gone = change.after is ABSENT
            return f"container {name} {'goes' if gone else 'comes'}"
        case ["spec", "containers" | "initContainers", name, "args" | "command" as field]:
            return f"{field} of {name}: {in_words(change.before)} → {in_words(change.after)}"
        case ["spec", "containers" | "initContainers", name, field, *_]:
            return f"{field} of {name}"
        case ["spec", "volumes", name, *_]:
            return f"volume {name}"
        case ["spec", field, *_]:
            return field
        case _:
            return " ".join(path) or "its fields"


def _variables(container: str, names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"variable {names[0]} of {container}"
    return f"{len(names)} variables of {container}"


def _rotated(change: FieldChange) -> str:
    before = {} if change.before is ABSENT else _entries(str(change.before))
    after = {} if change.after is ABSENT else _entries(str(change.after))
    rotated = [name for name in before if after.get(name, before[name]) != before[name]]
    others = [name for name in {**before, **after} if (name in before) != (name in after)]
    told = [f"a secret was rotated ({', '.join(rotated)})"] if rotated else []
    told += [f"other secrets are read ({', '.join(others)})"] if others else []
    return ", ".join(told)


def _entries(text: str) -> dict[str, str]:
    """As settings.names.rotations writes them: fernet-key=generated:1 metadata=generated:1."""
    pairs = (each.partition("=") for each in text.split())
    return {name: state for name, _, state in pairs}


def _image(change: FieldChange) -> str:
    before, after = in_words(change.before), in_words(change.after)
    repository, _, tag = after.rpartition(":")
    if repository and before.rpartition(":")[0] == repository:
        return f"{before.rpartition(':')[2]} → {tag}"
    return f"{before} → {after}"
