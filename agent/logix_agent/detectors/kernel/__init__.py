"""What the kernel's messages mean: tables of wordings by subsystem, and what must be known to read them."""
