"""Files of tickets: under which name and kind they are taken (`names`, `kinds`, pure), kept and opened."""
