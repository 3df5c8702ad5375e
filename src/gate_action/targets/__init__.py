"""What is being judged: each file runs a build in its own way. Found by name through plugins."""
