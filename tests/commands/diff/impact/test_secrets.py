"""Secrets whose text is made anew, and those that are lost."""

from airflow_k8s.commands.diff.impact.secrets import secrets
from airflow_k8s.rendering.manifests import CHART, Object
from airflow_k8s.stack.settings.secret import Secret
from tests.commands.diff.samples import changed, made


def secret(protect: bool = False, **data: str) -> Object:
    return made(
        "Secret",
        "api-secrets",
        protect=protect,
        stringData={key.replace("_", "-"): Secret(text) for key, text in data.items()},
    )


def told(before: Object | None, after: Object | None) -> list[tuple[str, str]]:
    return [(each.subject, each.words) for each in secrets(changed(before, after))]


def test_another_text_is_told_by_its_key_and_never_itself() -> None:
    found = told(secret(api_key="one"), secret(api_key="two"))
    assert found == [("Secret/api-secrets", "api-key: another text than before")]


def test_a_key_that_goes_is_told_and_one_that_comes_is_not() -> None:
    found = told(secret(old="1"), secret(new="1"))
    assert found == [("Secret/api-secrets", "old: gone")]


def test_a_secret_that_goes_takes_what_was_generated_with_it() -> None:
    ((_, words),) = told(secret(api_key="1"), None)
    assert "a next one is another" in words
    assert told(secret(protect=True, api_key="1"), None) == [], "it is refused, which is told"


def test_what_the_chart_makes_up_is_no_secret_of_ours() -> None:
    before, after = (
        made("Secret", "s", origin=CHART, data={"a": Secret(text)}) for text in ("1", "2")
    )
    assert told(before, after) == []


def fernet(before: str, after: str) -> list[str]:
    found = secrets(changed(secret(fernet_key=before), secret(fernet_key=after)))
    return [each.kind for each in found]


def test_a_rotated_fernet_key_keeps_the_old_one_behind_it() -> None:
    assert fernet("old", "new,old") == ["secret"]


def test_one_that_takes_the_place_of_the_old_one_loses_what_that_encrypted() -> None:
    assert fernet("old", "new") == ["lost", "secret"]


def test_a_retired_one_reads_nothing_any_more() -> None:
    found = told(secret(fernet_key="new,old"), secret(fernet_key="new"))
    assert "rotate-fernet-key" in found[0][1]


def test_one_that_somebody_else_keeps_now_has_to_be_the_same() -> None:
    found = told(secret(fernet_key="old"), None)
    assert found[0][1].endswith("unless the Secret that is named instead holds it")
