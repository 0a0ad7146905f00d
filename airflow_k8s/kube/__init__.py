"""Facts about Kubernetes, and clients for a cluster. Each fact is written down here once."""
