"""The doors to the machine: its files and its programs."""
