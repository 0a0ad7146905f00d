"""Images that are added, replaced or removed."""

from airflow_k8s.commands.diff.impact.images import image_consequences
from tests.commands.diff.impact.facts import messages
from tests.commands.diff.samples import deployment


def test_an_image_that_replaces_another_is_reported_with_both() -> None:
    before, after = (
        [deployment(name, container={"image": image}) for name in ("a", "b")]
        for image in ("airflow:1", "airflow:2")
    )
    assert messages(image_consequences(before, after)) == [
        ("airflow:2", "replaces airflow:1 in scheduler")
    ]


def test_an_image_is_added_and_removed_with_its_pods() -> None:
    old, new = [deployment()], [deployment(), deployment("new", container={"image": "new:1"})]
    assert messages(image_consequences(old, new)) == [("new:1", "replaces airflow:1 in scheduler")]
    assert messages(image_consequences([], old)) == [("airflow:1", "added with scheduler")]
    assert messages(image_consequences(old, [])) == [("airflow:1", "removed with scheduler")]


def test_the_same_image_in_more_pods_is_no_change() -> None:
    assert list(image_consequences([deployment()], [deployment(replicas=2)])) == []
