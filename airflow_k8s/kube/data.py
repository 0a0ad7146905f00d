"""The kinds of objects that hold data."""

HOLDS_DATA = frozenset({"Cluster", "Namespace", "PersistentVolumeClaim"})
"""If an object of these kinds is deleted, data is lost: that of its volumes, or of everything in
the namespace. `Cluster` is the kind of CloudNativePG, whose operator deletes the claims of a
deleted database. A StatefulSet is not among them: its claims outlive it."""
