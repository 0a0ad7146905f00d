"""What may not reach a cluster: rules over all that a stack declares, and over every object and pod
that its chart makes of it."""
