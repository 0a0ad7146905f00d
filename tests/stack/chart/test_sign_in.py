"""Sign-in by an identity provider: what the API server is given, and the whole round with the real
Airflow and a small OpenID provider beside it."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from airflow_k8s.rendering.manifests import Object
from airflow_k8s.rendering.rendered_stack import RenderedStack
from airflow_k8s.stack.chart.sign_in import values, variables
from airflow_k8s.stack.chart.values import airflow_values
from airflow_k8s.stack.settings.credentials import SignIn
from airflow_k8s.toolchain.airflow import find_airflow
from airflow_k8s.toolchain.command import run
from tests.conftest import settings_of
from tests.rendering.conftest import official_chart, rendered_with

INSIDE = Path(__file__).parent / "sign_in_inside.py"
UI = "https://airflow.example.com"
SECRET = "the client's"
OAUTH: dict[str, Any] = {
    "signIn": {
        "mode": "oauth",
        "provider": "company",
        "metadataUrl": "https://id.example.com/.well-known/openid-configuration",
        "clientId": "airflow",
        "clientSecret": {"secret": "identity-provider", "rotation": 2},
        "roles": {"airflow-admins": "Admin", "airflow-ops": "Op", "data": "User"},
    },
    "ingress": {"host": "airflow.example.com", "tlsSecret": "airflow-tls"},
    "network": {"ui": {"namespaces": ["ingress-nginx"]}},
}


def test_by_default_people_sign_in_by_password_and_nothing_is_added() -> None:
    assert values(SignIn()) == {}
    assert variables(SignIn()) == []


def test_helm_finds_no_template_of_its_own_in_the_file() -> None:
    # The chart takes values for templates: {{ would be filled in, or break the rendering.
    assert "{{" not in values(settings_of("dev", **OAUTH).sign_in)["apiServerConfig"]


def test_only_the_api_server_has_the_clients_secret() -> None:
    ours = airflow_values(settings_of("dev", **OAUTH), {})
    having = [part for part, each in ours.items() if "identity-provider" in json.dumps(each)]
    assert having == ["apiServer"]


def test_a_changed_secret_rolls_the_api_server() -> None:
    annotations = airflow_values(settings_of("dev", **OAUTH), {})["apiServer"]["podAnnotations"]
    assert "client-secret=identity-provider/client-secret:2" in str(annotations)


@cache
def platform() -> RenderedStack:
    official_chart()
    return rendered_with("dev", **OAUTH)


def of(kind: str, name: str) -> Object:
    return next(o for o in platform().objects if (o.kind, o.name) == (kind, name))


def environment() -> dict[str, str]:
    """The API server's, with texts for its Secrets."""
    pods = of("Deployment", "airflow-api-server").pods
    assert pods
    container = next(c for c in pods.template["spec"]["containers"] if c["name"] == "api-server")
    found = {each["name"]: each.get("value", "") for each in container["env"]}
    return found | {
        "AIRFLOW__CORE__FERNET_KEY": "a" * 43 + "=",
        "AIRFLOW__API__SECRET_KEY": "the sessions'",
        "AIRFLOW__API_AUTH__JWT_SECRET": "the tokens'" * 6,
        "AIRFLOW_PLATFORM_CLIENT_SECRET": SECRET,
        "PATH": "",
    }


def person(
    email: str,
    *groups: str,
    userinfo: Mapping[str, Any] | None = None,
    forged: bool = False,
    state: bool = False,
    **claims: Any,
) -> dict[str, Any]:
    """What the provider tells of somebody; `forged` and `state` are attacks on the way back."""
    told = {"sub": f"of {email}", "email": email, **claims}
    if groups:
        told["groups"] = list(groups)
    beside = {"sub": told["sub"], **(userinfo or {})}
    return {"idToken": told, "userinfo": beside, "forged": forged, "state": state}


