"""The rules as policies of Pulumi CrossGuard, which sees of a Helm release its values alone: what
stands in the chart is rendered here, as `make render` does, and judged before it is installed."""

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
class Sight:
    """Looks into a stack's resources, releases included. A release is rendered once, however many
    rules look at it."""

    settings: Settings
    program: Path
    notify: Callable[[str], None]
    _rendered: list[tuple[Release, Sequence[Object]]] = field(
        default_factory=list[tuple[Release, Sequence[Object]]]
    )
    _declared: dict[str, RegisteredResource] = field(default_factory=dict[str, RegisteredResource])

    def declared(self, args: ResourceValidationArgs) -> RegisteredResource:
        """A resource as the program declares it, which is remembered."""
        resource = _registered(args)
        self._declared[resource.urn] = resource
        return resource

    def stack(self, resources: Sequence[PolicyResource]) -> list[RegisteredResource]:
        """A stack's resources as the program declares them: what the engine tells of them at the
        end is the provider's answer, in which a preview lacks the keys of a new Secret."""
        return [self._declared.get(each.urn) or _registered(each) for each in resources]

    def scope(self, resources: Sequence[RegisteredResource]) -> Scope:
        """The resources, and every object in them. Raises UserError without a chart."""
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
        # Never the stand-in: what it says of another chart would be no answer.
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


def policies(sight: Sight, today: date, rules: Sequence[Rule] = RULES) -> list[Policy]:
    """Each rule as a policy: of one resource where that is enough to tell, which stops it before it
    is made; else of the stack."""
    return [*(_policy(rule, sight, today) for rule in rules), _stale(sight, today)]


def _policy(rule: Rule, sight: Sight, today: date) -> Policy:
    def tell(scope: Scope, report: ReportViolation, urn: str | None) -> None:
        policies = sight.settings.policies
        found = [
            f"{finding.subject}: {finding.message}"
            for finding in dict.fromkeys(rule.judge(scope))
            if not exception_for(rule, finding, policies, today)
        ]
        if found:
            report("\n".join([*found, rule.remedy]), urn)

    def of_resource(args: ResourceValidationArgs, report: ReportViolation) -> None:
        tell(sight.scope([sight.declared(args)]), report, args.urn)

    def of_stack(args: StackValidationArgs, report: ReportViolation) -> None:
        tell(sight.scope(sight.stack(args.resources)), report, None)

    level = _LEVELS[level_of(rule, sight.settings.policies)]
    if rule.needs_complete_stack:
        return StackValidationPolicy(rule.name, rule.description, of_stack, level)
    return ResourceValidationPolicy(rule.name, rule.description, of_resource, level)


def _stale(sight: Sight, today: date) -> Policy:
    def tell(_args: StackValidationArgs, report: ReportViolation) -> None:
        for finding in stale(sight.settings.policies, today):
            report(f"{finding.subject}: {finding.message}. {STALE.remedy}", None)

    return StackValidationPolicy(STALE.name, STALE.description, tell, EnforcementLevel.MANDATORY)


def _registered(args: ResourceValidationArgs | PolicyResource) -> RegisteredResource:
    """As the program registered it."""
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
    """What the engine hands to a policy, as plain data: whole numbers are whole, and what is not
    known says so instead of raising."""
    if isinstance(value, Mapping):
        return {key: _item(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_item(value, n) for n in range(len(value))]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _item(holder: Any, key: Any) -> Any:
    try:
        return plain(holder[key])
    except UnknownValueError:
        return UNKNOWN
