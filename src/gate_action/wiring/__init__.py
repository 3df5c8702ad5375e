"""The only place where names become objects: a Config and an environment become what the walk is handed."""
