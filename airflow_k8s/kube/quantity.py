"""Kubernetes quantities: parsing, validating and formatting them.

Grammar and suffixes: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

import re
from fractions import Fraction

_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?")
# Forms that are valid in manifests, but not accepted in settings: 1e9, .5, 100u.
_OTHER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3}|[nu])?")
_SMALL = {"": Fraction(1), "u": Fraction(1, 10**6), "n": Fraction(1, 10**9)}
_FACTORS: dict[str | None, Fraction] = {
    None: Fraction(1),
    "m": Fraction(1, 1000),
    **{s: Fraction(1000**n) for n, s in enumerate(("k", "M", "G", "T", "P", "E"), start=1)},
    **{s: Fraction(1024**n) for n, s in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), start=1)},
}


def parse(text: str) -> Fraction:
    """The amount in base units: cores for CPU, bytes for memory and storage.

    Raises ValueError if the text is no quantity.
    """
    match = _QUANTITY.fullmatch(text)
    if match:
        return Fraction(match[1]) * _FACTORS[match[2]]
    if _OTHER.fullmatch(text):
        number = text.rstrip("nu")
        return Fraction(number) * _SMALL[text[len(number) :]]
    raise ValueError(f"{text!r} is no Kubernetes quantity")


def is_cpu(text: str) -> bool:
    """Whether a text is an amount of CPU above zero: cores (2, 0.5) or thousandths (500m).

    Other suffixes are rejected: 1Gi is a valid quantity, but a mistake for CPU.
    """
    return re.fullmatch(r"\d+(\.\d{1,3})?|\d+m", text) is not None and parse(text) > 0


def is_bytes(text: str) -> bool:
    """Whether a text is an amount of memory or storage above zero.

    A suffix is required, because 512 without a suffix is 512 bytes: a mistake.
    """
    match = _QUANTITY.fullmatch(text)
    return match is not None and match[2] not in (None, "m") and parse(text) > 0


def cpu(amount: Fraction) -> str:
    """An amount of cores as Kubernetes prints it: 2, 1500m. It is rounded up to a thousandth."""
    thousandths = -(-amount * 1000 // 1)
    return str(thousandths // 1000) if thousandths % 1000 == 0 else f"{thousandths}m"


def memory(amount: Fraction) -> str:
    """An amount of bytes with the largest of Mi, Gi and Ti that needs no fraction; rounded up to a
    Mi."""
    mebibytes = -(-amount // 1024**2)
    for suffix, size in (("Ti", 1024**2), ("Gi", 1024)):
        if mebibytes and mebibytes % size == 0:
            return f"{mebibytes // size}{suffix}"
    return f"{mebibytes}Mi"
