"""The resources that a Pulumi program registers, and the result of running it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class RegisteredResource:
    """One resource as the program registered it. Secret texts in `inputs` are of type `Secret`."""

    type: str
    name: str  # the logical name
    urn: str
    parent: str  # URN; empty for the stack itself
    inputs: Mapping[str, Any]
    custom: bool
    read: str = ""  # the id, if the program only reads the resource
    provider: str = ""  # URN and id
    protect: bool = False
    retain_on_delete: bool = False
    dependencies: tuple[str, ...] = ()  # URNs, including those that the inputs depend on
    timeouts: Mapping[str, str] = field(default_factory=dict)
    aliased: bool = False  # the program declares earlier names of the resource


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Everything that a program registered, in order, and the outputs of its components."""

    resources: tuple[RegisteredResource, ...]
    outputs: Mapping[str, Mapping[str, Any]]  # registered outputs by URN

    def __getitem__(self, name: str) -> RegisteredResource:
        """The resource with the logical name. Raises KeyError if there is none."""
        found = [resource for resource in self.resources if resource.name == name]
        if not found:
            registered = ", ".join(resource.name for resource in self.resources)
            raise KeyError(f"{name}; registered: {registered}")
        return found[0]

    @property
    def exports(self) -> Mapping[str, Any]:
        """The outputs of the stack."""
        return next(
            outputs for urn, outputs in self.outputs.items() if "::pulumi:pulumi:Stack::" in urn
        )
