"""`logix-agent replay`: captures judged at first sight, by the agent's own parsers and detectors."""
