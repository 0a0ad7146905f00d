"""Reads plain data into a tree of frozen dataclasses and reports every mistake, not just the first.

The dataclasses are the schema: their annotations say the type, `Annotated[..., Rule]` what is
allowed, `setting(...)` the meaning and the default.
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

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What a value must satisfy beyond its type; `want` completes 'it must be …'."""

    want: str
    ok: Callable[[Any], object]  # true where it is allowed


class Secret:
    """A text that must not be shown: its repr, its str and its format hide it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; whoever asks wraps it in `pulumi.Output.secret`."""
        return self._text

    def __repr__(self) -> str:
        return "[secret]"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


def setting(meaning: str, default: Any = dataclasses.MISSING) -> Any:
    """A field of a settings class: what it means, and its default if it has one."""
    metadata = {"meaning": meaning}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=lambda: dict(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def camel(name: str) -> str:
    """The key of a field: dag_processor → dagProcessor."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a stack gives: each key's text as Pulumi hands it over, and which keys are encrypted."""

    texts: Mapping[str, str]
    encrypted: frozenset[str] = frozenset()


def read(cls: type[T], found: Found) -> tuple[T | None, list[str]]:
    """The tree, and every mistake in words: key, what was found, what is allowed.

    In the tree the default stands for what could not be read; it is None where there is no default.
    """
    problems: list[str] = []
    fields, hints = _fields(cls)
    data: dict[str, Any] = {}
    for key, text in found.texts.items():
        field = fields.get(key)
        secret = field is not None and Secret in typing.get_args(hints[field.name])
        if secret and not text:
            continue
        if secret and key not in found.encrypted:
            problems.append(f"{key} is in clear; set it by `pulumi config set --secret {key}`")
        elif not secret and field is not None and key in found.encrypted:
            problems.append(f"{key} is encrypted, but it ends up in clear text in the cluster")
            continue  # nothing else is told of it: that would show its text
        data[key] = Secret(text) if secret else _value_of(text, field and hints[field.name])
    tree = _object(cls, data, None, "", problems)
    return (None if tree is _WRONG else cast(T, tree)), problems


def secret_keys(cls: type) -> list[str]:
    """The keys of the first level that have to be encrypted."""
    fields, hints = _fields(cls)
    return [key for key, field in fields.items() if Secret in typing.get_args(hints[field.name])]


def top(cls: type) -> list[tuple[str, str, Any]]:
    """The settings of the first level: key, meaning, default."""
    fields, _ = _fields(cls)
    return [(key, field.metadata["meaning"], _default(field)) for key, field in fields.items()]


def leaves(
    cls: type, *, whole: tuple[type, ...], tree: Any = None, prefix: str = ""
) -> list[tuple[str, str, Any]]:
    """Every setting that can be set: dotted key, meaning, default (MISSING when there is none).

    A setting of one of the classes `whole` is not taken apart; `tree` is the instance whose values
    are the defaults, where the class is nested in another.
    """
    rows: list[tuple[str, str, Any]] = []
    fields, hints = _fields(cls)
    for key, field in fields.items():
        default = _default(field) if tree is None else getattr(tree, field.name)
        kind = _unwrap(hints[field.name])[0]
        if dataclasses.is_dataclass(kind) and kind not in whole:
            rows += leaves(cast(type, kind), whole=whole, tree=default, prefix=f"{prefix}{key}.")
        else:
            rows.append((prefix + key, field.metadata["meaning"], default))
    return rows


def plain(tree: Any) -> Any:
    """The tree as the data that would read back into it; secrets are left out."""
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        values = ((camel(f.name), getattr(tree, f.name)) for f in dataclasses.fields(tree))
        return {k: plain(v) for k, v in values if not isinstance(v, Secret)}
    if isinstance(tree, tuple):
        return [plain(item) for item in tree]
    return dict(tree) if isinstance(tree, Mapping) else tree


def _default(field: dataclasses.Field[Any]) -> Any:
    made = field.default_factory
    return field.default if made is dataclasses.MISSING else made()


def _fields(cls: type) -> tuple[dict[str, dataclasses.Field[Any]], dict[str, Any]]:
    hints = typing.get_type_hints(cls, include_extras=True)
    return {camel(f.name): f for f in dataclasses.fields(cls)}, hints


def _unwrap(hint: Any) -> tuple[Any, tuple[Rule, ...], bool]:
    """The bare type, its rules, and whether null is allowed."""
    rules: tuple[Rule, ...] = ()
    optional = False
    while True:
        if typing.get_origin(hint) is typing.Annotated:
            hint, *extras = typing.get_args(hint)
            rules += tuple(e for e in extras if isinstance(e, Rule))
        elif typing.get_origin(hint) in (types.UnionType, typing.Union):
            optional = True
            (hint,) = (a for a in typing.get_args(hint) if a is not type(None))
        else:
            return hint, rules, optional


def _value_of(text: str, hint: Any) -> Any:
    """Pulumi hands over every top-level value as text: 2 as '2', an object as JSON."""
    kind = _unwrap(hint)[0] if hint else None
    if kind is str or typing.get_origin(kind) is Literal:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


_WRONG: Any = object()


def _object(
    cls: type, data: Mapping[str, Any], defaults: Any, path: str, problems: list[str]
) -> Any:
    """What `data` leaves out comes from `defaults`, an instance, so that part of it can be set."""
    fields, hints = _fields(cls)
    for key in (key for key in data if key not in fields):
        near = difflib.get_close_matches(key, fields, n=1)
        hint = f"did you mean {path}{near[0]}?" if near else f"known: {', '.join(sorted(fields))}"
        problems.append(f"{path}{key} is no setting; {hint}")
    values: dict[str, Any] = {}
    for key, field in fields.items():
        default = getattr(defaults, field.name) if defaults is not None else _default(field)
        value = default
        if key in data:
            value = _value(hints[field.name], data[key], default, path + key, problems)
        elif default is dataclasses.MISSING:
            problems.append(f"{path}{key} is not set; want {field.metadata['meaning']}")
        values[field.name] = default if value is _WRONG else value
    return _WRONG if dataclasses.MISSING in values.values() else cls(**values)


def _number(value: Any) -> Any:
    """A whole number will do, and text such as 0.05, which is what `pulumi config set --path`
    stores; anything else stays as it is, to be refused."""
    if type(value) is int or (isinstance(value, str) and _DECIMAL.fullmatch(value)):
        return float(Decimal(value))  # one that is too large for a float is infinite
    return value


_DECIMAL = re.compile(r"\d{1,20}(\.\d{1,20})?")
_WORDS: dict[Any, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}


def _value(hint: Any, value: Any, default: Any, path: str, problems: list[str]) -> Any:
    kind, rules, optional = _unwrap(hint)
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if isinstance(value, Secret) or (value is None and optional) or kind is Any:
        return value
    if origin is Literal:
        if value not in args:
            problems.append(f"{path} is {value!r}; want one of {', '.join(map(str, args))}")
            return _WRONG
        return value
    shape: Any = (
        dict if dataclasses.is_dataclass(kind) else list if origin is tuple else origin or kind
    )
    if shape is str and type(value) is int:
        value = str(value)  # `pulumi config set --path` can't say that 2 is meant as text
    if shape is float:
        value = _number(value)
    if value is None or type(value) is not shape:
        quote = f': quote it, "{value}"' if shape is str and isinstance(value, float) else ""
        problems.append(f"{path} is {value!r}; want {_WORDS[shape]}{quote}")
        return _WRONG
    if dataclasses.is_dataclass(kind):
        defaults = default if dataclasses.is_dataclass(default) else None
        return _object(cast(type, kind), value, defaults, f"{path}.", problems)
    if shape is list:
        each = [_value(args[0], v, None, f"{path}[{n}]", problems) for n, v in enumerate(value)]
        return _WRONG if _WRONG in each else tuple(each)
    if shape is dict:
        items = {k: _value(args[1], v, None, f"{path}.{k}", problems) for k, v in value.items()}
        return _WRONG if _WRONG in items.values() else items
    broken = [f"{path} is {value!r}; want {rule.want}" for rule in rules if not rule.ok(value)]
    problems += broken
    return _WRONG if broken else value
