"""What a rehearsed stack is held to: the policies, over all that it declares, what its chart makes
of that, and the pods that its DAGs start."""

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
    """What the rules say; `template` renders a release, and the reading has the DAGs' pods."""
    inside = [o for each in releases(evaluation) for o in in_chart(each, template(each))]
    scope = Scope(
        settings=settings,
        resources=evaluation.resources,
        objects=[*declared(evaluation), *inside, *_of_dags(reading)],
    )
    verdict = judge(scope, today)
    return PolicyResult(
        rules=len(verdict.judged),
        broken=[
            PolicyViolation(
                rule=each.rule.name,
                subject=each.finding.subject,
                words=each.finding.message,
                remedy=each.rule.remedy,
            )
            for each in verdict.violations
            if each.level == "mandatory"
        ],
        remarks=sum(each.level == "advisory" for each in verdict.violations),
        excused=len(verdict.excused),
    )


def _of_dags(reading: Reading | None) -> Iterator[Object]:
    for dag in reading.dags if reading else ():
        for task in dag.tasks:
            yield Object("dags", "worker", TASK, task.worker)
            if task.pod:
                yield Object("dags", "task", TASK, task.pod)


def pod_security(
    troubles: Sequence[Trouble], warnings: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """What the API server's own admission says of Pod Security, by the object: of templates it
    warns, pods it refuses."""
    refusals = {
        f"{trouble.kind} {trouble.name}": trouble.message
        for trouble in troubles
        if trouble.reason is Reason.POD_SECURITY
    }
    warned = {
        about: text
        for about, texts in warnings.items()
        for text in texts
        if reason_of(text, Reason.OTHER) is Reason.POD_SECURITY
    }
    return refusals | warned
