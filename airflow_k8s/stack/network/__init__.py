"""The connections that the NetworkPolicies of a stack allow."""
