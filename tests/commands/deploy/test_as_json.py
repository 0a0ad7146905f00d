"""A status as JSON."""

import json
from dataclasses import replace
from datetime import timedelta

from airflow_k8s.commands.deploy.as_json import as_json
from tests.commands.deploy.test_status_model import AIRFLOW, HEALTHY


def test_the_document_has_every_part_and_the_verdict() -> None:
    oldest = HEALTHY.now - timedelta(minutes=7)
    document = json.loads(as_json(replace(HEALTHY, airflow=replace(AIRFLOW, queued_since=oldest))))
    assert document["healthy"] is True
    assert document["problems"] == []
    assert (document["release"]["revision"], document["release"]["status"]) == (3, "deployed")
    assert document["airflow"]["lastDay"] == {"success": 3, "failed": 1, "failures": []}
    assert document["airflow"]["tasks"]["queuedSince"] == "2026-11-26T11:53:00+00:00"
    sick = json.loads(as_json(replace(HEALTHY, release=None)))
    assert (sick["healthy"], sick["problems"]) == (False, ["there is no release"])


def test_an_airflow_that_does_not_answer_is_null_with_a_reason() -> None:
    document = json.loads(as_json(replace(HEALTHY, airflow=None, airflow_error="no pod")))
    assert document["airflow"] is None
    assert document["problems"] == ["Airflow does not answer: no pod"]
