"""The steps of the test: one module for each, with a function that raises CheckError on a failure."""
