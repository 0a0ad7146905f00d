"""Label selectors (metav1.LabelSelector), and the plain selectors of Services.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from collections.abc import Mapping

from airflow_k8s.kube.manifest import Manifest

Labels = Mapping[str, str]


def selects(selector: Manifest, labels: Labels) -> bool:
    """Whether a LabelSelector (matchLabels, matchExpressions) selects an object with these labels.

    An empty selector selects every object. Raises ValueError if an operator is unknown.
    """
    match_labels: Labels = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in match_labels.items()) and all(
        _meets(labels.get(expression["key"]), expression)
        for expression in selector.get("matchExpressions") or ()
    )


def matches_labels(selector: Labels, manifest: Manifest) -> bool:
    """Whether the plain selector of a Service (label: value) selects an object.

    An empty selector selects nothing, as for a Service without a selector.
    """
    labels = manifest["metadata"].get("labels") or {}
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def _meets(value: str | None, expression: Manifest) -> bool:
    """Whether a label's value (None: the label is missing) meets one match expression."""
    operator, values = expression["operator"], expression.get("values") or ()
    match operator:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case _:
            raise ValueError(f"{operator!r} is no operator of a label selector")
