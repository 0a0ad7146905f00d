"""Secrets that get new texts, lose keys, or lose the key that encrypts data."""

from airflow_k8s.commands.diff.impact.consequence import Consequence, Kind, Reason
from airflow_k8s.commands.diff.impact.secrets import secret_consequences
from airflow_k8s.rendering.manifests import CHART, Object
from airflow_k8s.stack.settings.secret import Secret
from tests.commands.diff.impact.facts import reasons
from tests.commands.diff.samples import changed, made


def secret(protect: bool = False, **data: str) -> Object:
    return made(
        "Secret",
        "api-secrets",
        protect=protect,
        stringData={key.replace("_", "-"): Secret(text) for key, text in data.items()},
    )


def consequences(before: Object | None, after: Object | None) -> list[Consequence]:
    return list(secret_consequences(changed(before, after)))


def test_a_changed_text_is_reported_by_its_key_and_not_shown() -> None:
    (found,) = consequences(secret(api_key="one"), secret(api_key="two"))
    assert found.subject == "Secret/api-secrets"
    assert (found.reason, found.message) == (Reason.CHANGED_TEXT, "api-key: changed")


def test_a_removed_key_is_reported_and_an_added_key_is_not() -> None:
    (found,) = consequences(secret(old="1"), secret(new="1"))
    assert (found.reason, found.message) == (Reason.REMOVED_KEY, "old: removed")


def test_a_removed_secret_loses_its_generated_texts() -> None:
    found = consequences(secret(api_key="1"), None)
    assert (Kind.SECRET, Reason.REMOVED) in reasons(found)


def test_the_removal_of_a_protected_secret_is_left_to_the_refused_objects() -> None:
    assert consequences(secret(protect=True, api_key="1"), None) == []


def test_texts_that_the_chart_generates_are_not_reported() -> None:
    before, after = (
        made("Secret", "s", origin=CHART, data={"a": Secret(text)}) for text in ("1", "2")
    )
    assert consequences(before, after) == []


def fernet(before: str, after: str) -> list[tuple[Kind, Reason | None]]:
    return reasons(consequences(secret(fernet_key=before), secret(fernet_key=after)))


def test_a_rotated_fernet_key_keeps_the_old_key_behind_it() -> None:
    assert fernet("old", "new,old") == [(Kind.SECRET, Reason.CHANGED_TEXT)]


def test_a_replaced_fernet_key_loses_what_it_encrypted() -> None:
    assert fernet("old", "new") == [
        (Kind.DATA_LOSS, Reason.FERNET_KEY),
        (Kind.SECRET, Reason.CHANGED_TEXT),
    ]


def test_a_removed_retired_fernet_key_can_no_longer_decrypt() -> None:
    found = consequences(secret(fernet_key="new,old"), secret(fernet_key="new"))
    assert reasons(found)[0] == (Kind.SECRET, Reason.FERNET_KEY)
    assert "rotate-fernet-key" in found[0].message


def test_a_fernet_key_that_another_secret_holds_must_be_the_same() -> None:
    found = consequences(secret(fernet_key="old"), None)[0]
    assert (found.kind, found.reason) == (Kind.DATA_LOSS, Reason.FERNET_KEY)
    assert found.message.endswith("unless the Secret that is named instead holds the key")
