"""What a stack declares, down to the objects inside its chart, without a cluster or an engine."""
