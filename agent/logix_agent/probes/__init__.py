"""Reading the machine, one source a file, without judgement."""
