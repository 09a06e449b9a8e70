"""The column register: for every column of every table why it is kept, on what ground, how long, and who gets to see it."""
