"""The loop's commands: settings and stores become the objects that they work with."""
