"""A line of a terminal whose last part wraps within its own column."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console, ConsoleOptions
from rich.text import Text

_NARROW = 24  # columns; words in fewer are put on lines of their own


@dataclass(frozen=True)
class Line:
    """A line whose last part is wrapped within its own column, and never cut."""

    lead: Text
    words: Text = field(default_factory=Text)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Rich's way to ask for lines."""
        column = self.lead.cell_len
        if options.max_width - column < min(_NARROW, self.words.cell_len):
            yield self.lead
            column = len(_indent(self.lead)) + 2
            begin = Text(" " * column)
        else:
            begin = self.lead
        for line in self.words.wrap(console, max(options.max_width - column, 1)) or [Text()]:
            line.rstrip()
            whole = Text.assemble(begin, line)
            whole.rstrip()
            yield whole
            begin = Text(" " * column)


def _indent(text: Text) -> str:
    return text.plain[: len(text.plain) - len(text.plain.lstrip())]
