"""What a run is told as: one view, drawn for a terminal, Markdown and HTML. Pure: no file, network or clock."""
