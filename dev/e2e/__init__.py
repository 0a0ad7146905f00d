"""The platform on a real cluster, from its first start to its end, with pipelines that run."""
