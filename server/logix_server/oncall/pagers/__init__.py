"""Ways to reach a person at any hour, behind one port."""
