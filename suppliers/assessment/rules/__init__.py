"""How measures and assessments become a score, a standing and an explanation: pure functions of their arguments."""
