"""Reads plain data into a tree of frozen dataclasses and reports every mistake, not only the first.

The dataclasses are the schema: their annotations are the types, `Annotated[..., ValueRule]` adds
what is allowed beyond the type, `setting(...)` gives the meaning and the default.
"""

import dataclasses
import difflib
import json
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TypeVar, cast

from airflow_k8s.stack.settings.problem import SettingProblem
from airflow_k8s.stack.settings.secret import Secret

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class ValueRule:
    """What a value must satisfy beyond its type."""

    expected: str  # completes the sentence "expected …"
    accepts: Callable[[Any], object]  # returns something true for an allowed value


def setting(meaning: str, default: Any = dataclasses.MISSING) -> Any:
    """A field of a settings class: what it means, and its default if it has one."""
    metadata = {"meaning": meaning}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=lambda: dict(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def camel_case(name: str) -> str:
    """The key of a field: dag_processor → dagProcessor."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


@dataclass(frozen=True, kw_only=True)
class RawConfig:
    """The config of a stack before it is read."""

    texts: Mapping[str, str]  # key → text, as Pulumi passes it: objects and lists are JSON
    encrypted: frozenset[str] = frozenset()  # keys


def read(cls: type[T], config: RawConfig) -> tuple[T | None, list[SettingProblem]]:
    """The tree, and every mistake in the config.

    A value that can't be read gets its default in the tree. The tree is None if such a value has no
    default.
    """
    problems: list[SettingProblem] = []
    fields, hints = _fields(cls)
    data: dict[str, Any] = {}
    for key, text in config.texts.items():
        field = fields.get(key)
        must_be_secret = field is not None and Secret in typing.get_args(hints[field.name])
        if must_be_secret and not text:
            continue
        if must_be_secret and key not in config.encrypted:
            fix = f"set it with `pulumi config set --secret {key}`"
            problems.append(_problem(key, f"is not encrypted; {fix}"))
        elif not must_be_secret and field is not None and key in config.encrypted:
            problems.append(_problem(key, "is encrypted, but the cluster gets it in clear text"))
            continue  # a second message could show the text
        data[key] = Secret(text) if must_be_secret else _parsed(text, field and hints[field.name])
    tree = _object(cls, data, None, "", problems)
    return (None if tree is _INVALID else cast(T, tree)), problems


def secret_keys(cls: type) -> list[str]:
    """The keys of the top level that have to be encrypted."""
    fields, hints = _fields(cls)
    return [key for key, field in fields.items() if Secret in typing.get_args(hints[field.name])]


def top_level(cls: type) -> list[tuple[str, str, Any]]:
    """The settings of the top level: key, meaning, default."""
    fields, _ = _fields(cls)
    return [(key, field.metadata["meaning"], _default(field)) for key, field in fields.items()]


def leaves(
    cls: type, *, undivided: tuple[type, ...], tree: Any = None, prefix: str = ""
) -> list[tuple[str, str, Any]]:
    """The settings of all levels: dotted key, meaning, default (MISSING if there is none).

    A setting of one of the classes `undivided` is one row, not a row for each of its fields. `tree`
    is the instance that holds the defaults, if the class is nested in another.
    """
    rows: list[tuple[str, str, Any]] = []
    fields, hints = _fields(cls)
    for key, field in fields.items():
        default = _default(field) if tree is None else getattr(tree, field.name)
        kind = _unwrap(hints[field.name])[0]
        if dataclasses.is_dataclass(kind) and kind not in undivided:
            rows += leaves(
                cast(type, kind), undivided=undivided, tree=default, prefix=f"{prefix}{key}."
            )
        else:
            rows.append((prefix + key, field.metadata["meaning"], default))
    return rows


def to_data(tree: Any) -> Any:
    """The tree as the plain data that it can be read from; secrets are left out."""
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        values = ((camel_case(f.name), getattr(tree, f.name)) for f in dataclasses.fields(tree))
        return {key: to_data(value) for key, value in values if not isinstance(value, Secret)}
    if isinstance(tree, tuple):
        return [to_data(item) for item in tree]
    return dict(tree) if isinstance(tree, Mapping) else tree


def _default(field: dataclasses.Field[Any]) -> Any:
    factory = field.default_factory
    return field.default if factory is dataclasses.MISSING else factory()


def _fields(cls: type) -> tuple[dict[str, dataclasses.Field[Any]], dict[str, Any]]:
    """The fields of a settings class by key, and their type hints by the field's name."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return {camel_case(f.name): f for f in dataclasses.fields(cls)}, hints


def _unwrap(hint: Any) -> tuple[Any, tuple[ValueRule, ...], bool]:
    """The bare type, its rules, and whether null is allowed."""
    rules: tuple[ValueRule, ...] = ()
    optional = False
    while True:
        if typing.get_origin(hint) is typing.Annotated:
            hint, *extras = typing.get_args(hint)
            rules += tuple(extra for extra in extras if isinstance(extra, ValueRule))
        elif typing.get_origin(hint) in (types.UnionType, typing.Union):
            optional = True
            (hint,) = (a for a in typing.get_args(hint) if a is not type(None))
        else:
            return hint, rules, optional


def _parsed(text: str, hint: Any) -> Any:
    """The value of a top-level key, which Pulumi passes as text: 2 as '2', an object as JSON."""
    kind = _unwrap(hint)[0] if hint else None
    if kind is str or typing.get_origin(kind) is Literal:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


_INVALID: Any = object()  # returned for a value that can't be read; its problem has been added


def _problem(key: str, fault: str) -> SettingProblem:
    return SettingProblem(key=key, message=f"{key} {fault}")


def _object(
    cls: type, data: Mapping[str, Any], defaults: Any, prefix: str, problems: list[SettingProblem]
) -> Any:
    """An instance of the class. A key that `data` leaves out comes from the instance `defaults`, so
    a stack can set a part of an object. `prefix` is the key of the object with a dot behind it."""
    fields, hints = _fields(cls)
    problems += [_unknown(key, fields, prefix) for key in data if key not in fields]
    values: dict[str, Any] = {}
    for key, field in fields.items():
        default = getattr(defaults, field.name) if defaults is not None else _default(field)
        value = default
        if key in data:
            value = _value(hints[field.name], data[key], default, prefix + key, problems)
        elif default is dataclasses.MISSING:
            problems.append(
                _problem(prefix + key, f"is not set; expected: {field.metadata['meaning']}")
            )
        values[field.name] = default if value is _INVALID else value
    return _INVALID if dataclasses.MISSING in values.values() else cls(**values)


def _unknown(key: str, fields: Mapping[str, Any], prefix: str) -> SettingProblem:
    near = difflib.get_close_matches(key, fields, n=1)
    hint = f"did you mean {prefix}{near[0]}?" if near else f"known: {', '.join(sorted(fields))}"
    return _problem(prefix + key, f"is not a setting; {hint}")


def _value(hint: Any, value: Any, default: Any, key: str, problems: list[SettingProblem]) -> Any:
    """The value as the type hint has it, or _INVALID."""
    kind, rules, optional = _unwrap(hint)
    if isinstance(value, Secret) or (value is None and optional) or kind is Any:
        return value
    if typing.get_origin(kind) is Literal:
        return _choice(typing.get_args(kind), value, key, problems)
    if dataclasses.is_dataclass(kind):
        if not _has_type(dict, value, key, problems):
            return _INVALID
        data = cast(Mapping[str, Any], value)
        defaults = default if dataclasses.is_dataclass(default) else None
        return _object(cast(type, kind), data, defaults, f"{key}.", problems)
    if typing.get_origin(kind) in (tuple, dict):
        return _collection(kind, value, key, problems)
    return _scalar(kind, rules, value, key, problems)


def _choice(allowed: tuple[Any, ...], value: Any, key: str, problems: list[SettingProblem]) -> Any:
    if value in allowed:
        return value
    expected = f"expected one of {', '.join(map(str, allowed))}"
    problems.append(_problem(key, f"is {value!r}; {expected}"))
    return _INVALID


def _collection(kind: Any, value: Any, key: str, problems: list[SettingProblem]) -> Any:
    """A tuple or a dict, whose items are read by the type hint inside."""
    hints = typing.get_args(kind)
    if typing.get_origin(kind) is tuple:
        if not _has_type(list, value, key, problems):
            return _INVALID
        items = [
            _value(hints[0], item, None, f"{key}[{number}]", problems)
            for number, item in enumerate(value)
        ]
        return _INVALID if _INVALID in items else tuple(items)
    if not _has_type(dict, value, key, problems):
        return _INVALID
    entries = {
        name: _value(hints[1], item, None, f"{key}.{name}", problems)
        for name, item in value.items()
    }
    return _INVALID if _INVALID in entries.values() else entries


def _scalar(
    kind: type,
    rules: tuple[ValueRule, ...],
    value: Any,
    key: str,
    problems: list[SettingProblem],
) -> Any:
    if kind is str and type(value) is int:
        value = str(value)  # `pulumi config set --path` can't store 2 as a text
    if kind is float:
        value = _number(value)
    if not _has_type(kind, value, key, problems):
        return _INVALID
    broken = [
        _problem(key, f"is {value!r}; expected {rule.expected}")
        for rule in rules
        if not rule.accepts(value)
    ]
    problems += broken
    return _INVALID if broken else value


_DECIMAL = re.compile(r"\d{1,20}(\.\d{1,20})?")
_TYPE_NAMES: dict[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}


def _number(value: Any) -> Any:
    """A whole number as a float, and also a text such as 0.05, which is what `pulumi config set
    --path` stores. Any other value is returned unchanged."""
    if type(value) is int or (isinstance(value, str) and _DECIMAL.fullmatch(value)):
        return float(Decimal(value))  # infinite if it is too large for a float
    return value


def _has_type(wanted: type, value: Any, key: str, problems: list[SettingProblem]) -> bool:
    """Whether the value has exactly that type (true is not a number); adds a problem if not."""
    if type(value) is wanted:
        return True
    fix = f': put it in quotes, "{value}"' if wanted is str and isinstance(value, float) else ""
    problems.append(_problem(key, f"is {value!r}; expected {_TYPE_NAMES[wanted]}{fix}"))
    return False
