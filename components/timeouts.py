"""How long an update waits for a resource."""

import pulumi


def timeouts(minutes: int) -> pulumi.CustomTimeouts:
    """The same timeout for the creation and for an update of a resource."""
    return pulumi.CustomTimeouts(create=f"{minutes}m", update=f"{minutes}m")
