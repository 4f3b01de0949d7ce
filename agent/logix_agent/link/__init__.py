"""The agent's end of the link: identity, durable spool, stream client, codec, orders."""
