"""Who is on call, and pages that a person must acknowledge."""
