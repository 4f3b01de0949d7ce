"""What people do to tickets, each within a viewer's reach: ask, answer, assign, level, merge."""
