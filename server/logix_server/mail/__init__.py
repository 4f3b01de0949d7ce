"""Mail in and out: what is carried, not what it means to a ticket."""
