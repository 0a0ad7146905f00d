"""A line of a terminal whose last part wraps within its own column."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console, ConsoleOptions
from rich.text import Text

_NARROW = 24  # columns; a narrower text starts on its own line


@dataclass(frozen=True)
class Line:
    """A line whose last part is wrapped within its own column, and never cut."""

    lead: Text
    text: Text = field(default_factory=Text)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """The lines for rich."""
        column = self.lead.cell_len
        if options.max_width - column < min(_NARROW, self.text.cell_len):
            yield self.lead
            column = len(_indent(self.lead)) + 2
            begin = Text(" " * column)
        else:
            begin = self.lead
        for line in self.text.wrap(console, max(options.max_width - column, 1)) or [Text()]:
            line.rstrip()
            complete = Text.assemble(begin, line)
            complete.rstrip()
            yield complete
            begin = Text(" " * column)


def _indent(text: Text) -> str:
    return text.plain[: len(text.plain) - len(text.plain.lstrip())]