PEOPLE = {
    "ada": person(
        "ada@example.com",
        "airflow-admins",
        given_name="Ada",
        family_name="Lovelace",
        email_verified="true",
    ),
    "of two groups": person("two@example.com", "data", "airflow-ops", "others"),
    "asked for": person("asked@example.com", userinfo={"groups": ["data"]}),
    "changed": person("ada@example.com", "data"),
    "of no group": person("none@example.com", "others"),
    "left": person("two@example.com", "others"),
    "forged": person("ada@example.com", "airflow-admins", forged=True),
    "of another client": person("x@example.com", "airflow-admins", aud="another"),
    "unverified": person("admin@example.com", "airflow-admins", email_verified=False),
    "unverified in words": person("w@example.com", "airflow-admins", email_verified="false"),
    "sent by another site": person("y@example.com", "airflow-admins", state=True),
    "mixed up": person("z@example.com", userinfo={"sub": "of another", "groups": ["data"]}),
    "nameless": person("", "airflow-admins"),
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What became of each, in the order in which they came."""
    maps = {o.name: o.manifest["data"] for o in platform().objects if o.kind == "ConfigMap"}
    asked = {
        "ui": UI,
        "home": str(tmp_path_factory.mktemp("airflow")),
        "secret": SECRET,
        "admin": {"username": "admin", "password": "the admin's"},
        "environment": environment(),
        "files": maps["airflow-config"] | maps["airflow-api-server-config"],
        "people": list(PEOPLE.values()),
    }
    messages = run(
        [find_airflow(print), INSIDE], stdin=json.dumps(asked), environment={}, timeout=300
    )
    told = json.loads(messages.splitlines()[-1])
    return told | {"people": dict(zip(PEOPLE, told["people"], strict=True))}


@pytest.mark.chart
def test_the_mounted_file_is_where_airflow_looks_for_it() -> None:
    pods = of("Deployment", "airflow-api-server").pods
    assert pods
    (container,) = pods.template["spec"]["containers"]
    mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
    assert "/opt/airflow/webserver_config.py" in mounted


@pytest.mark.chart
@pytest.mark.parametrize(
    ("who", "name", "roles"),
    [
        ("ada", "ada@example.com", ["Admin"]),
        ("of two groups", "two@example.com", ["Op", "User"]),
        ("asked for", "asked@example.com", ["User"]),
        ("changed", "ada@example.com", ["User"]),
    ],
)
def test_who_is_in_a_group_signs_in_with_its_role_of_today(
    outcome: Mapping[str, Any], who: str, name: str, roles: list[str]
) -> None:
    told = outcome["people"][who]
    assert (told["name"], told["roles"]) == (name, roles)


@pytest.mark.chart
@pytest.mark.parametrize(
    "who",
    [
        "of no group",
        "left",
        "forged",
        "of another client",
        "unverified",
        "unverified in words",
        "sent by another site",
        "mixed up",
        "nameless",
    ],
)
def test_the_others_are_refused(outcome: Mapping[str, Any], who: str) -> None:
    told = outcome["people"][who]
    assert told["status"] == 401, told
    assert told["then"] == f"{UI}/auth/login/"


@pytest.mark.chart
def test_who_was_refused_has_no_user(outcome: Mapping[str, Any]) -> None:
    assert outcome["users"] == [
        "ada@example.com",
        "admin",
        "asked@example.com",
        "two@example.com",
    ]


@pytest.mark.chart
def test_a_user_has_the_name_that_the_provider_tells(outcome: Mapping[str, Any]) -> None:
    told = outcome["people"]["ada"]
    assert (told["email"], told["fullName"]) == ("ada@example.com", "Ada Lovelace")


@pytest.mark.chart
def test_the_provider_is_told_where_the_ui_is_whatever_the_requests_headers_say(
    outcome: Mapping[str, Any],
) -> None:
    asked = outcome["asked"]
    assert asked["redirect_uri"] == f"{UI}/auth/oauth-authorized/company"
    assert asked["scope"] == "openid email profile"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")


@pytest.mark.chart
def test_the_ui_has_a_button_and_no_form_for_a_password_which_the_api_still_takes(
    outcome: Mapping[str, Any],
) -> None:
    assert "btn-signin-company" in outcome["button"]
    assert 'type="password"' not in outcome["button"]
    assert outcome["form"] == 405
    assert outcome["token"] == 201
