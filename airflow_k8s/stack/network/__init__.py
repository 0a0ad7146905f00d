"""Who may connect to whom, as the cluster's NetworkPolicies say."""
