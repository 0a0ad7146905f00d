"""The base class of all errors that a user can fix."""


class UserError(Exception):
    """An error with a message for the user: what is wrong, and how to fix it."""
