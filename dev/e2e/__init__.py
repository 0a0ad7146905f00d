"""End-to-end test: deploys the platform on a real cluster, runs pipelines, takes it down."""
