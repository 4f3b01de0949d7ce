"""Where a page is acknowledged: by the person it called, and by a webhook's other end."""
