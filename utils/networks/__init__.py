"""Models in NumPy: the fast LSTM, its relatives, and what they are compared with."""
