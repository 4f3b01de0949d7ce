"""Coverage-guided fuzzing of everything that reads what machines say."""
