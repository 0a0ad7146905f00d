"""What all commands of this package share: the stack, the console, and questions to the user."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from airflow_k8s.errors import UserError

INTERRUPTED = 130  # exit status, as a shell has it
STOPPING = (
    "interrupted: Pulumi finishes the operations that it began, so that the state stays complete"
    " (interrupt again to stop immediately)"
)


@dataclass(frozen=True, kw_only=True)
class Session:
    """One run of a command."""

    program: Path  # the folder of Pulumi.yaml
    stack: str
    out: Console
    yes: bool = False  # go on without a question
    terminal: bool = True  # a user can answer questions
    ask: Callable[[str], str] = input

    def report(self, label: str, message: str) -> None:
        """Prints the result of one check or step."""
        self.out.print(f"  {label:<10} {message}")

    def note(self, message: str) -> None:
        """Prints a detail, in a dim color."""
        self.out.print(f"  {message}", style="dim")

    def warn(self, message: str) -> None:
        """Prints what needs the user's attention, in yellow."""
        self.out.print(f"  {message}", style="yellow")

    def heading(self, text: str) -> None:
        """Begins the next part of the output."""
        self.out.print(f"\n{text}", style="bold")

    def require_confirmation(self) -> None:
        """Raises UserError if the command has to ask and no user can answer."""
        if not self.yes and not self.terminal:
            raise UserError(
                "this is not a terminal, so the command can't ask for confirmation; --yes goes on"
                " without"
            )

    def confirm(self, question: str, *, by_name: bool) -> None:
        """Asks whether to go on, unless `yes` is set; with `by_name` the answer has to be the name
        of the stack.

        Raises UserError if the answer is another.
        """
        if self.yes:
            return
        expected = f"type {self.stack} to go on" if by_name else "y to go on"
        accepted = {self.stack} if by_name else {"y", "yes"}
        try:
            answer = self.ask(f"\n{question}; {expected}: ").strip()
        except EOFError:
            answer = ""
        if answer not in accepted:
            raise UserError("nothing was changed")

    def command(self, name: str, *options: str) -> str:
        """The command line that runs a command of this tool on the same stack."""
        return " ".join(["airflow-platform", name, self.stack, *options])
