"""What a change of this repository does to a stack: object by object, and what that means."""
