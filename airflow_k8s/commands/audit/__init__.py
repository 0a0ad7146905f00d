"""What checkov finds fault with in all that a stack makes, against what a review has accepted."""
