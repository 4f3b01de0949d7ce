"""What the terms say: facts, action and moment in, an answer with its clauses out. Pure."""
