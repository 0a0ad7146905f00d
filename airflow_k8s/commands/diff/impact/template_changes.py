"""What differs in a pod template, in one line that a reviewer understands."""

from collections.abc import Mapping, Sequence

from airflow_k8s.kube.fields import ABSENT, FieldChange, path_parts, value_text
from airflow_k8s.kube.images import ImageName, image_name
from airflow_k8s.stack.settings import names

_MAX_NAMED = 4  # changes that are named one by one
# A reviewer wants to see these first, in this order.
_FIRST = (names.ROTATIONS, "image", "resources", "env", "command", "args")


def listed(fields: Sequence[FieldChange], template: str) -> str:
    """The changes below the path of a template, the most important first.

    `template` is the path of the pod template in the object, such as spec.template; it is empty if
    the object is the pod itself. Empty if nothing below it differs.
    """
    prefix = f"{template}." if template else ""
    paths = [
        (path_parts(field.path.removeprefix(prefix)), field)
        for field in fields
        if field.path.startswith(prefix) or field.path == template
    ]
    variables = _variables_by_container([path for path, _ in paths])
    descriptions = list(
        dict.fromkeys(
            _description(path, field, variables)
            for path, field in sorted(paths, key=lambda pair: _rank(pair[0]))
        )
    )
    more = len(descriptions) - _MAX_NAMED
    return ", ".join(descriptions[:_MAX_NAMED]) + (f" and {more} more" if more > 0 else "")


def _variables_by_container(paths: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """The names of the environment variables that differ."""
    variables: dict[str, list[str]] = {}
    for path in paths:
        match path:
            case ["spec", "containers" | "initContainers", name, "env", variable, *_]:
                variables.setdefault(name, []).append(variable)
            case _:
                pass
    return {name: list(dict.fromkeys(found)) for name, found in variables.items()}


def _rank(path: Sequence[str]) -> int:
    return next((n for n, name in enumerate(_FIRST) if name in path), len(_FIRST))


def _description(
    path: Sequence[str], field: FieldChange, variables: Mapping[str, Sequence[str]]
) -> str:
    """One change in plain terms; its path where there are no better ones."""
    match list(path):
        case ["metadata", "annotations", key] if key == names.ROTATIONS:
            return _rotations(field)
        case ["metadata", "annotations", key] if key.startswith("checksum/"):
            return f"the chart's {key.removeprefix('checksum/')} changed"
        case ["metadata", "annotations" | "labels" as where, key]:
            return f"{where[:-1]} {key}"
        case ["spec", "containers" | "initContainers", name, *below]:
            return _in_container(name, below, field, variables)
        case ["spec", "volumes", name, *_]:
            return f"volume {name}"
        case ["spec", name, *_]:
            return name
        case []:
            return "its fields"
        case _:
            return " ".join(path)


def _in_container(
    container: str,
    path: Sequence[str],
    field: FieldChange,
    variables: Mapping[str, Sequence[str]],
) -> str:
    """One change of a container; the path begins below its name."""
    sides = f"{value_text(field.before)} → {value_text(field.after)}"
    match list(path):
        case []:
            return f"container {container} {'removed' if field.after is ABSENT else 'added'}"
        case ["image"]:
            return f"image of {container}: {_image(field)}"
        case ["env", *_] if container in variables:
            changed = variables[container]
            if len(changed) == 1:
                return f"variable {changed[0]} of {container}"
            return f"{len(changed)} variables of {container}"
        case ["resources", "requests" | "limits" as what, resource]:
            return f"{resource} {what.removesuffix('s')} of {container}: {sides}"
        case ["args" | "command" as name]:
            return f"{name} of {container}: {sides}"
        case _:
            return f"{path[0]} of {container}"


def _rotations(field: FieldChange) -> str:
    """Secrets whose rotation counter was raised, and Secrets that pods start or stop to read."""
    before = {} if field.before is ABSENT else _entries(str(field.before))
    after = {} if field.after is ABSENT else _entries(str(field.after))
    rotated = [name for name in before if after.get(name, before[name]) != before[name]]
    others = [name for name in {**before, **after} if (name in before) != (name in after)]
    messages = [f"a secret was rotated ({', '.join(rotated)})"] if rotated else []
    messages += [f"other secrets are read ({', '.join(others)})"] if others else []
    return ", ".join(messages)


def _entries(text: str) -> dict[str, str]:
    """The annotation's entries: fernet-key=generated:1 metadata=generated:1."""
    pairs = (entry.partition("=") for entry in text.split())
    return {name: state for name, _, state in pairs}


def _image(field: FieldChange) -> str:
    """Both images; only their versions if the repository stays the same."""
    old, new = (image_name(value_text(side)) for side in (field.before, field.after))
    same_repository = (old.registry, old.repository) == (new.registry, new.repository)
    if same_repository and _version(old) != _version(new):
        return f"{_version(old)} → {_version(new)}"
    return f"{value_text(field.before)} → {value_text(field.after)}"


def _version(image: ImageName) -> str:
    return "@".join(filter(None, [image.tag, image.digest])) or "no tag"
