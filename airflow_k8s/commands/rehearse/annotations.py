"""How a rehearsal marks what it makes on a cluster, since it keeps no state of its own."""

LABEL = "rehearsal.airflow-platform/stack"  # on all of it, with the stack's name
URN = "rehearsal.airflow-platform/urn"  # annotations: which resource it was made for
INPUTS = "rehearsal.airflow-platform/inputs"  # of a Helm release: a digest of what made it
PROTECT = "rehearsal.airflow-platform/protect"
RETAIN = "rehearsal.airflow-platform/retain-on-delete"
MANAGER = "airflow-platform-rehearsal"  # of fields
