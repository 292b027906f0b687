"""What a class has understood, and which of its submissions are unusually alike."""
