"""Checks the policies of a rehearsed stack: its program, its rendered chart and its DAGs' pods."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from airflow_k8s.commands.dags.reading import Reading
from airflow_k8s.commands.rehearse.report import PolicyResult, PolicyViolation
from airflow_k8s.kube.diagnosis import Trouble
from airflow_k8s.kube.reasons import Reason, reason_of
from airflow_k8s.policy.judging import judge
from airflow_k8s.policy.rule import Scope
from airflow_k8s.rendering.manifests import TASK, Object, Release, declared, in_chart, releases
from airflow_k8s.rendering.resources import Evaluation
from airflow_k8s.stack.settings.model import Settings


def check_policies(
    evaluation: Evaluation,
    settings: Settings,
    template: Callable[[Release], Sequence[Mapping[str, Any]]],
    reading: Reading | None,
    today: date,
) -> PolicyResult:
    """The result of all rules. `template` renders a release; `reading` has the pods of the DAGs."""
    in_releases = [
        item for release in releases(evaluation) for item in in_chart(release, template(release))
    ]
    scope = Scope(
        settings=settings,
        resources=evaluation.resources,
        objects=[*declared(evaluation), *in_releases, *_pods_of_dags(reading)],
    )
    verdict = judge(scope, today)
    return PolicyResult(
        rules=len(verdict.judged),
        violations=[
            PolicyViolation(
                rule=violation.rule.name,
                subject=violation.finding.subject,
                message=violation.finding.message,
                remedy=violation.rule.remedy,
            )
            for violation in verdict.violations
            if violation.level == "mandatory"
        ],
        advisory=sum(violation.level == "advisory" for violation in verdict.violations),
        excused=len(verdict.excused),
    )


def _pods_of_dags(reading: Reading | None) -> Iterator[Object]:
    for dag in reading.dags if reading else ():
        for task in dag.tasks:
            yield Object("dags", "worker", TASK, task.worker)
            if task.pod:
                yield Object("dags", "task", TASK, task.pod)


def pod_security_violations(
    troubles: Sequence[Trouble], warnings: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """The messages of the API server's Pod Security admission, by `kind name`.

    The admission refuses pods and warns about pod templates.
    """
    refused = {
        f"{trouble.kind} {trouble.name}": trouble.message
        for trouble in troubles
        if trouble.reason is Reason.POD_SECURITY
    }
    warned = {
        subject: message
        for subject, messages in warnings.items()
        for message in messages
        if reason_of(message, Reason.OTHER) is Reason.POD_SECURITY
    }
    return refused | warned
