"""Tables: columns of each kind, how they are read, and what they become."""
