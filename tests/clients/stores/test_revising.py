from gate_action.clients.stores.revising import find_changes


def test_only_files_that_are_altered_are_touched_and_all_are_looked_at_first():
    files = {"a": b"1", "b": b"2", "c": b"3"}
    after = {"a": b"1", "b": b"22", "c": None}
    assert find_changes(files, files.__getitem__, lambda name, _: after[name]) == {"b": b"22", "c": None}
