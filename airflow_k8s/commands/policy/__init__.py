"""How what the rules say of stacks is told: to a person, to CI, to other programs."""
