"""What the changes of a stack mean to those who run it: one module for each kind of consequence."""
