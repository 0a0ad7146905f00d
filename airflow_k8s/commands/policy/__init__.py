"""The command policy: checks stacks by the rules, and reports the results."""
