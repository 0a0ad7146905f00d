"""The results in SARIF 2.1.0, for GitHub's code scanning.

The document consists of plain dicts, because no library on PyPI fits. sarif-om has had no release
since 2019. sarif-pydantic validates nothing (every field is optional, unknown fields are accepted),
and it has no field for suppressions.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from airflow_k8s.commands.policy.outcome import Judged, Outcome, Unjudged
from airflow_k8s.policy.judging import STALE
from airflow_k8s.policy.rule import Finding, Rule
from airflow_k8s.policy.rules import RULES
from airflow_k8s.stack.settings.policies import Level

_LEVELS: Mapping[Level, str] = {"mandatory": "error", "advisory": "warning", "off": "note"}
_RULES = (*RULES, STALE)


def as_sarif(outcomes: Sequence[Outcome]) -> str:
    """The document: one run for all stacks, and one result per finding."""
    run = {
        "tool": {
            "driver": {"name": "airflow-platform policies", "rules": [_rule(r) for r in _RULES]}
        },
        "invocations": [
            {
                "executionSuccessful": not any(isinstance(o, Unjudged) for o in outcomes),
                "toolExecutionNotifications": [n for o in outcomes for n in _notifications(o)],
            }
        ],
        "results": [r for o in outcomes if isinstance(o, Judged) for r in _results(o)],
    }
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(document, indent=2)


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.description},
        "fullDescription": {"text": rule.description},
        "help": {"text": rule.remedy},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
    }


def _notifications(outcome: Outcome) -> Iterator[dict[str, Any]]:
    """Yields a notification if the stack could not be checked."""
    if isinstance(outcome, Unjudged):
        text = f"{outcome.stack} can't be checked: {outcome.reason}"
        yield {"level": "error", "message": {"text": text}}


def _results(judged: Judged) -> Iterator[dict[str, Any]]:
    for violation in judged.verdict.violations:
        level = _LEVELS[violation.level]
        yield _result(judged.stack, violation.rule, violation.finding) | {"level": level}
    for item in judged.verdict.excused:
        suppression = {
            "kind": "external",
            "status": "accepted",
            "justification": item.exception.reason,
            "properties": {"expires": item.exception.expires},
        }
        # GitHub shows suppressed results like other results. Notes do not fail a pull request.
        # https://github.com/github/codeql-action/issues/1230
        yield _result(judged.stack, item.rule, item.finding) | {
            "level": "note",
            "suppressions": [suppression],
        }


def _result(stack: str, rule: Rule, finding: Finding) -> dict[str, Any]:
    return {
        "ruleId": rule.name,
        "ruleIndex": _RULES.index(rule),
        "message": {"text": f"{finding.subject}: {finding.message}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": f"Pulumi.{stack}.yaml"},
                    "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
                },
                "logicalLocations": [
                    {
                        "name": finding.subject.partition("/")[2],
                        "fullyQualifiedName": f"{stack}/{finding.subject}",
                        "kind": "resource",
                    }
                ],
            }
        ],
        # GitHub identifies findings only by this fingerprint. Without it, all findings of a rule
        # would be one finding, because they have the same line.
        "partialFingerprints": {"primaryLocationLineHash": _fingerprint(stack, rule, finding)},
    }


def _fingerprint(stack: str, rule: Rule, finding: Finding) -> str:
    text = "\n".join((stack, rule.name, finding.subject, finding.message))
    return sha256(text.encode()).hexdigest()[:16]
