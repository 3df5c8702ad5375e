"""What the commands beside ``run`` are made of, one file a command or what several of them share."""
