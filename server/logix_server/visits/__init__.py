"""Service visits and maintenance agreements (MAT-16, SUP-8)."""
