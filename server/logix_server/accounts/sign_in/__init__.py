"""Signing in: passwords, how often it may be tried, and the sessions that follow."""
