"""What a change of this repository does to a stack: which objects change, and what that means."""
