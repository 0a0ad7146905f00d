"""The programs that this project runs: found on PATH, downloaded or built once, and cached."""
