"""The command render: shows every object of a stack."""
