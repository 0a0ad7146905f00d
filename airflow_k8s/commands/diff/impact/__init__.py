"""What a change means for the people who run the stack: one module for each subject."""
