"""The components of the platform: a module for every ComponentResource, and platform.py, which
composes them."""
