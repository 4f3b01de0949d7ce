"""What is decided about tickets, from facts and a moment: levels, clocks, order of work, reopening."""
