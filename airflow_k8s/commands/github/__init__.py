"""What the workflows tell on GitHub: one comment a stack on a pull request, one issue a drift."""
