"""What a cluster holds otherwise than a stack promises, inside the Helm release too.

Pulumi's own refresh reads of a release what Helm noted of it, never the objects themselves, so what
somebody changed there by hand shows here alone.
"""
