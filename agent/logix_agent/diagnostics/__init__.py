"""What an engineer needs to see of a fault, collected when the server asks for it on behalf of a ticket."""
