"""Functions that return a stack with one changed object or resource."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from airflow_k8s.policy.rule import Scope
from airflow_k8s.rendering.manifests import Object

Change = Callable[[Scope], Scope]
Edit = Callable[[Any], object]


def on_object(kind: str, name: str, edit: Edit) -> Change:
    """Edits the manifest of an object, or of all objects with this name, such as patches."""

    def changed(each: Object) -> Object:
        manifest = copy.deepcopy(dict(each.manifest))
        edit(manifest)
        return replace(each, manifest=manifest)

    return _each(kind, name, lambda each: [changed(each)])


def on_spec(kind: str, name: str, edit: Edit) -> Change:
    """Edits the spec of an object's pods."""
    return on_template(kind, name, lambda template: edit(template["spec"]))


def on_template(kind: str, name: str, edit: Edit) -> Change:
    """Edits the template of an object's pods."""
    inside = {"Pod": (), "CronJob": ("spec", "jobTemplate", "spec", "template")}

    def template_of(manifest: Any) -> Any:
        for step in inside.get(kind, ("spec", "template")):
            manifest = manifest[step]
        return manifest

    return on_object(kind, name, lambda manifest: edit(template_of(manifest)))


def on_container(kind: str, name: str, container: str, edit: Edit) -> Change:
    """Edits a container of an object's pods."""

    def edit_it(spec: Any) -> None:
        (found,) = (
            each
            for each in [*(spec.get("initContainers") or ()), *spec["containers"]]
            if each["name"] == container
        )
        edit(found)

    return on_spec(kind, name, edit_it)


def without(kind: str, name: str) -> Change:
    """The stack without an object."""
    return _each(kind, name, lambda _: [])


def unprotected(kind: str, name: str) -> Change:
    """The object may be deleted."""
    return _each(kind, name, lambda each: [replace(each, protect=False)])


def beside(*objects: Object) -> Change:
    """The stack with more objects."""
    return lambda scope: replace(scope, objects=[*scope.objects, *objects])


def on_release(edit: Edit) -> Change:
    """Edits what the program gives to Helm; what the chart makes of it stays."""

    def change(scope: Scope) -> Scope:
        resources = list(scope.resources)
        (n,) = (n for n, each in enumerate(resources) if each.type.endswith(":Release"))
        inputs = copy.deepcopy(dict(resources[n].inputs))
        edit(inputs)
        resources[n] = replace(resources[n], inputs=inputs)
        return replace(scope, resources=resources)

    return change


def _each(kind: str, name: str, change: Callable[[Object], Sequence[Object]]) -> Change:
    def changed(scope: Scope) -> Scope:
        objects: list[Object] = []
        found = False
        for each in scope.objects:
            same = (each.kind, each.name) == (kind, name)
            objects += change(each) if same else [each]
            found = found or same
        assert found, f"there is no {kind} {name} to change"
        return replace(scope, objects=objects)

    return changed
