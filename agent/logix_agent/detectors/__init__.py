"""Judging what the probes read, one component a file, without reading."""
