"""What the loop's commands show: in the terminal, as Markdown, as one HTML file. Computes nothing but layout."""
