"""Runs checkov over the objects of a stack. Failures that a review accepted are left out."""
