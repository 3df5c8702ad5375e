"""Takes secrets and personal identifiers out of a row before it may leave the machine. Pure: text in, text out."""
