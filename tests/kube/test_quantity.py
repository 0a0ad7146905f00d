"""Parsing and formatting Kubernetes quantities."""

from fractions import Fraction

import pytest

from airflow_k8s.kube import quantity


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("500m", Fraction(1, 2)),
        ("2", Fraction(2)),
        ("1.5", Fraction(3, 2)),
        ("1Ki", Fraction(1024)),
        ("1Gi", Fraction(1073741824)),
        ("1G", Fraction(10**9)),
        ("0.5Mi", Fraction(524288)),
        ("1e9", Fraction(10**9)),
        ("12E-1", Fraction(6, 5)),
        (".5", Fraction(1, 2)),
        ("100u", Fraction(1, 10**4)),
    ],
)
def test_a_quantity_is_parsed(text: str, amount: Fraction) -> None:
    assert quantity.parse(text) == amount


@pytest.mark.parametrize("text", ["", "1gb", "-1", "1 Gi", "Mi", "1e3x", "."])
def test_a_text_that_is_no_quantity_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="is no Kubernetes quantity"):
        quantity.parse(text)


@pytest.mark.parametrize("text", ["1Gi", "0", "0m", "1.5m", "1k", ""])
def test_an_amount_of_cpu_is_above_zero_and_in_cores_or_thousandths(text: str) -> None:
    assert not quantity.is_cpu(text)


@pytest.mark.parametrize("text", ["512", "500m", "0Mi", "512MB", ""])
def test_an_amount_of_memory_is_above_zero_and_has_a_suffix_of_bytes(text: str) -> None:
    assert not quantity.is_bytes(text)


def test_amounts_are_formatted_as_kubernetes_does() -> None:
    assert quantity.cpu(Fraction(3, 2)) == "1500m"
    assert quantity.cpu(Fraction(2)) == "2"
    assert quantity.memory(Fraction(1024**3)) == "1Gi"
    assert quantity.memory(Fraction(1024**2) * 1536) == "1536Mi"
    assert quantity.memory(Fraction(1024**2) + 1) == "2Mi"
