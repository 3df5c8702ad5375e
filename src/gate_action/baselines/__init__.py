"""Where earlier runs are kept. One file, one store."""
