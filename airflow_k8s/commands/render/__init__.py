"""The command render: every object of a stack."""
