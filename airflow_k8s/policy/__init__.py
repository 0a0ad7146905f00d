"""Rules for stacks: for the resources of the program and for all objects of the chart."""
