"""What a learner has done, where it lies, and questions to think about."""
