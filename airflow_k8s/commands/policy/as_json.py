"""The results as one JSON document for other programs.

Existing keys stay. A later version may add keys.

    failed              whether a stack violates a mandatory rule or could not be checked
    stacks[]            stack, failed, and either
      reason            why it could not be checked, or
      chart, objects
      judged[]          rule, level: the rules that are not off
      violations[]      rule, level, subject, message
      excused[]         rule, subject, message, reason, expires
    rules[]             name, level, productionOnly, description, remedy: all rules

The classes in `airflow_k8s.policy.rule` and `airflow_k8s.policy.judging` explain the keys.
"""

import json
from collections.abc import Sequence
from typing import Any

from airflow_k8s.commands.policy.outcome import Judged, Outcome, failed
from airflow_k8s.policy.judging import STALE
from airflow_k8s.policy.rule import Finding, Rule
from airflow_k8s.policy.rules import RULES


def as_json(outcomes: Sequence[Outcome]) -> str:
    """The JSON text with the results of all stacks."""
    document = {
        "failed": failed(outcomes),
        "stacks": [_stack(outcome) for outcome in outcomes],
        "rules": [_rule(rule) for rule in (*RULES, STALE)],
    }
    return json.dumps(document, indent=2)


def _stack(outcome: Outcome) -> dict[str, Any]:
    common: dict[str, Any] = {"stack": outcome.stack, "failed": outcome.failed}
    if not isinstance(outcome, Judged):
        return common | {"reason": outcome.reason}
    verdict = outcome.verdict
    return common | {
        "chart": outcome.chart,
        "objects": outcome.objects,
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
