"""Writes on GitHub for the workflows: one comment for each stack of a pull request, and one issue
for each stack with drift."""
