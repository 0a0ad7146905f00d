"""A status as a program reads it."""

import json
from dataclasses import replace
from datetime import timedelta

from airflow_k8s.commands.deploy.as_json import as_json
from tests.commands.deploy.test_status_model import AIRFLOW, WELL


def test_a_program_gets_all_of_it_with_the_verdict() -> None:
    oldest = WELL.now - timedelta(minutes=7)
    told = json.loads(as_json(replace(WELL, airflow=replace(AIRFLOW, oldest=oldest))))
    assert told["healthy"] is True
    assert told["wrong"] == []
    assert (told["release"]["revision"], told["release"]["status"]) == (3, "deployed")
    assert told["airflow"]["lastDay"] == {"success": 3, "failed": 1, "failures": []}
    assert told["airflow"]["tasks"]["oldestQueued"] == "2026-11-26T11:53:00+00:00"
    sick = json.loads(as_json(replace(WELL, release=None)))
    assert (sick["healthy"], sick["wrong"]) == (False, ["no release is there"])


def test_what_could_not_be_asked_is_null_and_why_is_told() -> None:
    told = json.loads(as_json(replace(WELL, airflow=None, unknown="no pod")))
    assert told["airflow"] is None
    assert told["wrong"] == ["Airflow can't be asked: no pod"]
