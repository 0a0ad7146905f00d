"""The settings of a stack: one typed, frozen tree read from its Pulumi config."""
