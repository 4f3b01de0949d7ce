"""Who hears of a ticket before and when its response time ends, and of how it is paged."""
