"""One evaluator, one file: the file's name is its name in gate.yaml. Pure: no clock, no network, no child."""
