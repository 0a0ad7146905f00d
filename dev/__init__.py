"""Tools for maintainers: end-to-end tests, benchmarks, generators of documentation."""
