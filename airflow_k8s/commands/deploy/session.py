"""What all commands here are told, and how they tell."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from airflow_k8s.errors import UserError

INTERRUPTED = 130  # exit status, as a shell has it
ENDING = "interrupted: Pulumi ends what it is at, so that the state is whole (again: at once)"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """One run of a command."""

    program: Path  # the folder of Pulumi.yaml
    stack: str
    out: Console
    yes: bool = False  # nobody is asked
    terminal: bool = True  # somebody could be
    ask: Callable[[str], str] = input

    def notify(self, about: str, words: str) -> None:
        """A line about one thing that was looked at."""
        self.out.print(f"  {about:<10} {words}")

    def note(self, words: str) -> None:
        """A line of less weight."""
        self.out.print(f"  {words}", style="dim")

    def warn(self, words: str) -> None:
        """A line that somebody should see."""
        self.out.print(f"  {words}", style="yellow")

    def title(self, words: str) -> None:
        """What comes next."""
        self.out.print(f"\n{words}", style="bold")

    def can_confirm(self) -> None:
        """UserError where somebody has to be asked and nobody is there."""
        if not self.yes and not self.terminal:
            raise UserError(
                "this is no terminal, so nobody can be asked whether to go on; --yes goes on"
            )

    def confirm(self, question: str, *, by_name: bool) -> None:
        """Asks, unless it was answered beforehand; what matters takes the stack's name for a yes.
        UserError where the answer is no."""
        if self.yes:
            return
        how = f"type {self.stack} to go on" if by_name else "y to go on"
        wanted = {self.stack} if by_name else {"y", "yes"}
        try:
            answer = self.ask(f"\n{question}; {how}: ").strip()
        except EOFError:
            answer = ""
        if answer not in wanted:
            raise UserError("nothing was changed")
