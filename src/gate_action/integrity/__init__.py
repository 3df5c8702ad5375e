"""What a pull request does to the gate that judges it: compared, classified, approved. Pure."""
