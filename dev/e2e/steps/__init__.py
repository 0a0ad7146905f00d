"""The steps, one a module, each a function that raises what is wrong."""
