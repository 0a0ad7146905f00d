"""The types of single values: what they look like, and what is expected instead of a wrong one."""

import re
from collections.abc import Callable
from datetime import date
from ipaddress import ip_network
from math import inf
from typing import Annotated, Literal

from airflow_k8s.kube import quantity
from airflow_k8s.stack.settings.schema import ValueRule

_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_DNS_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
)
_LABEL_KEY = re.compile(
    r"([a-z0-9]([-.a-z0-9]*[a-z0-9])?/)?[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?"
)
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?)?")
_REGISTRY = re.compile(
    r"(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+)(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
    r"|[a-z0-9-]+:\d+(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
)
_SECRET_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_AIRFLOW_ROLES = ("Admin", "Op", "User", "Viewer", "Public")


def _or_empty(accepts: Callable[[str], object]) -> Callable[[str], object]:
    return lambda text: not text or accepts(text)


def _parses_with(parse: Callable[[str], object]) -> Callable[[str], bool]:
    """Whether the function parses a text; it raises ValueError if it can't."""

    def accepts(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return accepts


def _is_airflow_role(text: str) -> bool:
    """Whether it can be a role: one of Airflow's own in Airflow's spelling, or a custom role."""
    misspelt = text not in _AIRFLOW_ROLES and text.title() in _AIRFLOW_ROLES
    return bool(text) and not misspelt and "{{" not in text


_is_network = _parses_with(ip_network)


def _text(expected: str, accepts: Callable[[str], object]) -> ValueRule:
    return ValueRule(expected=expected, accepts=accepts)


# Numbers.
PositiveInt = Annotated[int, ValueRule(expected="1 or more", accepts=lambda number: number >= 1)]
NonNegativeInt = Annotated[int, ValueRule(expected="0 or more", accepts=lambda number: number >= 0)]
Port = Annotated[int, ValueRule(expected="1 to 65535", accepts=lambda number: 1 <= number <= 65535)]
Price = Annotated[
    float, ValueRule(expected="a price, 0 or more", accepts=lambda number: 0 <= number < inf)
]

# Quantities, as Kubernetes writes them.
CpuQuantity = Annotated[str, _text("cores, such as 500m or 2", quantity.is_cpu)]
ByteQuantity = Annotated[str, _text("a size with suffix, such as 512Mi", quantity.is_bytes)]

# Names in Kubernetes.
DnsLabel = Annotated[str, _text("a DNS label, such as airflow", _DNS_LABEL.fullmatch)]
ObjectName = Annotated[str, _text("the name of a Kubernetes object", _DNS_NAME.fullmatch)]
ObjectNameOrEmpty = Annotated[
    str, _text("the name of a Kubernetes object, or empty", _or_empty(_DNS_NAME.fullmatch))
]
HostNameOrEmpty = Annotated[str, _text("a host name, or empty", _or_empty(_DNS_NAME.fullmatch))]
LabelKey = Annotated[str, _text("a label key, such as nvidia.com/gpu", _LABEL_KEY.fullmatch)]
LabelValue = Annotated[str, _text("a label value, such as present", _LABEL_VALUE.fullmatch)]
SecretKeyName = Annotated[str, _text("a key of a Secret", _SECRET_KEY.fullmatch)]
AccessMode = Literal["ReadWriteOnce", "ReadWriteMany"]

# Other texts.
NonEmptyText = Annotated[str, _text("a text that is not empty", bool)]
# The chart expands {{ … }} in some of its values as templates of its own.
TextWithoutTemplate = Annotated[
    str, _text("a text without {{", lambda text: bool(text) and "{{" not in text)
]
TextWithoutTemplateOrEmpty = Annotated[
    str, _text("a text without {{, or empty", lambda text: "{{" not in text)
]
IsoDate = Annotated[
    str, _text('a day in quotes, such as "2027-03-31"', _parses_with(date.fromisoformat))
]
RegistryOrEmpty = Annotated[
    str,
    _text(
        "a registry, with or without a folder, such as registry.example.com/mirror, or empty",
        _or_empty(_REGISTRY.fullmatch),
    ),
]
AirflowVersion = Annotated[
    str, _text("an Airflow 3 version, such as 3.2.2", re.compile(r"3\.\d+\.\d+").fullmatch)
]
AirflowRole = Annotated[
    str, _text("a role of Airflow, such as Admin, Op, User or Viewer", _is_airflow_role)
]
AirflowRoleOrEmpty = Annotated[
    str, _text("a role of Airflow, such as Viewer, or empty", _or_empty(_is_airflow_role))
]
LogFolderOrEmpty = Annotated[
    str,
    _text(
        "s3://, gs:// or wasb://, a bucket or container, and a folder",
        re.compile(r"((s3|gs|wasb)://[^/]+(/.+)?)?").fullmatch,
    ),
]
ProviderName = Annotated[
    str,
    _text(
        "lower-case letters, digits and hyphens, such as okta",
        re.compile(r"[a-z][a-z0-9-]*").fullmatch,
    ),
]
HttpsUrlOrEmpty = Annotated[
    str,
    _text(
        "an address that begins with https://, or empty",
        re.compile(r"(https://[^\s{}/]+/[^\s{}]*)?").fullmatch,
    ),
]
Cidr = Annotated[
    str,
    # Python reads an address without a length as a range of one address; Kubernetes refuses it.
    _text(
        "an address range without host bits, such as 10.0.0.0/16 or 10.0.0.2/32",
        lambda text: "/" in text and _is_network(text),
    ),
]
