"""The verdicts as one JSON document, for other programs.

Keys stay as they are; others may join them.

    failed              whether a stack may not reach a cluster, or could not be judged
    stacks[]            stack, failed, and either
      reason            why it could not be judged, or
      chart, objects
      judged[]          rule, level: the rules that are on
      violations[]      rule, level, subject, message
      excused[]         rule, subject, message, reason, expires
    rules[]             name, level, productionOnly, description, remedy: all that there are

What a key means stands in `policies.rule` and `policies.judging`.
"""

import json
from collections.abc import Sequence
from typing import Any

from airflow_k8s.commands.policy.outcome import Judged, Outcome, failed
from airflow_k8s.policy.judging import STALE
from airflow_k8s.policy.rule import Finding, Rule
from airflow_k8s.policy.rules import RULES


def as_json(outcomes: Sequence[Outcome]) -> str:
    """The document."""
    document = {
        "failed": failed(outcomes),
        "stacks": [_stack(each) for each in outcomes],
        "rules": [_rule(each) for each in (*RULES, STALE)],
    }
    return json.dumps(document, indent=2)


def _stack(each: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = {"stack": each.stack, "failed": each.failed}
    if not isinstance(each, Judged):
        return told | {"reason": each.reason}
    verdict = each.verdict
    return told | {
        "chart": each.chart,
        "objects": each.objects,
        "judged": [{"rule": rule.name, "level": level} for rule, level in verdict.judged],
        "violations": [
            {"level": v.level} | _finding(v.rule, v.finding) for v in verdict.violations
        ],
        "excused": [
            _finding(e.rule, e.finding)
            | {"reason": e.exception.reason, "expires": e.exception.expires}
            for e in verdict.excused
        ],
    }


def _finding(rule: Rule, finding: Finding) -> dict[str, str]:
    return {"rule": rule.name, "subject": finding.subject, "message": finding.message}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "level": rule.level,
        "productionOnly": rule.production_only,
        "description": rule.description,
        "remedy": rule.remedy,
    }
