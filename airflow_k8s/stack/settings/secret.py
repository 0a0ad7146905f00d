"""A text that must not be shown."""


class Secret:
    """Hides its text in repr, str and format."""

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; the caller wraps it in `pulumi.Output.secret`."""
        return self._text

    def __repr__(self) -> str:
        return "[secret]"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)
