"""Which images come and which go, and where."""

from airflow_k8s.commands.diff.impact.images import images
from tests.commands.diff.samples import deployment


def test_an_image_that_takes_the_place_of_another_is_told_with_it() -> None:
    before, after = (
        [deployment(name, container={"image": image}) for name in ("a", "b")]
        for image in ("airflow:1", "airflow:2")
    )
    assert [(each.subject, each.words) for each in images(before, after)] == [
        ("airflow:2", "takes the place of airflow:1 in scheduler")
    ]


def test_an_image_comes_and_goes_with_its_pods() -> None:
    here, there = [deployment()], [deployment(), deployment("new", container={"image": "new:1"})]
    assert [each.words for each in images(here, there)] == [
        "takes the place of airflow:1 in scheduler"
    ]
    assert [each.words for each in images([], here)] == ["comes with scheduler"]
    assert [each.words for each in images(here, [])] == ["goes with scheduler"]


def test_the_same_images_are_no_change() -> None:
    assert list(images([deployment()], [deployment(replicas=2)])) == []
