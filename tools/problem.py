"""What keeps something from being done."""


class Problem(Exception):  # noqa: N818 it is what the reader is told, not an error in the program
    """One message for a person: what is wrong, and the way out of it."""
