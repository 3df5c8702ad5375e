"""What a run reads of GitHub and tells there: the event's base, approvals, check run, report."""
