"""A raw mail taken apart: bounded, whatever it holds, and pure."""
