"""Renders a stack to its Kubernetes objects, without a cluster and without Pulumi's engine."""
