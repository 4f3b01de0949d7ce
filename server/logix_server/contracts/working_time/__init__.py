"""When people work: office hours, holidays, closures (Readings 3 and 4)."""
