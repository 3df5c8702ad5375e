"""The recording proxy between the builds and their model providers: requests known by content, answers on tape."""
