"""What keeps something from being done."""


class UserError(Exception):
    """One message for a person: what is wrong, and the way out of it."""
