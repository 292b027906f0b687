"""What the notebooks import: checks, plots, diagrams, explorers, questions and progress."""
