"""GitHub: what is asked of it by PyGithub, or by a dry run that sends nothing, and what a job finds on its machine."""
