"""`logix-server ticket`, `terms` and `device explain`: the desk on the server's own command line."""
