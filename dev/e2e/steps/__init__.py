"""The steps of the test: one module for each, whose function raises CheckError on a failure."""
