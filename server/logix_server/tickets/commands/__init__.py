"""`logix-server ticket`: what operators do to tickets on the server's own command line."""
