"""What may be attached to a ticket, and under which name."""
