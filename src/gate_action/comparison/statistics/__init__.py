"""The numbers beneath the decision: relabellings, intervals, power, steadiness, judges. Knows no rule and no stage."""
