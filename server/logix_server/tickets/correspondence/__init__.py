"""What mails mean to tickets: those that come in are filed, and people are told of what happens by mail."""
