"""Following: the weekly distribution of labels, whether it shifted, and whether inputs drift away from the fixtures."""
