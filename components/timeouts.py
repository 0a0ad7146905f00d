"""How long an update waits for what takes its time."""

import pulumi


def timeouts(minutes: int) -> pulumi.CustomTimeouts:
    """For the creation of a resource as well as for its update."""
    return pulumi.CustomTimeouts(create=f"{minutes}m", update=f"{minutes}m")
