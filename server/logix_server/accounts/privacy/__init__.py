"""Personal data (KVKK, law 6698): what is kept, shown, forgotten and erased."""
