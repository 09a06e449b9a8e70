"""What a school must still do for its former pupils: who they are, what is due, what was offered, hours spent."""
