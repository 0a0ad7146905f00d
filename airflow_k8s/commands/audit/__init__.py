"""Runs checkov over the objects of a stack, and leaves out failures that a review accepted."""
