"""Texts that all commands print."""

from airflow_k8s.console.text import joined


def test_items_become_part_of_a_sentence() -> None:
    assert joined(["a"]) == "a"
    assert joined(["a", "b"]) == "a and b"
    assert joined(["a", "b", "c"]) == "a, b and c"
