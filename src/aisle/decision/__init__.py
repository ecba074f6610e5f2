"""From calibrated probabilities to a decision: assign, or send to a person."""
