"""What gate.yaml says of the loop. The loop takes these Structs as they are: a file for each of its steps."""
