"""A line for the terminal that wraps like a list item: a label, then text in its own column."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console, ConsoleOptions
from rich.text import Text

_MIN_COLUMNS = 24  # for the text beside the label; with fewer it starts on a line of its own


@dataclass(frozen=True)
class Line:
    """A label with a text behind it. The text wraps in its own column:

        label  the beginning of the text
               and its continuation

    A table of rich would cut or break the label on a narrow terminal. This moves the text below the
    label instead, and cuts nothing.
    """

    label: Text
    text: Text = field(default_factory=Text)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yields the lines for the width of the console. rich calls this to print the object."""
        column = self.label.cell_len
        if options.max_width - column < min(_MIN_COLUMNS, self.text.cell_len):
            yield self.label
            column = len(_indent(self.label)) + 2
            start = Text(" " * column)
        else:
            start = self.label
        for wrapped in self.text.wrap(console, max(options.max_width - column, 1)) or [Text()]:
            wrapped.rstrip()
            line = Text.assemble(start, wrapped)
            line.rstrip()
            yield line
            start = Text(" " * column)


def _indent(text: Text) -> str:
    return text.plain[: len(text.plain) - len(text.plain.lstrip())]
