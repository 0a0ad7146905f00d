"""The rules as policies of Pulumi CrossGuard.

For a Helm release, CrossGuard passes only its values. So the policies render the release and check
its objects before it is installed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from airflow_k8s.policy.judging import STALE, exception_for, level_of, stale
from airflow_k8s.policy.rule import UNKNOWN, Rule, Scope
from airflow_k8s.policy.rules import RULES
from airflow_k8s.rendering import charts, helm
from airflow_k8s.rendering.manifests import Object, Release, declared, in_chart, releases
from airflow_k8s.rendering.resources import Evaluation, RegisteredResource
from airflow_k8s.stack.settings.model import Settings
from airflow_k8s.stack.settings.policies import Level
from airflow_k8s.toolchain.helm import find_helm

_LEVELS: Mapping[Level, EnforcementLevel] = {
    "off": EnforcementLevel.DISABLED,
    "advisory": EnforcementLevel.ADVISORY,
    "mandatory": EnforcementLevel.MANDATORY,
}


@dataclass(frozen=True, kw_only=True)
class PackContext:
    """The stack that the pack checks.

    It caches rendered releases, so that a release is rendered only once for all rules.
    """

    settings: Settings
    program: Path
    notify: Callable[[str], None]
    _rendered: list[tuple[Release, Sequence[Object]]] = field(
        default_factory=list[tuple[Release, Sequence[Object]]]
    )
    _declared: dict[str, RegisteredResource] = field(default_factory=dict[str, RegisteredResource])

    def declared(self, args: ResourceValidationArgs) -> RegisteredResource:
        """Stores a resource as the program declares it, for `declared_stack`, and returns it."""
        resource = _registered(args)
        self._declared[resource.urn] = resource
        return resource

    def declared_stack(self, resources: Sequence[PolicyResource]) -> list[RegisteredResource]:
        """The resources of a stack as the program declares them.

        The engine passes the outputs of the provider instead. In a preview these lack the keys
        of a new Secret.
        """
        return [self._declared.get(item.urn) or _registered(item) for item in resources]

    def scope(self, resources: Sequence[RegisteredResource]) -> Scope:
        """The resources with all their objects. Raises UserError if the chart is not available."""
        evaluation = Evaluation(resources=tuple(resources), outputs={})
        inside = [o for release in releases(evaluation) for o in self._inside(release)]
        return Scope(
            settings=self.settings,
            resources=resources,
            objects=[*declared(evaluation), *inside],
        )

    def _inside(self, release: Release) -> Sequence[Object]:
        for known, objects in self._rendered:
            if known == release:
                return objects
        tool = find_helm(self.notify)
        # `strict`: the result for another chart would be wrong.
        chart = charts.find_chart(
            self.settings.chart,
            helm=tool,
            program=self.program,
            explicit=None,
            strict=True,
            notify=self.notify,
        )
        rendered = helm.template(
            tool,
            chart.path,
            release=release.name,
            namespace=release.namespace,
            values=release.values,
        )
        objects = in_chart(release, rendered)
        self._rendered.append((release, objects))
        return objects


def policies(context: PackContext, today: date, rules: Sequence[Rule] = RULES) -> list[Policy]:
    """The rules as policies.

    A rule becomes a policy for single resources, which stops the update before the resource is
    created. A rule that needs the complete stack becomes a policy for the stack.
    """
    return [*(_policy(rule, context, today) for rule in rules), _stale(context, today)]


def _policy(rule: Rule, context: PackContext, today: date) -> Policy:
    def check(scope: Scope, report: ReportViolation, urn: str | None) -> None:
        policies = context.settings.policies
        found = [
            f"{finding.subject}: {finding.message}"
            for finding in dict.fromkeys(rule.judge(scope))
            if not exception_for(rule, finding, policies, today)
        ]
        if found:
            report("\n".join([*found, rule.remedy]), urn)

    def of_resource(args: ResourceValidationArgs, report: ReportViolation) -> None:
        check(context.scope([context.declared(args)]), report, args.urn)

    def of_stack(args: StackValidationArgs, report: ReportViolation) -> None:
        check(context.scope(context.declared_stack(args.resources)), report, None)

    level = _LEVELS[level_of(rule, context.settings.policies)]
    if rule.needs_complete_stack:
        return StackValidationPolicy(rule.name, rule.description, of_stack, level)
    return ResourceValidationPolicy(rule.name, rule.description, of_resource, level)


def _stale(context: PackContext, today: date) -> Policy:
    def check(_args: StackValidationArgs, report: ReportViolation) -> None:
        for finding in stale(context.settings.policies, today):
            report(f"{finding.subject}: {finding.message}. {STALE.remedy}", None)

    return StackValidationPolicy(STALE.name, STALE.description, check, EnforcementLevel.MANDATORY)


def _registered(args: ResourceValidationArgs | PolicyResource) -> RegisteredResource:
    """The resource as the program registered it."""
    return RegisteredResource(
        type=args.resource_type,
        name=args.name,
        urn=args.urn,
        parent=args.opts.parent or "",
        inputs=plain(args.props),
        custom=True,
        protect=bool(args.opts.protect),
    )


def plain(value: Any) -> Any:
    """The properties that the engine passes to a policy, as plain data.

    Whole numbers become int, and unknown values become UNKNOWN.
    """
    if isinstance(value, Mapping):
        return {key: _item(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_item(value, index) for index in range(len(value))]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _item(holder: Any, key: Any) -> Any:
    try:
        return plain(holder[key])
    except UnknownValueError:
        return UNKNOWN
